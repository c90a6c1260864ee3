package sysview

import (
	_ "embed"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// pgTimezoneNames tells each zone's abbreviation and offset as they are now.
func pgTimezoneNames(s *scan) error {
	now := time.Now()
	if s.ec.Fn != nil && !s.ec.Fn.TxTime.IsZero() {
		now = s.ec.Fn.TxTime
	}
	for _, name := range types.ZoneNames() {
		zone, err := types.LoadZone(name)
		if err != nil {
			continue // the machine's zone database lacks it
		}
		at := now.In(zone)
		abbrev, offset := at.Zone()
		if err := s.row(
			text(name), text(abbrev), types.IntervalDatum(&types.Interval{Micros: int64(offset) * 1e6}), boolean(at.IsDST()),
		); err != nil {
			return err
		}
	}
	return nil
}

// abbreviationRows lists PostgreSQL's abbreviations of zones, and whether each is
// of a summer time.
//
//go:embed data/timezone_abbrevs.tsv
var abbreviationRows string

// pgTimezoneAbbrevs lists the abbreviations that are understood.
func pgTimezoneAbbrevs(s *scan) error {
	for line := range strings.Lines(abbreviationRows) {
		name, dst, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		offset, ok := types.ZoneAbbreviation(strings.ToLower(name))
		if !ok {
			continue
		}
		if err := s.row(text(name), types.IntervalDatum(&types.Interval{Micros: int64(offset) * 1e6}), boolean(dst == "t")); err != nil {
			return err
		}
	}
	return nil
}
