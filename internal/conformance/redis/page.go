package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// writePage writes the scores of both modes as a page, with the reason of each
// failure. A test that fails without one is an error: somebody must say why.
func writePage() error {
	reasons, scores, inActors := map[string]string{}, map[string]score{}, map[string]score{}
	for path, v := range map[string]any{reasonFile: &reasons, scoreFiles[persistent]: &scores, scoreFiles[actor]: &inActors} {
		if err := harness.ReadJSON(path, v); err != nil {
			return err
		}
	}
	var page bytes.Buffer
	fmt.Fprintf(&page, `# Redis's own suite

The Tcl tests of redis-server 7.0.15 (Debian's source package) in external-server
mode, a fresh server for each unit, counted against what redis-server itself
passes with the same flags, in persistent mode and in actor mode with write-through
persistence. (Without persistence the seven tests of unit/type/stream-cgroups that come
after a change of appendfsync fail too: there is nothing that it could set.)
`+"`make conformance-redis`"+` runs them all and fails on a step back; CI runs a selection
(`+"`-quick`"+`). This page is written by `+"`go run ./internal/conformance/redis -write`"+`,
and with `+"`-mode actor`"+`.

| unit | of | persistent | | actor | |
|---|---|---|---|---|---|
`)
	units := slices.Sorted(maps.Keys(scores))
	sum, inActorsSum := score{}, score{}
	for _, unit := range units {
		s, a := scores[unit], inActors[unit]
		sum, inActorsSum = sum.plus(s), inActorsSum.plus(a)
		fmt.Fprintf(&page, "| %s | %d | %d | %.1f%% | %d | %.1f%% |\n", unit, s.Of, s.Passed, harness.Percent(s.Passed, s.Of), a.Passed, harness.Percent(a.Passed, a.Of))
	}
	fmt.Fprintf(&page, "| **together** | **%d** | **%d** | **%.1f%%** | **%d** | **%.1f%%** |\n",
		sum.Of, sum.Passed, harness.Percent(sum.Passed, sum.Of), inActorsSum.Passed, harness.Percent(inActorsSum.Passed, inActorsSum.Of))
	fmt.Fprint(&page, "\n## What fails, and why\n\n| unit | test | mode | reason |\n|---|---|---|---|\n")
	var unexplained []string
	for _, unit := range units {
		for _, f := range failures(scores[unit].Missing, inActors[unit].Missing) {
			reason := reasons[unit+": "+f.test]
			if reason == "" {
				unexplained = append(unexplained, unit+": "+f.test)
			}
			fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", unit, strings.ReplaceAll(f.test, "|", "\\|"), f.mode, reason)
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

// failure is a test that fails in a mode, or in both.
type failure struct{ test, mode string }

func failures(inPersistent, inActors []string) []failure {
	var list []failure
	for _, test := range inPersistent {
		mode := persistent
		if slices.Contains(inActors, test) {
			mode = "both"
		}
		list = append(list, failure{test, mode})
	}
	for _, test := range inActors {
		if !slices.Contains(inPersistent, test) {
			list = append(list, failure{test, actor})
		}
	}
	return list
}
