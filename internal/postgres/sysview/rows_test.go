package sysview

import (
	"slices"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Every value is of its column's type, and no column that PostgreSQL declares
// NOT NULL is NULL.
func TestValuesFitTheirColumns(t *testing.T) {
	e := fixture()
	for _, d := range definitions {
		for _, row := range e.read(t, d, nil) {
			for i, c := range d.rel.Columns {
				v := row[i]
				switch want := types.ByOID(c.Type).Phys; {
				case v.IsNull():
					if c.NotNull {
						t.Errorf("%s.%s is NULL in %s", d.rel.Name, c.Name, show(d, row))
					}
				case c.Type == types.InetOID:
					if v.Kind() != types.KindText {
						t.Errorf("%s.%s has kind %d", d.rel.Name, c.Name, v.Kind())
					}
				case v.Kind() != want:
					t.Errorf("%s.%s has kind %d, not %d, in %s", d.rel.Name, c.Name, v.Kind(), want, show(d, row))
				}
			}
			if t.Failed() {
				break
			}
		}
	}
}

// A scan that is told what a column must be gives the rows that a full scan has
// with that value.
func TestHintsLoseNothing(t *testing.T) {
	e := fixture()
	for _, d := range definitions {
		all := e.read(t, d, nil)
		for i, c := range d.rel.Columns {
			switch c.Type {
			case types.OIDOID, types.NameOID, types.Int2OID, types.Int4OID, types.CharOID, types.RegprocOID:
			default:
				continue
			}
			values := map[string]types.Datum{}
			for k, row := range all {
				// The big tables need not be tried with each of their rows.
				if !row[i].IsNull() && (len(all) < 200 || k%(len(all)/50) == 0) {
					values[types.Output(c.Type, row[i], nil)] = row[i]
				}
			}
			tried := 0
			for name, v := range values {
				if tried++; tried > 20 {
					break
				}
				var want []string
				for _, row := range all {
					if !row[i].IsNull() && types.Compare(c.Type, row[i], v) == 0 {
						want = append(want, show(d, row))
					}
				}
				var got []string
				for _, row := range e.read(t, d, map[int]types.Datum{i: v}) {
					if row[i].IsNull() || types.Compare(c.Type, row[i], v) != 0 {
						continue
					}
					got = append(got, show(d, row))
				}
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(want, got) {
					t.Errorf("%s with %s = %s gives %d rows, not %d", d.rel.Name, c.Name, name, len(got), len(want))
				}
			}
		}
	}
}

// OIDs are unique within their catalog.
func TestOIDsAreUnique(t *testing.T) {
	e := fixture()
	for _, d := range definitions {
		at, ok := d.positions["oid"]
		if !ok || d.rel.Schema != catalog.PgCatalogOID {
			continue
		}
		seen := map[int64]bool{}
		for _, row := range e.read(t, d, nil) {
			if seen[row[at].Int()] {
				t.Errorf("%s has %d twice", d.rel.Name, row[at].Int())
			}
			seen[row[at].Int()] = true
		}
	}
}

// What one catalog refers to, another has.
func TestReferencesHold(t *testing.T) {
	e := fixture()
	byName := map[string]*definition{}
	for _, d := range definitions {
		if d.rel.Schema == catalog.PgCatalogOID {
			byName[d.rel.Name] = d
		}
	}
	oids := func(name string) map[int64]bool {
		out := map[int64]bool{0: true}
		d := byName[name]
		for _, row := range e.read(t, d, nil) {
			out[row[d.positions["oid"]].Int()] = true
		}
		return out
	}
	class, typ, proc, schema, role := oids("pg_class"), oids("pg_type"), oids("pg_proc"), oids("pg_namespace"), oids("pg_authid")
	for _, ref := range []struct {
		relation, column string
		in               map[int64]bool
	}{
		{"pg_class", "relnamespace", schema},
		{"pg_class", "reltype", typ},
		{"pg_class", "relowner", role},
		{"pg_class", "relam", oids("pg_am")},
		{"pg_attribute", "attrelid", class},
		{"pg_attribute", "atttypid", typ},
		{"pg_attribute", "attcollation", oids("pg_collation")},
		{"pg_index", "indexrelid", class},
		{"pg_index", "indrelid", class},
		{"pg_constraint", "conrelid", class},
		{"pg_constraint", "conindid", class},
		{"pg_constraint", "confrelid", class},
		{"pg_type", "typnamespace", schema},
		{"pg_type", "typrelid", class},
		{"pg_type", "typelem", typ},
		{"pg_type", "typarray", typ},
		{"pg_type", "typinput", proc},
		{"pg_type", "typoutput", proc},
		{"pg_type", "typreceive", proc},
		{"pg_type", "typsend", proc},
		{"pg_proc", "pronamespace", schema},
		{"pg_proc", "prorettype", typ},
		{"pg_proc", "prolang", oids("pg_language")},
		{"pg_operator", "oprleft", typ},
		{"pg_operator", "oprright", typ},
		{"pg_operator", "oprresult", typ},
		{"pg_operator", "oprcode", proc},
		{"pg_operator", "oprcom", oids("pg_operator")},
		{"pg_cast", "castsource", typ},
		{"pg_cast", "casttarget", typ},
		{"pg_cast", "castfunc", proc},
		{"pg_aggregate", "aggfnoid", proc},
		{"pg_opclass", "opcfamily", oids("pg_opfamily")},
		{"pg_opclass", "opcintype", typ},
		{"pg_amop", "amopopr", oids("pg_operator")},
		{"pg_amproc", "amproc", proc},
		{"pg_sequence", "seqrelid", class},
		{"pg_sequence", "seqtypid", typ},
		{"pg_attrdef", "adrelid", class},
		{"pg_rewrite", "ev_class", class},
		{"pg_enum", "enumtypid", typ},
		{"pg_range", "rngtypid", typ},
	} {
		d := byName[ref.relation]
		for _, row := range e.read(t, d, nil) {
			if v := row[d.positions[ref.column]]; !v.IsNull() && !ref.in[v.Int()] {
				t.Errorf("%s.%s is %d, which is not there: %s", ref.relation, ref.column, v.Int(), show(d, row))
				break
			}
		}
	}
}
