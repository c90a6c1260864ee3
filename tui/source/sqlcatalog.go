package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Relation is a table, a view or a sequence.
type Relation struct {
	OID          uint32
	Schema, Name string
	Kind         byte  // as pg_class has it: r v m S p f
	Rows         int64 // as the planner counts them
	Bytes        int64
	Method       string // the kind of its storage

	// Of one relation only, from Describe.
	Columns     []Column
	Key         []int // columns of the primary key, in its order; none if it has none
	Indexes     []Index
	Constraints []Constraint
	Definition  string // of a view
}

// Column is a column of a relation.
type Column struct {
	Name, Type string
	OID        uint32 // of the type
	NotNull    bool
	Default    string
	Generated  bool // the server computes it
	Identity   bool // the server counts it
	Number     bool
	Wide       bool // its values may be of any length
}

// Index is an index of a table.
type Index struct {
	Name, Definition string
	Unique, Primary  bool
	Bytes            int64
}

// Constraint is a constraint of a table.
type Constraint struct {
	Name, Definition string
	Kind             byte // as pg_constraint has it: p u f c x
}

// Sequence and view tell relations apart.
func (r *Relation) kindIs(kinds string) bool { return strings.IndexByte(kinds, r.Kind) >= 0 }

// KindName is the relation's kind in words.
func (r *Relation) KindName() string {
	switch r.Kind {
	case 'r', 'p':
		return "table"
	case 'v':
		return "view"
	case 'm':
		return "materialized view"
	case 'S':
		return "sequence"
	case 'f':
		return "foreign table"
	}
	return "relation"
}

// Editable says why rows cannot be changed; "" if they can.
func (r *Relation) Editable() string {
	switch {
	case !r.kindIs("rp"):
		return "rows of a " + r.KindName() + " cannot be edited here"
	case len(r.Key) == 0:
		return "the table has no primary key, which would tell its rows apart"
	}
	return ""
}

// Full is the relation's name as SQL writes it.
func (r *Relation) Full() string { return ident(r.Schema) + "." + ident(r.Name) }

// query runs a statement of ours and gives its rows.
func (q *SQL) query(ctx context.Context, text string, each func(row []Value) error, args ...string) error {
	return q.with(ctx, func(conn *pgconn.PgConn) error {
		s := &statement{}
		s.WriteString(text)
		for _, a := range args {
			s.add(Value{Text: a}, 0)
		}
		return s.rows(ctx, conn, func(row [][]byte) error { return each(values(row)) })
	})
}

// Databases lists the databases that can be connected to, but for templates.
func (q *SQL) Databases(ctx context.Context) (names []string, err error) {
	err = q.query(ctx, `select datname from pg_database where datallowconn and not datistemplate order by 1`, func(row []Value) error {
		names = append(names, row[0].Text)
		return nil
	})
	return names, err
}

// Schema is a schema of a database.
type Schema struct {
	Name      string
	Relations int
}

// Schemas lists the schemas that users made, and public.
func (q *SQL) Schemas(ctx context.Context) (all []Schema, err error) {
	err = q.query(ctx, `select n.nspname, (select count(*) from pg_class c where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f'))
		from pg_namespace n where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\_%'
		order by n.nspname <> 'public', 1`, func(row []Value) error {
		n, err := strconv.Atoi(row[1].Text)
		all = append(all, Schema{row[0].Text, n})
		return err
	})
	return all, err
}

// Relations lists some relations of a schema by their names, those behind one of them,
// and whether there are more. What they take Sizes tells.
func (q *SQL) Relations(ctx context.Context, schema, after string, limit int) (all []Relation, more bool, err error) {
	err = q.query(ctx, `select c.oid, c.relname, c.relkind, c.reltuples::bigint, coalesce(a.amname, '')
		from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_am a on a.oid = c.relam
		where n.nspname = $1 and c.relname > $2 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
		order by c.relname limit `+strconv.Itoa(limit+1), func(row []Value) error {
		oid, err := strconv.ParseUint(row[0].Text, 10, 32)
		if err != nil {
			return err
		}
		rows, err := strconv.ParseInt(row[3].Text, 10, 64)
		all = append(all, Relation{OID: uint32(oid), Schema: schema, Name: row[1].Text, Kind: row[2].Text[0], Rows: rows, Method: row[4].Text})
		return err
	}, schema, after)
	if len(all) > limit {
		all, more = all[:limit], true
	}
	return all, more, err
}

// Sizes are the bytes that relations take, with their indexes.
func (q *SQL) Sizes(ctx context.Context, relations []Relation) ([]int64, error) {
	oids := make([]string, len(relations))
	at := map[string]int{}
	for i := range relations {
		oids[i] = strconv.FormatUint(uint64(relations[i].OID), 10)
		at[oids[i]] = i
	}
	sizes := make([]int64, len(relations))
	err := q.query(ctx, `select oid, pg_total_relation_size(oid) from unnest($1::oid[]) as oid`, func(row []Value) (err error) {
		sizes[at[row[0].Text]], err = strconv.ParseInt(row[1].Text, 10, 64)
		return err
	}, "{"+strings.Join(oids, ",")+"}")
	return sizes, err
}

// Describe tells all of one relation.
func (q *SQL) Describe(ctx context.Context, schema, name string) (*Relation, error) {
	r := &Relation{Schema: schema, Name: name}
	found := false
	err := q.query(ctx, `select c.oid, c.relkind, c.reltuples::bigint, pg_total_relation_size(c.oid), coalesce(a.amname, ''),
		case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end
		from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_am a on a.oid = c.relam
		where n.nspname = $1 and c.relname = $2`, func(row []Value) error {
		found = true
		oid, err := strconv.ParseUint(row[0].Text, 10, 32)
		if err != nil {
			return err
		}
		r.OID, r.Kind, r.Method, r.Definition = uint32(oid), row[1].Text[0], row[4].Text, row[5].Text
		if r.Rows, err = strconv.ParseInt(row[2].Text, 10, 64); err != nil {
			return err
		}
		r.Bytes, err = strconv.ParseInt(row[3].Text, 10, 64)
		return err
	}, schema, name)
	if err == nil && !found {
		err = fmt.Errorf("%s.%s is not there any more", schema, name)
	}
	if err == nil {
		err = q.columns(ctx, r)
	}
	if err == nil {
		err = q.indexes(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (q *SQL) columns(ctx context.Context, r *Relation) error {
	oid := strconv.FormatUint(uint64(r.OID), 10)
	at := map[string]int{} // by attnum
	err := q.query(ctx, `select a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid, a.attnotnull,
		coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attgenerated <> '', a.attidentity <> '', t.typcategory, t.typlen = -1 and t.typname <> 'numeric'
		from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
		where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`, func(row []Value) error {
		typ, err := strconv.ParseUint(row[3].Text, 10, 32)
		at[row[0].Text] = len(r.Columns)
		r.Columns = append(r.Columns, Column{
			Name: row[1].Text, Type: row[2].Text, OID: uint32(typ), NotNull: row[4].Text == "t", Default: row[5].Text,
			Generated: row[6].Text == "t", Identity: row[7].Text == "t", Number: row[8].Text == "N", Wide: row[9].Text == "t",
		})
		return err
	}, oid)
	if err != nil {
		return err
	}
	return q.query(ctx, `select k.n from pg_index i, unnest(i.indkey::int2[]) with ordinality as k(n, place)
		where i.indrelid = $1::oid and i.indisprimary order by k.place`, func(row []Value) error {
		if c, known := at[row[0].Text]; known {
			r.Key = append(r.Key, c)
		}
		return nil
	}, oid)
}

func (q *SQL) indexes(ctx context.Context, r *Relation) error {
	oid := strconv.FormatUint(uint64(r.OID), 10)
	err := q.query(ctx, `select c.relname, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary, pg_relation_size(i.indexrelid)
		from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = $1::oid order by not i.indisprimary, 1`, func(row []Value) error {
		n, err := strconv.ParseInt(row[4].Text, 10, 64)
		r.Indexes = append(r.Indexes, Index{Name: row[0].Text, Definition: row[1].Text, Unique: row[2].Text == "t", Primary: row[3].Text == "t", Bytes: n})
		return err
	}, oid)
	if err != nil {
		return err
	}
	return q.query(ctx, `select conname, pg_get_constraintdef(oid), contype from pg_constraint where conrelid = $1::oid order by contype <> 'p', 1`,
		func(row []Value) error {
			r.Constraints = append(r.Constraints, Constraint{Name: row[0].Text, Definition: row[1].Text, Kind: row[2].Text[0]})
			return nil
		}, oid)
}
