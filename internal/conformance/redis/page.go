package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// writePage writes the scores as a page, with the reason of each failure. A test
// that fails without one is an error: somebody must say why.
func writePage(scores map[string]score) error {
	reasons := map[string]string{}
	if err := readJSON(reasonFile, &reasons); err != nil {
		return err
	}
	var page bytes.Buffer
	fmt.Fprintf(&page, `# Redis's own suite

The Tcl tests of redis-server 7.0.15 (Debian's source package) in external-server
mode, a fresh server for each unit, counted against what redis-server itself
passes with the same flags. `+"`make conformance-redis`"+` runs them all and fails on a
step back; CI runs a selection (`+"`-quick`"+`). This page is written by
`+"`go run ./internal/conformance/redis -write`"+`.

| unit | passed | of | |
|---|---|---|---|
`)
	units := slices.Sorted(maps.Keys(scores))
	got, of := 0, 0
	for _, unit := range units {
		s := scores[unit]
		got, of = got+s.Passed, of+s.Of
		fmt.Fprintf(&page, "| %s | %d | %d | %.1f%% |\n", unit, s.Passed, s.Of, percent(s.Passed, s.Of))
	}
	fmt.Fprintf(&page, "| **together** | **%d** | **%d** | **%.1f%%** |\n\n## What fails, and why\n\n| unit | test | reason |\n|---|---|---|\n", got, of, percent(got, of))
	var unexplained []string
	for _, unit := range units {
		for _, test := range scores[unit].Missing {
			reason := reasons[unit+": "+test]
			if reason == "" {
				unexplained = append(unexplained, unit+": "+test)
			}
			fmt.Fprintf(&page, "| %s | %s | %s |\n", unit, strings.ReplaceAll(test, "|", "\\|"), reason)
		}
	}
	if err := os.WriteFile(pageFile, page.Bytes(), 0o644); err != nil {
		return err
	}
	if len(unexplained) > 0 {
		return fmt.Errorf("%s gives no reason for:\n  %s", reasonFile, strings.Join(unexplained, "\n  "))
	}
	return nil
}
