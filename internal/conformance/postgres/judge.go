package main

import (
	"fmt"
	"regexp"
	"strings"
)

// result is how a file or spec went.
type result struct {
	Passed int `json:"passed"`
	Of     int `json:"of"`
	// Ended says why it stopped before its end, "" if it did not.
	Ended string `json:"ended,omitempty"`
	// Missing is what it failed with most.
	Missing []string `json:"missing,omitempty"`
	// ran is how many of the parts the server came to.
	ran int
	// failed are the numbers of the parts that did not pass.
	failed []int
	// messages counts what was said where something else was expected.
	messages map[string]int
	// differences shows what each failed part should have shown and did.
	differences strings.Builder
}

// judge compares what psql showed for each part with the expected output that fits
// best. All parts of the script are counted that any expected output has.
func judge(parts []part, shown map[int]string, outputs []string) *result {
	best := &result{}
	for n, output := range outputs {
		want := expect(parts, output)
		r := &result{messages: map[string]int{}}
		for i, p := range parts {
			if !p.counts {
				continue
			}
			w, known := want[i]
			got, ran := shown[i]
			if n == 0 && known {
				best.Of++
			}
			if n == 0 && known && ran {
				best.ran++
			}
			if known && ran && same(got, w) {
				r.Passed++
				continue
			}
			r.failed = append(r.failed, i)
			if known || n == 0 {
				r.messages[difference(got, w, ran)]++
				fmt.Fprintf(&r.differences, "%s%d\n<<<< expected\n%s==== got\n%s>>>>\n\n", marker, i, w, got)
			}
		}
		if n == 0 || r.Passed > best.Passed {
			r.Of, r.ran = best.Of, best.ran
			best = r
		}
	}
	return best
}

var (
	quotedName = regexp.MustCompile(`"[^"]*"`)
	number     = regexp.MustCompile(`\b\d+\b`)
	psqlPrefix = regexp.MustCompile(`^psql:[^ ]* `)
)

// difference names what kept a part from passing: the first error that was not
// expected, with its names left out, or how else the two differ.
func difference(got, want string, ran bool) string {
	if !ran {
		return "(not reached)"
	}
	expected := map[string]bool{}
	expectsError := false
	for line := range strings.Lines(want) {
		expected[squeeze(line)] = true
		expectsError = expectsError || strings.HasPrefix(line, "ERROR:")
	}
	for line := range strings.Lines(got) {
		line = psqlPrefix.ReplaceAllString(line, "")
		text, ok := strings.CutPrefix(line, "ERROR:")
		if ok && !expected[squeeze(line)] {
			if text = tidy(text); expectsError {
				return "another error than expected: " + text
			}
			return text
		}
	}
	switch {
	case expectsError:
		return "(an error was expected)"
	case strings.Contains(want, "QUERY PLAN"):
		return "(another plan)"
	default:
		return "(another result)"
	}
}

// tidy leaves the names out of a message, so that like ones count together.
func tidy(text string) string {
	text = quotedName.ReplaceAllString(strings.TrimSpace(text), `"…"`)
	return number.ReplaceAllString(text, "N")
}
