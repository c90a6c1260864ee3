package main

import (
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// score is what is checked in for a unit.
type score struct {
	Passed  int      `json:"passed"`
	Of      int      `json:"of"`
	Ended   string   `json:"ended,omitempty"`
	Missing []string `json:"missing,omitempty"` // tests that redis-server passes and orbit does not
}

func (s score) plus(o score) score { return score{Passed: s.Passed + o.Passed, Of: s.Of + o.Of} }

func describe(r, baseline unitResult) string {
	got, of := counted(r, baseline)
	s := fmt.Sprintf("%4d of %4d  %5.1f%%", got, of, harness.Percent(got, of))
	if r.Ended != "" {
		s += "  ended early: " + r.Ended
	}
	return s
}

// missing lists what the baseline passed and r did not.
func missing(r, baseline unitResult) []string {
	have := map[string]int{}
	for _, name := range r.Passed {
		have[name]++
	}
	var list []string
	for _, name := range baseline.Passed {
		if have[name] > 0 {
			have[name]--
		} else {
			list = append(list, name)
		}
	}
	return list
}

// settle shows the sum, compares it with what is checked in, and writes it.
func settle(o *options, results, baseline map[string]unitResult, scores map[string]score) error {
	units := make([]string, 0, len(results))
	for unit := range results {
		units = append(units, unit)
	}
	slices.Sort(units)
	var got, of int
	var worse []string
	for _, unit := range units {
		g, n := counted(results[unit], baseline[unit])
		got, of = got+g, of+n
		if was, ok := scores[unit]; ok && g < was.Passed {
			worse = append(worse, fmt.Sprintf("%s passes %d, was %d", unit, g, was.Passed))
		}
		scores[unit] = score{Passed: g, Of: n, Ended: results[unit].Ended, Missing: missing(results[unit], baseline[unit])}
	}
	fmt.Printf("%-28s %4d of %4d  %5.1f%%\n", "together", got, of, harness.Percent(got, of))
	if o.check && len(worse) > 0 {
		return fmt.Errorf("a step back: %v", worse)
	}
	if o.write {
		if err := harness.WriteJSON(scoreFiles[o.mode], scores); err != nil {
			return err
		}
		return writePage()
	}
	return nil
}

// less reports whether a unit scores less than what is checked in.
func less(r, baseline unitResult, was score) bool {
	got, _ := counted(r, baseline)
	return got < was.Passed
}
