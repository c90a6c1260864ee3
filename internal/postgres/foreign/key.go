package foreign

import (
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// key is a foreign key with what is needed to check it.
type key struct {
	c        *catalog.Constraint
	from, to *catalog.Relation
	index    *catalog.Index
	handle   *table.Handle // of to
	// columns refer to refColumns, by attnum, and have these types.
	columns, refColumns []int16
	fromTypes, toTypes  []types.OID
	// order gives for each column of the index its place in refColumns.
	order  []int
	target string // from, quoted
}

func (ks *Keys) key(view *catalog.View, from *catalog.Relation, c *catalog.Constraint) (*key, error) {
	if k := ks.keys[c.OID]; k != nil {
		return k, nil
	}
	to := view.Relation(c.RefTable)
	if to == nil {
		return nil, pgerr.New(pgerr.InternalError, "foreign key \"%s\" refers to a table that is not there", c.Name)
	}
	k := &key{c: c, from: from, to: to, columns: c.Columns, refColumns: c.RefColumns}
	for _, i := range to.Indexes {
		if i.OID == c.RefIndex {
			k.index = i
		}
	}
	if k.index == nil {
		return nil, pgerr.New(pgerr.InternalError, "foreign key \"%s\" refers to an index that is not there", c.Name)
	}
	for i := range c.Columns {
		k.fromTypes = append(k.fromTypes, from.Columns[c.Columns[i]-1].Type)
		k.toTypes = append(k.toTypes, to.Columns[c.RefColumns[i]-1].Type)
	}
	k.order = table.ReferenceOrder(k.index, c.RefColumns)
	k.target = view.Quoted(from)
	var err error
	if k.handle, err = ks.session.TableHandle(to); err != nil {
		return nil, err
	}
	ks.keys[c.OID] = k
	return k, nil
}

// changed tells whether an update has changed any of these columns.
func (k *key) changed(old, row []types.Datum, columns []int16, of []types.OID) bool {
	for i, c := range columns {
		a, b := old[c-1], row[c-1]
		if a.IsNull() != b.IsNull() || !a.IsNull() && types.Compare(of[i], a, b) != 0 {
			return true
		}
	}
	return false
}

// where is the condition that a row refers to the key in the parameters.
func (k *key) where() string {
	var b strings.Builder
	for i, c := range k.columns {
		if i > 0 {
			b.WriteString(" AND ")
		}
		fmt.Fprintf(&b, "%s = $%d", catalog.Quote(k.from.Columns[c-1].Name), i+1)
	}
	return b.String()
}

func (k *key) selectSQL(lock string) string {
	return "SELECT 1 FROM " + k.target + " WHERE " + k.where() + " LIMIT 1" + lock
}

func (k *key) deleteSQL() string { return "DELETE FROM " + k.target + " WHERE " + k.where() }

// updateSQL has the new key in the parameters after the old one.
func (k *key) updateSQL() string {
	return "UPDATE " + k.target + " SET " + k.assign(k.columns, func(i int) string { return fmt.Sprintf("$%d", len(k.columns)+i+1) }) +
		" WHERE " + k.where()
}

func (k *key) setSQL(columns []int16, toDefault bool) string {
	value := "NULL"
	if toDefault {
		value = "DEFAULT"
	}
	return "UPDATE " + k.target + " SET " + k.assign(columns, func(int) string { return value }) + " WHERE " + k.where()
}

func (k *key) assign(columns []int16, value func(i int) string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = catalog.Quote(k.from.Columns[c-1].Name) + " = " + value(i)
	}
	return strings.Join(parts, ", ")
}

// names lists columns as messages do.
func names(rel *catalog.Relation, columns []int16) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = rel.Columns[c-1].Name
	}
	return strings.Join(parts, ", ")
}

func texts(of []types.OID, values []types.Datum, f *types.Format) string {
	parts := make([]string, len(values))
	for i, d := range values {
		parts[i] = "null"
		if !d.IsNull() {
			parts[i] = string(types.AppendText(nil, of[i], d, f))
		}
	}
	return strings.Join(parts, ", ")
}

// Missing is the error of a row whose key is not in the table that it refers to, or of
// one of MATCH FULL whose key is NULL in part.
func Missing(view *catalog.View, from, to *catalog.Relation, c *catalog.Constraint, values []types.Datum, f *types.Format) error {
	of := make([]types.OID, len(c.Columns))
	for i, n := range c.Columns {
		of[i] = from.Columns[n-1].Type
	}
	e := violation(view, from, c, "insert or update on table \"%s\" violates foreign key constraint \"%s\"", from.Name, c.Name)
	if countNulls(values) > 0 {
		return e.WithDetail("MATCH FULL does not allow mixing of null and nonnull key values.")
	}
	return e.WithDetail("Key (%s)=(%s) is not present in table \"%s\".", names(from, c.Columns), texts(of, values, f), to.Name)
}

func (k *key) stillReferenced(s Session, values []types.Datum) error {
	e := violation(s.Tx().Catalog(), k.from, k.c, "update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"",
		k.to.Name, k.c.Name, k.from.Name)
	return e.WithDetail("Key (%s)=(%s) is still referenced from table \"%s\".",
		names(k.to, k.refColumns), texts(k.toTypes, values, s.Format()), k.from.Name)
}

func violation(view *catalog.View, from *catalog.Relation, c *catalog.Constraint, format string, args ...any) *pgerr.Error {
	e := pgerr.New(pgerr.ForeignKeyViolation, format, args...)
	if s := view.Schema(from.Schema); s != nil {
		e.Schema = s.Name
	}
	e.Table, e.Constraint = from.Name, c.Name
	return e
}
