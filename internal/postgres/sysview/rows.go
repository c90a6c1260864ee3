package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Rows computes the tables of pg_catalog and information_schema.
type Rows struct{}

var _ exec.VirtualRows = Rows{}

// Rows implements exec.VirtualRows.
func (Rows) Rows(ec *exec.Context, rel *catalog.Relation, columns []int, eq map[int]types.Datum, emit func(row []types.Datum) error) error {
	if rel.Sequence != nil {
		return sequenceRow(ec, rel, columns, emit)
	}
	d := definitions[rel.OID]
	if d == nil || d.rel != rel {
		return pgerr.New(pgerr.InternalError, "relation %q is not computed", rel.Name)
	}
	fill := sources[rel.OID]
	if fill == nil {
		return nil // nothing of the kind exists here
	}
	env, err := envOf(ec.Fn)
	if err != nil {
		return err
	}
	s := &scan{
		ec: ec, env: env, view: env.View(), def: d, eq: eq, columns: columns,
		buf: make([]types.Datum, len(columns)), emit: emit,
	}
	if ec.Tx != nil {
		s.view = ec.Tx.Catalog()
	}
	return fill(s)
}

// source computes the rows of one relation: it calls s.row for each, with all
// columns in order. Rows that s.eq excludes may be left out.
type source func(s *scan) error

// sources are the relations that have rows, by OID; the others are of things
// that do not exist here, and empty.
var sources = map[types.OID]source{}

// provide adds sources by the relations' names.
func provide(schema types.OID, list map[string]source) {
	for _, d := range definitions {
		if d.rel.Schema != schema {
			continue
		}
		if fill, ok := list[d.rel.Name]; ok {
			sources[d.rel.OID] = fill
			delete(list, d.rel.Name)
		}
	}
	for name := range list {
		panic("sysview: no relation " + name)
	}
}

// scan is one scan of a computed relation.
type scan struct {
	ec      *exec.Context
	env     Env
	view    *catalog.View
	def     *definition
	eq      map[int]types.Datum
	columns []int
	buf     []types.Datum
	emit    func(row []types.Datum) error
}

// row gives a row: all columns of the relation, in order.
func (s *scan) row(values ...types.Datum) error {
	if len(values) != len(s.def.rel.Columns) {
		return pgerr.New(pgerr.InternalError, "%d values for the %d columns of %s",
			len(values), len(s.def.rel.Columns), s.def.rel.Name)
	}
	for i, d := range s.eq {
		if v := values[i]; v.IsNull() || v.Kind() == d.Kind() && types.Compare(s.def.rel.Columns[i].Type, v, d) != 0 {
			return nil
		}
	}
	for i, c := range s.columns {
		s.buf[i] = values[c]
	}
	return s.emit(s.buf)
}

// wants reports whether the scan reads a column.
func (s *scan) wants(column string) bool {
	at := s.def.positions[column]
	for _, c := range s.columns {
		if c == at {
			return true
		}
	}
	_, ok := s.eq[at]
	return ok
}

// given is the value that a column must have, if the query tells.
func (s *scan) given(column string) (types.Datum, bool) {
	at, ok := s.def.positions[column]
	if !ok {
		panic("sysview: no column " + column + " in " + s.def.rel.Name)
	}
	d, ok := s.eq[at]
	return d, ok
}

// oid is given for a column of object identifiers.
func (s *scan) oid(column string) (types.OID, bool) {
	d, ok := s.given(column)
	if !ok || d.Kind() != types.KindInt {
		return 0, false
	}
	return types.OID(d.Int()), true
}

// text is given for a column of names.
func (s *scan) text(column string) (string, bool) {
	d, ok := s.given(column)
	if !ok || d.Kind() != types.KindText {
		return "", false
	}
	return d.Str(), true
}
