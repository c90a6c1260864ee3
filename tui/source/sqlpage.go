package source

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Preview is how many characters of a value a page holds; CellValue gives the rest.
const Preview = 1024

// Listing says which rows of a relation are looked at, and in what order.
type Listing struct {
	Relation *Relation
	Where    string // a condition as SQL writes it, "" for none
	Column   int    // that sorts the rows, -1: the primary key does
	Down     bool
}

// Place is where in a listing a page is.
type Place int

// Places. Those but PageStart and PageEnd are about a row.
const (
	PageStart  Place = iota
	PageEnd          // the last rows
	PageBehind       // rows behind it
	PageBefore       // rows before it
	PageFrom         // it, if it is still there, and rows behind it
)

// PageRow is a row of a page: its values, and what tells where it is.
type PageRow struct {
	Values []Value // by the relation's columns, cut after Preview characters
	// Key is the primary key's values; none if the relation has none.
	Key  []Value
	sort Value // the sorting column's, whole
	at   int64 // how many rows are before it; counts only without a key
}

// ID tells a row from all others of its listing.
func (r *PageRow) ID() string {
	if r.Key == nil {
		return "#" + strconv.FormatInt(r.at, 10)
	}
	var b strings.Builder
	for i := range r.Key {
		b.WriteString(strconv.Itoa(len(r.Key[i].Text)))
		b.WriteByte(':')
		b.WriteString(r.Key[i].Text)
	}
	return b.String()
}

// Page is a run of rows in a listing's order.
type Page struct {
	Rows        []PageRow
	First, Last bool // no row is before these, none behind
}

// Page reads a part of a listing. Rows of a relation with a primary key are found by
// their keys, wherever they are; those of others are counted from the first.
func (q *SQL) Page(ctx context.Context, l Listing, place Place, row *PageRow, limit int) (page Page, err error) {
	err = q.with(ctx, func(conn *pgconn.PgConn) error {
		if len(l.Relation.Key) > 0 {
			page, err = l.byKey(ctx, conn, place, row, limit)
		} else {
			page, err = l.byCount(ctx, conn, place, row, limit)
		}
		return err
	})
	return page, err
}

// ConditionError is an error that the condition of a listing causes; At is where in
// it, from 1, 0 if it is not known.
type ConditionError struct {
	Err *pgconn.PgError
	At  int
}

func (e *ConditionError) Error() string { return e.Err.Message }

func (e *ConditionError) Unwrap() error { return e.Err }

// from writes the FROM and WHERE of a listing; the condition's place is returned.
func (l *Listing) from(s *statement) (at int) {
	s.WriteString(" from " + l.Relation.Full() + " as t where ")
	if l.Where == "" {
		s.WriteString("true")
		return 0
	}
	s.WriteString("(")
	at = len([]rune(s.String()))
	s.WriteString(l.Where + "\n)") // it may end with a comment
	return at
}

// inCondition finds out whether the condition is to blame.
func (l *Listing) inCondition(err error, at int) error {
	var e *pgconn.PgError
	if l.Where == "" || !errors.As(err, &e) {
		return err
	}
	p := int(e.Position) - at
	if p < 1 || p > len([]rune(l.Where))+2 {
		p = 0
	}
	return &ConditionError{e, p}
}

// Total counts the rows of a listing: about, by the planner, if it has no condition.
func (q *SQL) Total(ctx context.Context, l Listing) (n int64, err error) {
	err = q.with(ctx, func(conn *pgconn.PgConn) error {
		n, err = l.count(ctx, conn)
		return err
	})
	return n, err
}

func (l *Listing) count(ctx context.Context, conn *pgconn.PgConn) (n int64, err error) {
	s := &statement{}
	s.WriteString("select count(*)")
	at := l.from(s)
	err = s.rows(ctx, conn, func(row [][]byte) error {
		n, err = strconv.ParseInt(string(row[0]), 10, 64)
		return err
	})
	return n, l.inCondition(err, at)
}

// selectColumns writes the select list: what is long is cut by the server.
func (l *Listing) selectColumns(s *statement) {
	s.WriteString("select ")
	for i := range l.Relation.Columns {
		c := &l.Relation.Columns[i]
		if i > 0 {
			s.WriteString(", ")
		}
		if c.Wide {
			s.WriteString("left(t." + ident(c.Name) + "::text, " + strconv.Itoa(Preview+1) + ")")
		} else {
			s.WriteString("t." + ident(c.Name))
		}
	}
}

// row makes a row of what the server sent.
func (l *Listing) row(raw [][]byte) PageRow {
	all := values(raw)
	n := len(l.Relation.Columns)
	r := PageRow{Values: all[:n:n]}
	for i := range r.Values {
		if l.Relation.Columns[i].Wide && len(r.Values[i].Text) > Preview {
			r.Values[i] = shortened(r.Values[i])
		}
	}
	for i := range l.Relation.Key {
		r.Key = append(r.Key, all[n+i])
	}
	if l.Column >= 0 && len(l.Relation.Key) > 0 {
		r.sort = all[n+len(l.Relation.Key)]
	}
	return r
}

// shortened is a value of Preview characters at most.
func shortened(v Value) Value {
	count := 0
	for i := range v.Text {
		if count == Preview {
			return Value{Text: strings.Clone(v.Text[:i]), Cut: true}
		}
		count++
	}
	return v
}

// byKey reads a page of a relation with a primary key.
func (l *Listing) byKey(ctx context.Context, conn *pgconn.PgConn, place Place, row *PageRow, limit int) (page Page, err error) {
	backward := place == PageEnd || place == PageBefore
	s := &statement{}
	l.selectColumns(s)
	for _, k := range l.order() {
		s.WriteString(", t." + ident(l.Relation.Columns[k.column].Name))
	}
	at := l.from(s)
	if place != PageStart && place != PageEnd {
		s.WriteString(" and ")
		l.beyond(s, row, backward, place == PageFrom)
	}
	l.orderBy(s, backward)
	s.WriteString(" limit " + strconv.Itoa(limit+1))
	err = s.rows(ctx, conn, func(raw [][]byte) error {
		page.Rows = append(page.Rows, l.row(raw))
		return nil
	})
	if err != nil {
		return page, l.inCondition(err, at)
	}
	end := len(page.Rows) <= limit
	page.Rows = page.Rows[:min(limit, len(page.Rows))]
	page.First = place == PageStart || backward && end
	page.Last = place == PageEnd || !backward && end
	if backward {
		slices.Reverse(page.Rows)
	}
	return page, nil
}

// byCount reads a page of a relation without a key.
func (l *Listing) byCount(ctx context.Context, conn *pgconn.PgConn, place Place, row *PageRow, limit int) (page Page, err error) {
	from := int64(0)
	switch place {
	case PageStart:
	case PageFrom:
		from = row.at
	case PageBehind:
		from = row.at + 1
	case PageBefore:
		from = max(row.at-int64(limit), 0)
		limit = int(row.at - from)
	case PageEnd:
		n, err := l.count(ctx, conn)
		if err != nil {
			return page, err
		}
		from = max(n-int64(limit), 0)
	}
	s := &statement{}
	l.selectColumns(s)
	at := l.from(s)
	if l.Column >= 0 {
		l.orderBy(s, false)
	}
	s.WriteString(" limit " + strconv.Itoa(limit+1) + " offset " + strconv.FormatInt(from, 10))
	err = s.rows(ctx, conn, func(raw [][]byte) error {
		r := l.row(raw)
		r.at = from + int64(len(page.Rows))
		page.Rows = append(page.Rows, r)
		return nil
	})
	if err != nil {
		return page, l.inCondition(err, at)
	}
	page.First = from == 0
	page.Last = len(page.Rows) <= limit
	page.Rows = page.Rows[:min(limit, len(page.Rows))]
	return page, nil
}
