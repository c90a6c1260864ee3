package types

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones by name even where the system has none

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// zoneAbbreviations is PostgreSQL's default set, those in common use: seconds
// east of UTC.
var zoneAbbreviations = map[string]int{
	"z": 0, "zulu": 0, "utc": 0, "uct": 0, "ut": 0, "gmt": 0, "wet": 0,
	"bst": 3600, "west": 3600, "cet": 3600, "met": 3600, "mez": 3600,
	"cest": 7200, "cetdst": 7200, "mest": 7200, "mesz": 7200, "metdst": 7200, "eet": 7200, "sast": 7200, "ist": 7200,
	"idt": 10800, "eest": 10800, "eetdst": 10800, "msk": 10800, "eat": 10800, "msd": 14400,
	"pkt": 18000, "almt": 21600, "novt": 25200, "ict": 25200, "hkt": 28800, "sgt": 28800, "awst": 28800, "pht": 28800,
	"jst": 32400, "kst": 32400, "acst": 34200, "aest": 36000, "acdt": 37800, "aedt": 39600,
	"nzst": 43200, "nzdt": 46800,
	"brt": -10800, "art": -10800, "nst": -12600, "ndt": -9000, "ast": -14400, "adt": -10800, "clt": -14400,
	"est": -18000, "edt": -14400, "cst": -21600, "cdt": -18000, "mst": -25200, "mdt": -21600,
	"pst": -28800, "pdt": -25200, "akst": -32400, "akdt": -28800, "hst": -36000,
}

// zoneCache holds the zones in use, by lower-case name: only names of the
// database get in, so clients cannot make it grow.
var zoneCache sync.Map

// maxZoneName is longer than any name of the database.
const maxZoneName = 255

// canonicalZones maps the lower-case form of a name to how the database spells it.
var canonicalZones = sync.OnceValue(func() map[string]string {
	m := make(map[string]string, len(zoneNames))
	for _, n := range zoneNames {
		m[strings.ToLower(n)] = n
	}
	return m
})

// LoadZone finds a time zone as SET TIME ZONE and AT TIME ZONE take it: a full
// name, an abbreviation, or a POSIX form such as UTC+3, whose sign counts west.
func LoadZone(name string) (*time.Location, error) {
	if loc := lookupZone(name); loc != nil {
		return loc, nil
	}
	return nil, pgerr.New(pgerr.InvalidParameterValue, "time zone \"%s\" not recognized", name)
}

func lookupZone(name string) *time.Location {
	if off, ok := zoneAbbreviations[strings.ToLower(name)]; ok {
		if off == 0 {
			return time.UTC
		}
		return time.FixedZone(strings.ToUpper(name), off)
	}
	if loc := namedZone(name); loc != nil {
		return loc
	}
	return posixZone(name)
}

// namedZone finds a zone of the database, in any case.
func namedZone(name string) *time.Location {
	if name == "" || len(name) > maxZoneName {
		return nil
	}
	key := strings.ToLower(name)
	if v, ok := zoneCache.Load(key); ok {
		if loc, ok := v.(*time.Location); ok {
			return loc
		}
	}
	canonical, ok := canonicalZones()[key]
	if !ok {
		return nil
	}
	if canonical == "UTC" || canonical == "Etc/UTC" {
		return time.UTC
	}
	loc, err := time.LoadLocation(canonical)
	if err != nil {
		return nil
	}
	zoneCache.Store(key, loc)
	return loc
}

// posixZone reads NAME[+-]hh[:mm[:ss]], the name optional, with the sign counting west of UTC.
func posixZone(name string) *time.Location {
	rest := name
	var abbrev string
	if strings.HasPrefix(rest, "<") {
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			return nil
		}
		abbrev, rest = rest[1:end], rest[end+1:]
	} else {
		n := 0
		for n < len(rest) && isAlpha(rest[n]) {
			n++
		}
		if n < 3 && n > 0 {
			return nil
		}
		abbrev, rest = rest[:n], rest[n:]
	}
	if rest == "" {
		return nil
	}
	if rest[0] != '+' && rest[0] != '-' && abbrev != "" {
		rest = "+" + rest
	}
	off, code := parseOffset(rest)
	if code != dtOK {
		return nil
	}
	return time.FixedZone(abbrev, -off)
}

// parseOffset reads +hh, +hhmm, +hh:mm[:ss]: seconds, by the sign written.
func parseOffset(s string) (int, dtCode) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' {
		return 0, dtBadFormat
	}
	var h, m, sec int
	parts := strings.Split(s[1:], ":")
	nums := make([]int, 0, 3)
	for _, p := range parts {
		v, ok := smallNumber(p)
		if !ok {
			return 0, dtBadFormat
		}
		nums = append(nums, v)
	}
	switch {
	case len(nums) > 3:
		return 0, dtBadFormat
	case len(nums) > 1:
		h, m = nums[0], nums[1]
		if len(nums) == 3 {
			sec = nums[2]
		}
	case len(parts[0]) > 4:
		h, m, sec = nums[0]/10000, nums[0]/100%100, nums[0]%100
	case len(parts[0]) > 2:
		h, m = nums[0]/100, nums[0]%100
	default:
		h = nums[0]
	}
	if h > 15 || m > 59 || sec > 59 {
		return 0, dtZoneOverflow
	}
	off := h*3600 + m*60 + sec
	if s[0] == '-' {
		off = -off
	}
	return off, dtOK
}

// smallNumber reads up to nine digits.
func smallNumber(s string) (int, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	v := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, true
}
