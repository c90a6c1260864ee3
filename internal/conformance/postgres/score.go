package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// baseline is what PostgreSQL itself does with a file under this runner.
type baseline struct {
	Passed int   `json:"passed"`
	Of     int   `json:"of"`
	Failed []int `json:"failed,omitempty"` // numbers of the statements or permutations
}

// scores is what is checked in for a mode.
type scores struct {
	Files map[string]*result `json:"files"`
	// Messages are what statements failed with, most frequent first.
	Messages []message `json:"messages"`
}

type message struct {
	Count int    `json:"count"`
	Files int    `json:"files"`
	Text  string `json:"text"`
}

func describe(r *result) string {
	s := fmt.Sprintf("%5d of %5d  %5.1f%%", r.Passed, r.Of, harness.Percent(r.Passed, r.Of))
	if r.Ended != "" {
		s += "  ended early: " + r.Ended
	}
	return s
}

func writeBaseline(results map[string]*result) error {
	all := map[string]baseline{}
	if err := harness.ReadJSON(baselineFile, &all); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for file, r := range results {
		all[file] = baseline{Passed: r.Passed, Of: r.ran, Failed: r.failed}
	}
	return harness.WriteJSON(baselineFile, all)
}

// settle shows the sums, compares them with what is checked in, and writes them.
func settle(o *options, results map[string]*result) error {
	var base map[string]baseline
	if err := harness.ReadJSON(baselineFile, &base); err != nil {
		return err
	}
	var was scores
	if err := harness.ReadJSON(scoreFiles[o.mode], &was); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	notes, err := readNotes()
	if err != nil {
		return err
	}
	if was.Files == nil {
		was.Files = map[string]*result{}
	}
	var passed, of int
	var worse []string
	for _, file := range slices.Sorted(maps.Keys(results)) {
		r := results[file]
		r.Of = base[file].Of
		passed, of = passed+r.Passed, of+r.Of
		before, known := was.Files[file]
		if known && r.Passed < before.Passed-notes[file].Tolerance {
			worse = append(worse, fmt.Sprintf("%s passes %d, was %d", file, r.Passed, before.Passed))
		}
		r.Missing = missing(r.messages)
		was.Files[file] = r
	}
	fmt.Printf("%-44s %5d of %5d  %5.1f%%\n", "together", passed, of, harness.Percent(passed, of))
	if o.check && len(worse) > 0 {
		return fmt.Errorf("a step back: %v", worse)
	}
	if !o.write {
		return nil
	}
	if o.files == "" {
		was.Messages = rank(results)
	}
	if err := harness.WriteJSON(scoreFiles[o.mode], was); err != nil {
		return err
	}
	return writePage()
}

// rank sums up the messages of all files: those that tell of something missing are
// first by how often they came.
func rank(results map[string]*result) []message {
	sums := map[string]*message{}
	for _, r := range results {
		for text, n := range r.messages {
			m := sums[text]
			if m == nil {
				m = &message{Text: text}
				sums[text] = m
			}
			m.Count += n
			m.Files++
		}
	}
	var list []message
	for _, m := range sums {
		list = append(list, *m)
	}
	slices.SortFunc(list, func(a, b message) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		if a.Text < b.Text {
			return -1
		}
		return 1
	})
	return list[:min(len(list), maxMessages)]
}

// How many messages are kept, of all and of a file.
const (
	maxMessages = 200
	maxMissing  = 3
)

// missing is what a file failed with most.
func missing(messages map[string]int) []string {
	texts := slices.SortedFunc(maps.Keys(messages), func(a, b string) int {
		if messages[a] != messages[b] {
			return messages[b] - messages[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	var list []string
	for _, t := range texts[:min(len(texts), maxMissing)] {
		list = append(list, fmt.Sprintf("%d× %s", messages[t], t))
	}
	return list
}

// note is what somebody has to say about a file.
type note struct {
	// Reason tells why a file cannot pass as a whole.
	Reason string `json:"reason,omitempty"`
	// Tolerance is how many statements may pass in one run and not in another, for
	// instance because they show rows in whatever order they come.
	Tolerance int `json:"tolerance,omitempty"`
}

func readNotes() (map[string]note, error) {
	notes := map[string]note{}
	if err := harness.ReadJSON(notesFile, &notes); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return notes, nil
}
