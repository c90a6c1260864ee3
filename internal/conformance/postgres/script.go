package main

import (
	"regexp"
	"slices"
	"strings"
)

// part is a stretch of a script with one statement in it: the unit that is scored.
// Statements that share a line, or whose echo is off, are one.
type part struct {
	lines  []string // as they stand in the script
	echo   []string // those that psql -a shows
	counts bool     // it asks the server for something
}

var (
	copyIn  = regexp.MustCompile(`(?im)(?:^|;)\s*\\?copy\s[^;]*\sfrom\s+(?:stdin|pstdin|stdout)\b`)
	report  = regexp.MustCompile(`^(?:ERROR|INFO|WARNING|NOTICE|DETAIL|HINT|CONTEXT|LINE \d+|PL/pgSQL function|QUERY|COPY): |^ *\^$`)
	echoSet = regexp.MustCompile(`^\\set ECHO (\w+)`)
)

// clientOnly are commands of psql that concern nobody but psql: no score for those.
var clientOnly = map[string]bool{
	"set": true, "unset": true, "pset": true, "echo": true, "qecho": true, "warn": true, "getenv": true, "setenv": true,
	"if": true, "elif": true, "else": true, "endif": true, "a": true, "t": true, "x": true, "f": true, "quit": true, "q": true,
	"timing": true, "p": true, "o": true, "w": true, "r": true, "T": true, "C": true, "h": true, "!": true, "i": true,
}

// cutter is where cut is in a script and in its expected output.
type cutter struct {
	lexer
	lines    []string
	expected []string
	at       int // the line of expected behind the last COPY
	echo     bool
	parts    []part
}

// cut divides a script. The expected output tells whether lines after a COPY FROM
// stdin are its data, which psql does not show, or statements, as after a COPY that
// fails.
func cut(script, expected string) []part {
	c := &cutter{
		lines: strings.Split(strings.TrimSuffix(script, "\n"), "\n"), expected: strings.Split(expected, "\n"), echo: true,
	}
	for p := new(part); len(c.lines) > 0; {
		if c.take(p) || len(c.lines) == 0 {
			c.parts = append(c.parts, *p)
			p = new(part)
		}
	}
	return c.parts
}

// take adds the next line to the part, and COPY's data if that line asks for it, and
// reports whether the part ends there.
func (c *cutter) take(p *part) bool {
	line := c.next(p)
	if c.echo && (line != "" || c.quoted()) {
		p.echo = append(p.echo, line)
	}
	c.line(line)
	if m := echoSet.FindStringSubmatch(line); m != nil {
		c.echo = m[1] == "all"
	}
	if !c.idle() || c.statements == 0 && len(c.commands) == 0 {
		return false
	}
	p.counts = p.counts || c.statements > 0 || asksServer(c.commands)
	c.statements, c.commands = 0, nil
	for range copyIn.FindAllString(strings.Join(p.lines, "\n"), -1) {
		if c.dataFollows(p) {
			for c.next(p) != `\.` {
			}
		}
	}
	return c.echo
}

// next moves a line of the script to the part.
func (c *cutter) next(p *part) string {
	line := c.lines[0]
	c.lines = c.lines[1:]
	p.lines = append(p.lines, line)
	return line
}

// dataFollows reports whether what follows a COPY is its data: then the line after it
// is not what the expected output has next, after what the server said.
func (c *cutter) dataFollows(p *part) bool {
	if !slices.Contains(c.lines, `\.`) {
		return false
	}
	if len(p.echo) == 0 {
		return true
	}
	if pos := find(c.expected, p.echo, c.at); pos >= 0 {
		c.at = pos + len(p.echo)
	}
	rest := c.expected[c.at:]
	for len(rest) > 0 && report.MatchString(rest[0]) {
		rest = rest[1:]
	}
	following := slices.DeleteFunc(slices.Clone(c.lines[:min(len(c.lines), 10)]), func(l string) bool { return l == "" })
	return len(rest) == 0 || len(following) == 0 || squeeze(rest[0]) != squeeze(following[0])
}

func asksServer(commands []string) bool {
	return slices.ContainsFunc(commands, func(c string) bool { return !clientOnly[c] })
}
