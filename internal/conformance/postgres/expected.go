package main

import (
	"fmt"
	"strconv"
	"strings"
)

// marker is a comment that stands before each part in what psql is given, to find
// in what it shows where the part begins. It never reaches the server: psql drops
// comments between statements.
const marker = "-- part "

// marked is the script with a marker before each part.
func marked(parts []part) string {
	var b strings.Builder
	for i, p := range parts {
		fmt.Fprintf(&b, "%s%d\n", marker, i)
		for _, line := range p.lines {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// shownBy is what psql showed for each part of a marked script; a part that it never
// came to is missing.
func shownBy(output string) map[int]string {
	found := map[int]string{}
	at, begin := -1, 0
	for pos := 0; pos < len(output); {
		end := pos + strings.IndexByte(output[pos:], '\n') + 1
		if end == pos {
			end = len(output)
		}
		if number, ok := strings.CutPrefix(strings.TrimSuffix(output[pos:end], "\n"), marker); ok {
			if n, err := strconv.Atoi(number); err == nil {
				if at >= 0 {
					found[at] = output[begin:pos]
				}
				at, begin = n, end
			}
		}
		pos = end
	}
	if at >= 0 {
		found[at] = output[begin:]
	}
	return found
}

// expect finds the parts of a script in an expected output, which has no markers: by
// the lines of each that psql shows. A part that is not there is missing.
func expect(parts []part, output string) map[int]string {
	lines := strings.SplitAfter(output, "\n")
	var starts, numbers []int
	at := 0
	for i, p := range parts {
		if len(p.echo) == 0 {
			continue
		}
		pos := find(lines, p.echo, at)
		if pos < 0 {
			continue
		}
		starts, numbers = append(starts, pos), append(numbers, i)
		at = pos + len(p.echo)
	}
	found := map[int]string{}
	for k, i := range numbers {
		end := len(lines)
		if k+1 < len(starts) {
			end = starts[k+1]
		}
		found[i] = strings.Join(lines[starts[k]:end], "")
	}
	return found
}

func find(lines, want []string, from int) int {
next:
	for i := from; i+len(want) <= len(lines); i++ {
		for k, w := range want {
			if squeeze(lines[i+k]) != squeeze(w) {
				continue next
			}
		}
		return i
	}
	return -1
}

// same compares as pg_regress does, without blanks.
func same(a, b string) bool { return squeeze(a) == squeeze(b) }

func squeeze(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		for _, field := range strings.Fields(line) {
			b.WriteString(field)
		}
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}
