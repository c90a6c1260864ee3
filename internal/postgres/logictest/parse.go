package logictest

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Engine is our name in skipif and onlyif.
const Engine = "postgresql"

// Sort says how a query's result is ordered before it is compared.
type Sort string

// Orders of results.
const (
	NoSort    Sort = "nosort"
	RowSort   Sort = "rowsort"
	ValueSort Sort = "valuesort"
)

// Record is a statement or a query of a test file, after
//
//	statement ok
//	statement error [pattern, over "SQLSTATE message"]
//	statement count N
//	query <types: I T R per column> [sort] [label]
//
// up to the next empty line. "----" parts a query from its result, which is a
// value per line, or a row per line with values parted by blanks, or "N values
// hashing to MD5". "connection NAME" before a record runs it, and what follows,
// on a connection of that name, which is opened at its first use; the file
// begins on "default".
type Record struct {
	Line       int
	Connection string
	SQL        string

	// Of a statement: Error tells that it must fail, with an error that Pattern
	// matches. Count is the number of rows it must tell, -1 if that does not matter.
	Error   bool
	Pattern string
	Count   int64

	// Of a query: Types has a letter per column, "" for a statement.
	Types string
	Sort  Sort
	Label string
	// Want is the result's lines; Values and Hash stand instead in the short form.
	Want   []string
	Values int
	Hash   string
	// From and To are the lines of the result: the first, and one past the last.
	From, To int
}

// Parse reads a test file. Records for other engines are left out.
func Parse(r io.Reader) ([]Record, error) {
	p := &parser{in: bufio.NewScanner(r), connection: "default"}
	p.in.Buffer(nil, 16<<20)
	var out []Record
	for {
		rec, err := p.record()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", p.line, err)
		}
		if rec == nil {
			return out, p.in.Err()
		}
		out = append(out, *rec)
	}
}

type parser struct {
	in         *bufio.Scanner
	line       int
	connection string
}

func (p *parser) next() (string, bool) {
	if !p.in.Scan() {
		return "", false
	}
	p.line++
	return strings.TrimRight(p.in.Text(), " \t\r"), true
}

// record reads the next record that is meant for us, nil at the end.
func (p *parser) record() (*Record, error) {
	skip := false
	for {
		line, ok := p.next()
		if !ok {
			return nil, nil
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		rest, _, _ = strings.Cut(strings.TrimSpace(rest), "#")
		rest = strings.TrimSpace(rest)
		switch word {
		case "skipif":
			skip = skip || rest == Engine
		case "onlyif":
			skip = skip || rest != Engine
		case "hash-threshold":
			skip = false
		case "halt":
			if !skip {
				return nil, nil
			}
			skip = false
		case "connection":
			p.connection = rest
		case "statement", "query":
			rec, err := p.body(word, line)
			if err != nil || !skip {
				return rec, err
			}
			skip = false
		default:
			return nil, fmt.Errorf("unknown directive %q", word)
		}
	}
}

// body reads what belongs to a record's first line.
func (p *parser) body(word, head string) (*Record, error) {
	rec := &Record{Line: p.line, Connection: p.connection, Count: -1, Sort: NoSort}
	fields := strings.Fields(head)[1:]
	if len(fields) == 0 {
		return nil, fmt.Errorf("%s of what?", word)
	}
	var err error
	if word == "query" {
		err = rec.queryHead(fields)
	} else {
		err = rec.statementHead(fields)
	}
	if err != nil {
		return nil, err
	}
	var sql []string
	for {
		line, ok := p.next()
		if !ok || line == "" {
			rec.SQL = strings.Join(sql, "\n")
			return rec, nil
		}
		if line == "----" {
			rec.From, rec.To = p.line+1, p.line+1
			break
		}
		sql = append(sql, line)
	}
	rec.SQL = strings.Join(sql, "\n")
	for {
		line, ok := p.next()
		if !ok || line == "" {
			return rec, nil
		}
		rec.To = p.line + 1
		if n, hash, ok := strings.Cut(line, " values hashing to "); ok {
			if rec.Values, err = strconv.Atoi(n); err != nil {
				return nil, err
			}
			rec.Hash = hash
			continue
		}
		rec.Want = append(rec.Want, line)
	}
}

func (rec *Record) queryHead(fields []string) error {
	if strings.Trim(fields[0], "ITR") != "" {
		return fmt.Errorf("column types %q are not of I, T and R", fields[0])
	}
	rec.Types = fields[0]
	if len(fields) > 1 {
		rec.Sort = Sort(fields[1])
	}
	if len(fields) > 2 {
		rec.Label = fields[2]
	}
	switch rec.Sort {
	case NoSort, RowSort, ValueSort:
		return nil
	}
	return fmt.Errorf("unknown sort %q", rec.Sort)
}

func (rec *Record) statementHead(fields []string) error {
	switch fields[0] {
	case "ok":
		return nil
	case "error":
		rec.Error, rec.Pattern = true, strings.Join(fields[1:], " ")
		return nil
	case "count":
		if len(fields) == 2 {
			var err error
			rec.Count, err = strconv.ParseInt(fields[1], 10, 64)
			return err
		}
	}
	return fmt.Errorf("unknown statement form %q", strings.Join(fields, " "))
}
