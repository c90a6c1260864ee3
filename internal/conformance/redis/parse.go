package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	passed  = regexp.MustCompile(`^\[ok\]: (.*) \(\d+ ms\)$`)
	failed  = regexp.MustCompile(`^\[err\]: (.*?)(?: in tests/\S+)?$`)
)

// parse reads the suite's output. Random parts of test names (seeds, sizes that
// a run picks) are left as they are; such tests count by their number.
func parse(out string, verbose bool) unitResult {
	r := unitResult{Passed: []string{}}
	inFailure := false
	for line := range strings.Lines(colours.ReplaceAllString(out, "")) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case passed.MatchString(line):
			r.Passed = append(r.Passed, passed.FindStringSubmatch(line)[1])
			inFailure = false
		case failed.MatchString(line):
			r.Failed = append(r.Failed, failed.FindStringSubmatch(line)[1])
			inFailure = true
		case strings.HasPrefix(line, "[exception]"):
			r.Ended = line
			inFailure = true
		case strings.HasPrefix(line, "["), strings.HasPrefix(line, "==="):
			inFailure = false
		}
		if verbose && inFailure {
			fmt.Println("    " + line)
		}
	}
	slices.Sort(r.Passed)
	slices.Sort(r.Failed)
	return r
}

// counted is how many of the tests that redis-server passes were passed, and how
// many those are.
func counted(r, baseline unitResult) (got, of int) {
	have := map[string]int{}
	for _, name := range r.Passed {
		have[name]++
	}
	for _, name := range baseline.Passed {
		if have[name] > 0 {
			have[name]--
			got++
		}
	}
	return got, len(baseline.Passed)
}
