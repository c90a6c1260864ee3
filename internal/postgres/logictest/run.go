package logictest

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Result is what a statement gave: values in their text form, nil for NULL.
type Result struct {
	Rows     [][]*string
	Affected int64
}

// Conn runs SQL text. Its errors begin with the SQLSTATE.
type Conn interface {
	Run(ctx context.Context, sql string) (Result, error)
	Close() error
}

// Runner runs test files, each against a database of its own.
type Runner struct {
	// Open makes a connection.
	Open func() (Conn, error)
	// Got, if given, is told of each query's result, a row per line, before that is
	// compared.
	Got func(rec Record, lines []string)
	// Fail is told of each record that does not hold. It returns false to stop.
	Fail func(rec Record, err error) bool
}

// Run runs a file's records in order.
func (r *Runner) Run(ctx context.Context, records []Record) (err error) {
	conns := map[string]Conn{}
	defer func() {
		for _, c := range conns {
			if e := c.Close(); err == nil {
				err = e
			}
		}
	}()
	labels := map[string]string{}
	for _, rec := range records {
		c := conns[rec.Connection]
		if c == nil {
			if c, err = r.Open(); err != nil {
				return err
			}
			conns[rec.Connection] = c
		}
		if err := r.check(ctx, c, rec, labels); err != nil && !r.Fail(rec, err) {
			return nil
		}
	}
	return nil
}

// check runs one record; an error tells how it does not hold.
func (r *Runner) check(ctx context.Context, c Conn, rec Record, labels map[string]string) error {
	res, err := c.Run(ctx, rec.SQL)
	if rec.Error {
		return rec.checkError(err)
	}
	if err != nil {
		return err
	}
	if rec.Types == "" {
		if rec.Count >= 0 && res.Affected != rec.Count {
			return fmt.Errorf("%d rows, want %d", res.Affected, rec.Count)
		}
		return nil
	}
	rows, err := rec.format(res)
	if err != nil {
		return err
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = strings.Join(row, " ")
	}
	if r.Got != nil {
		r.Got(rec, lines)
	}
	if err := rec.compare(rows, lines); err != nil {
		return err
	}
	if rec.Label == "" {
		return nil
	}
	sum := hash(rows)
	if before, ok := labels[rec.Label]; ok && before != sum {
		return fmt.Errorf("the result differs from that of another query labelled %s", rec.Label)
	}
	labels[rec.Label] = sum
	return nil
}

func (rec *Record) checkError(err error) error {
	if err == nil {
		return fmt.Errorf("succeeded, but must fail: %s", rec.Pattern)
	}
	ok, perr := regexp.MatchString(rec.Pattern, err.Error())
	if perr != nil {
		return perr
	}
	if !ok {
		return fmt.Errorf("error %w, want %q", err, rec.Pattern)
	}
	return nil
}

// format writes the values by the query's column types, in the order asked for.
// With ValueSort each value is a row.
func (rec *Record) format(res Result) ([][]string, error) {
	rows := make([][]string, len(res.Rows))
	for i, row := range res.Rows {
		if len(row) != len(rec.Types) {
			return nil, fmt.Errorf("%d columns, want %d", len(row), len(rec.Types))
		}
		for k, v := range row {
			rows[i] = append(rows[i], formatValue(v, rec.Types[k]))
		}
	}
	switch rec.Sort {
	case RowSort:
		slices.SortStableFunc(rows, slices.Compare)
	case ValueSort:
		var all [][]string
		for _, row := range rows {
			for _, v := range row {
				all = append(all, []string{v})
			}
		}
		slices.SortStableFunc(all, slices.Compare)
		return all, nil
	}
	return rows, nil
}

func formatValue(v *string, typ byte) string {
	if v == nil {
		return "NULL"
	}
	s := *v
	switch typ {
	case 'I':
		if s == "t" {
			return "1"
		}
		if s == "f" {
			return "0"
		}
		if f, ok := new(big.Float).SetString(s); ok {
			i, _ := f.Int(nil)
			return i.String()
		}
		return "0" // as a client that asks for an integer reads other text
	case 'R':
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return strconv.FormatFloat(f, 'f', 3, 64)
		}
	case 'T':
		if s == "" {
			return "(empty)"
		}
		return strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return '@'
			}
			return r
		}, s)
	}
	return s
}

func hash(rows [][]string) string {
	h := md5.New()
	for _, row := range rows {
		for _, v := range row {
			_, _ = h.Write([]byte(v + "\n")) // a hash's Write does not fail
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// compare holds a result against the one wanted, in whichever form that is.
func (rec *Record) compare(rows [][]string, lines []string) error {
	var values []string
	for _, row := range rows {
		values = append(values, row...)
	}
	if rec.Hash != "" {
		if sum := hash(rows); len(values) != rec.Values || sum != rec.Hash {
			return fmt.Errorf("%d values hashing to %s, want %d to %s", len(values), sum, rec.Values, rec.Hash)
		}
		return nil
	}
	if slices.Equal(values, rec.Want) || slices.Equal(lines, rec.Want) {
		return nil
	}
	return fmt.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(rec.Want, "\n"))
}
