package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// writePage writes the scores of both modes as a page, with what each file lacks most.
func writePage() error {
	base := map[string]baseline{}
	if err := harness.ReadJSON(baselineFile, &base); err != nil {
		return err
	}
	notes, err := readNotes()
	if err != nil {
		return err
	}
	inModes := map[string]scores{}
	for mode, path := range scoreFiles {
		var s scores
		if err := harness.ReadJSON(path, &s); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		inModes[mode] = s
	}
	var page bytes.Buffer
	page.WriteString(`# PostgreSQL's own suites

The regression suite (src/test/regress) and the isolation suite (src/test/isolation) of
PostgreSQL 15, from Debian's source package. Regression files go to psql one after the
other in the schedule's order, over one server, as pg_regress sends them; a statement
passes when what psql shows for it is the expected output, blanks aside (as pg_regress
compares). Of a file's variants of expected output the one that fits best counts, for
the whole file. The score is of **all** statements of the files: those that follow from
a table that could not be made, those that need functions in C, and those after a
crash or a time limit have failed. Statements that share a line are one; commands that
concern only psql, such as \pset, do not count. Isolation specs count by permutation.

PostgreSQL 15 itself is run by the same runner, in a cluster with encoding UTF8 and
locale C; the first column of figures is what it passes.

` + "`make conformance-postgres`" + ` runs all and fails on a step back; CI runs a selection
(` + "`-quick`" + `). This page is written by ` + "`go run ./internal/conformance/postgres -write`" + `,
and with ` + "`-mode actor`" + `.

`)
	for _, kind := range []struct{ prefix, title, unit string }{
		{"regress/", "The regression suite", "statements"}, {"isolation/", "The isolation suite", "permutations"},
	} {
		fmt.Fprintf(&page, "## %s\n\n", kind.title)
		writeTable(&page, kind.prefix, kind.unit, base, inModes, notes)
	}
	writeMessages(&page, inModes[persistent].Messages)
	return os.WriteFile(pageFile, page.Bytes(), 0o644)
}

func writeTable(page *bytes.Buffer, prefix, unit string, base map[string]baseline, inModes map[string]scores, notes map[string]note) {
	fmt.Fprintf(page, "| file | %s | PostgreSQL | persistent | | actor | | what fails most |\n|---|---|---|---|---|---|---|---|\n", unit)
	var sum, ours, inActors, theirs result
	for _, file := range slices.Sorted(maps.Keys(base)) {
		if !strings.HasPrefix(file, prefix) {
			continue
		}
		b, p, a := base[file], inModes[persistent].file(file), inModes[actor].file(file)
		sum.Of += b.Of
		theirs.Passed += b.Passed
		ours.Passed += p.Passed
		inActors.Passed += a.Passed
		fmt.Fprintf(page, "| %s | %d | %d | %d | %.1f%% | %d | %.1f%% | %s |\n", strings.TrimPrefix(file, prefix), b.Of, b.Passed,
			p.Passed, harness.Percent(p.Passed, b.Of), a.Passed, harness.Percent(a.Passed, b.Of), remarks(p, notes[file]))
	}
	fmt.Fprintf(page, "| **together** | **%d** | **%d** | **%d** | **%.1f%%** | **%d** | **%.1f%%** | |\n\n", sum.Of, theirs.Passed,
		ours.Passed, harness.Percent(ours.Passed, sum.Of), inActors.Passed, harness.Percent(inActors.Passed, sum.Of))
}

// remarks is the last column of a file: how it ended, why it cannot pass, what is missing.
func remarks(r *result, n note) string {
	var all []string
	if r.Ended != "" {
		all = append(all, "**"+r.Ended+"**")
	}
	if n.Reason != "" {
		all = append(all, n.Reason)
	}
	if n.Tolerance > 0 {
		all = append(all, fmt.Sprintf("up to %d vary", n.Tolerance))
	}
	for _, m := range r.Missing {
		all = append(all, cell(m))
	}
	return strings.Join(all, "; ")
}

func writeMessages(page *bytes.Buffer, messages []message) {
	fmt.Fprint(page, "## What statements fail with\n\nIn persistent mode, over both suites, with names and numbers left out. What begins with\n"+
		"\"relation\" mostly follows from a statement before that failed.\n\n| statements | files | message |\n|---|---|---|\n")
	for _, m := range messages {
		fmt.Fprintf(page, "| %d | %d | %s |\n", m.Count, m.Files, cell(m.Text))
	}
}

func cell(text string) string {
	text = strings.NewReplacer("|", "\\|", "<", "&lt;", "*", "\\*", "_", "\\_", "\n", " ").Replace(text)
	if r := []rune(text); len(r) > 160 {
		text = string(r[:160]) + "…"
	}
	return text
}

// file is the result of a file, an empty one if it was not run.
func (s scores) file(name string) *result {
	if r := s.Files[name]; r != nil {
		return r
	}
	return &result{}
}
