package source

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Change is a statement that changes rows, to be shown before it is run.
type Change struct {
	s       statement
	nothing string // what it means if no row changed
}

// Text is the statement, and its parameters a line each.
func (c *Change) Text() (sql string, params []string) {
	for i, p := range c.s.params {
		params = append(params, fmt.Sprintf("$%d = %s", i+1, literal(p.value)))
	}
	return c.s.String(), params
}

// literal is a value as SQL writes it.
func literal(v Value) string {
	if v.Null {
		return "NULL"
	}
	return "'" + strings.ReplaceAll(v.Text, "'", "''") + "'"
}

// whichRow writes the condition that finds a row by its key.
func (r *Relation) whichRow(s *statement, key []Value) {
	for i, c := range r.Key {
		s.WriteString(map[bool]string{true: " where ", false: " and "}[i == 0])
		s.WriteString(ident(r.Columns[c].Name) + " = " + s.add(key[i], r.Columns[c].OID))
	}
}

// Update sets a value of a row, if it is still what it was: somebody else may have
// changed it since it was read. An old value that is cut is not compared.
func (r *Relation) Update(key []Value, column int, old, value Value) (*Change, error) {
	if why := r.Editable(); why != "" {
		return nil, errors.New(why)
	}
	c := &Change{nothing: "the row is gone, or the value was changed meanwhile: refresh"}
	name := ident(r.Columns[column].Name)
	c.s.WriteString("update " + r.Full() + " set " + name + " = " + c.s.add(value, r.Columns[column].OID))
	r.whichRow(&c.s, key)
	switch {
	case old.Null:
		c.s.WriteString(" and " + name + " is null")
	case !old.Cut:
		c.s.WriteString(" and " + name + "::text = " + c.s.add(old, textOID))
	}
	return c, nil
}

// textOID is the type text's.
const textOID = 25

// Delete removes a row.
func (r *Relation) Delete(key []Value) (*Change, error) {
	if why := r.Editable(); why != "" {
		return nil, errors.New(why)
	}
	c := &Change{nothing: "the row is gone already"}
	c.s.WriteString("delete from " + r.Full())
	r.whichRow(&c.s, key)
	return c, nil
}

// Insert adds a row: a value for each of some columns, by their places; the others get
// their defaults.
func (r *Relation) Insert(columns []int, row []Value) (*Change, error) {
	if !r.kindIs("rpv") {
		return nil, errors.New("rows cannot be added to a " + r.KindName())
	}
	c := &Change{nothing: "no row was added"}
	c.s.WriteString("insert into " + r.Full())
	if len(columns) == 0 {
		c.s.WriteString(" default values")
		return c, nil
	}
	var names, params []string
	for i, column := range columns {
		names = append(names, ident(r.Columns[column].Name))
		params = append(params, c.s.add(row[i], r.Columns[column].OID))
	}
	c.s.WriteString(" (" + strings.Join(names, ", ") + ") values (" + strings.Join(params, ", ") + ")")
	return c, nil
}

// Apply runs changes, all or none of them, and returns how many rows changed.
func (q *SQL) Apply(ctx context.Context, changes ...*Change) (n int64, err error) {
	err = q.with(ctx, func(conn *pgconn.PgConn) error {
		if _, err := conn.Exec(ctx, "begin").ReadAll(); err != nil {
			return err
		}
		for _, c := range changes {
			tag, err := c.s.run(ctx, conn).Close()
			if err == nil && tag.RowsAffected() == 0 {
				err = errors.New(c.nothing)
			}
			if err != nil {
				return errors.Join(err, rollBack(conn))
			}
			n += tag.RowsAffected()
		}
		_, err := conn.Exec(ctx, "commit").ReadAll()
		return err
	})
	if err != nil {
		n = 0
	}
	return n, err
}

// rollBack ends a transaction whose context may be over.
func rollBack(conn *pgconn.PgConn) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	_, err := conn.Exec(ctx, "rollback").ReadAll()
	return err
}

// MaxValue is how many characters of a value CellValue gives.
const MaxValue = 1 << 20

// CellValue is a value of a listing's row, up to MaxValue characters, and how many
// characters it has.
func (q *SQL) CellValue(ctx context.Context, l Listing, row *PageRow, column int) (v Value, length int64, err error) {
	if column >= len(l.Relation.Columns) {
		return v, 0, errors.New("there is no such column")
	}
	found := false
	err = q.with(ctx, func(conn *pgconn.PgConn) error {
		s := &statement{}
		name := "t." + ident(l.Relation.Columns[column].Name) + "::text"
		s.WriteString("select left(" + name + ", " + strconv.Itoa(MaxValue) + "), length(" + name + ")")
		l.one(s, row)
		return s.rows(ctx, conn, func(raw [][]byte) error {
			found = true
			all := values(raw)
			v = all[0]
			if v.Null {
				return nil
			}
			length, err = strconv.ParseInt(all[1].Text, 10, 64)
			v.Cut = length > MaxValue
			return err
		})
	})
	if err == nil && !found {
		err = errors.New("the row is gone: refresh")
	}
	return v, length, err
}

// one writes the rest of a query for one row of a listing.
func (l *Listing) one(s *statement, row *PageRow) {
	if len(l.Relation.Key) > 0 {
		s.WriteString(" from " + l.Relation.Full() + " as t")
		l.Relation.whichRow(s, row.Key)
		return
	}
	l.from(s)
	if l.Column >= 0 {
		l.orderBy(s, false)
	}
	s.WriteString(" limit 1 offset " + strconv.FormatInt(row.at, 10))
}

// WholeRow is a row with all of its values, however long.
func (q *SQL) WholeRow(ctx context.Context, l Listing, row *PageRow) (all []Value, err error) {
	err = q.with(ctx, func(conn *pgconn.PgConn) error {
		s := &statement{}
		s.WriteString("select ")
		for i := range l.Relation.Columns {
			if i > 0 {
				s.WriteString(", ")
			}
			s.WriteString("t." + ident(l.Relation.Columns[i].Name))
		}
		l.one(s, row)
		return s.rows(ctx, conn, func(raw [][]byte) error {
			all = values(raw)
			return nil
		})
	})
	if err == nil && all == nil {
		err = errors.New("the row is gone: refresh")
	}
	return all, err
}

// InsertText is an INSERT of a row, its values as literals, for people to copy.
func (r *Relation) InsertText(row []Value) string {
	var names, texts []string
	for i, v := range row {
		if r.Columns[i].Generated {
			continue
		}
		names = append(names, ident(r.Columns[i].Name))
		switch {
		case !v.Null && r.Columns[i].Number && !strings.ContainsAny(v.Text, "NIi"): // NaN and Infinity are not numbers as SQL writes them
			texts = append(texts, v.Text)
		default:
			texts = append(texts, literal(v))
		}
	}
	return "INSERT INTO " + r.Full() + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(texts, ", ") + ");"
}
