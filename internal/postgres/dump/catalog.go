package dump

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Kinds of relations, as pg_class has them.
const (
	table    = "r"
	view     = "v"
	sequence = "S"
)

// relation is a table, a view or a sequence. All texts are SQL: quoted where they
// must be.
type relation struct {
	oid, name, kind string
	method          string   // how a table is stored
	options         string   // of a view
	definition      string   // of a view
	columns         []column // of a table
	constraints     []constraint
	indexes         []string // what CREATE INDEX makes them, without those of constraints
	comments        []comment
	sequence        *position // of a sequence
}

type column struct {
	name, kind, collation string
	notNull               bool
	identity, generated   string // as pg_attribute has them
	value                 string // DEFAULT, or how it is generated
	number                string
}

type constraint struct{ name, kind, definition string }

type comment struct{ target, text string }

// position is what a sequence is made from.
type position struct {
	kind, start, increment, least, most, cache string
	cycle                                      bool
	owner, column                              string // the oid of the table and the number of the column it belongs to
	identity                                   bool   // it is the column's own
}

// catalog is what a database has, in the order in which it is made: sequences, tables,
// views, each by name, but a view behind those it reads.
type catalog struct {
	schemas   []string
	comments  []comment // of schemas
	method    string    // how tables are stored that do not say it
	relations []*relation
	byOID     map[string]*relation
}

const ours = ` n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' `

func readCatalog(ctx context.Context, conn *pgconn.PgConn) (*catalog, error) {
	c := &catalog{byOID: map[string]*relation{}}
	for _, part := range []struct {
		sql string
		row func(v []string)
	}{
		{`SHOW default_table_access_method`, func(v []string) { c.method = v[0] }},
		{`SELECT quote_ident(n.nspname), coalesce(obj_description(n.oid, 'pg_namespace'), '') FROM pg_namespace n
			WHERE` + ours + `AND n.nspname <> 'public' ORDER BY n.nspname`, func(v []string) {
			c.schemas = append(c.schemas, v[0])
			if v[1] != "" {
				c.comments = append(c.comments, comment{"SCHEMA " + v[0], v[1]})
			}
		}},
		{`SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind, a.amname, array_to_string(c.reloptions, ', '),
			CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
			WHERE c.relkind IN ('r', 'v', 'S') AND` + ours + `ORDER BY position(c.relkind::text IN 'Srv'), n.nspname, c.relname`, func(v []string) {
			r := &relation{oid: v[0], name: v[1], kind: v[2], method: v[3], options: v[4], definition: v[5]}
			c.relations, c.byOID[r.oid] = append(c.relations, r), r
		}},
		{`SELECT a.attrelid, a.attnum, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
			pg_get_expr(d.adbin, d.adrelid),
			CASE WHEN a.attcollation <> t.typcollation THEN quote_ident(o.collname) END
			FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
			LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_collation o ON o.oid = a.attcollation
			WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384 ORDER BY a.attrelid, a.attnum`, c.column},
		{`SELECT conrelid, quote_ident(conname), contype, pg_get_constraintdef(oid) FROM pg_constraint
			WHERE contype IN ('p', 'u', 'c', 'f') ORDER BY position(contype::text IN 'cpuf'), conname`, func(v []string) {
			if r := c.byOID[v[0]]; r != nil {
				r.constraints = append(r.constraints, constraint{v[1], v[2], v[3]})
			}
		}},
		{`SELECT i.indrelid, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
			WHERE NOT EXISTS (SELECT FROM pg_constraint s WHERE s.conindid = i.indexrelid) ORDER BY c.relname`, func(v []string) {
			if r := c.byOID[v[0]]; r != nil {
				r.indexes = append(r.indexes, v[1])
			}
		}},
		{`SELECT s.seqrelid, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
			d.refobjid, d.refobjsubid, d.deptype FROM pg_sequence s
			LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
				AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')`, func(v []string) {
			if r := c.byOID[v[0]]; r != nil {
				r.sequence = &position{
					kind: v[1], start: v[2], increment: v[3], least: v[4], most: v[5], cache: v[6], cycle: v[7] == "t",
					owner: v[8], column: v[9], identity: v[10] == "i",
				}
			}
		}},
		{commentsQuery, func(v []string) {
			if r := c.byOID[v[0]]; r != nil {
				r.comments = append(r.comments, comment{v[1], v[2]})
			}
		}},
		{`SELECT DISTINCT r.ev_class, d.refobjid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
			WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class`, nil},
	} {
		rows, err := query(ctx, conn, part.sql)
		if err != nil {
			return nil, err
		}
		if part.row == nil {
			c.sortViews(rows)
			continue
		}
		for _, row := range rows {
			part.row(row)
		}
	}
	return c, nil
}

const commentsQuery = `SELECT coalesce(i.indrelid, c.oid) AS owner,
		CASE WHEN d.objsubid > 0 THEN 'COLUMN' ELSE CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'INDEX' END END
		|| ' ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || coalesce('.' || quote_ident(a.attname), '') AS target, d.description
	FROM pg_description d JOIN pg_class c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0 LEFT JOIN pg_index i ON i.indexrelid = c.oid
	WHERE d.classoid = 'pg_class'::regclass
	UNION ALL
	SELECT c.oid, 'CONSTRAINT ' || quote_ident(s.conname) || ' ON ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname), d.description
	FROM pg_description d JOIN pg_constraint s ON s.oid = d.objoid JOIN pg_class c ON c.oid = s.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE d.classoid = 'pg_constraint'::regclass
	ORDER BY 2`

func (c *catalog) column(v []string) {
	r := c.byOID[v[0]]
	if r == nil {
		return
	}
	r.columns = append(r.columns, column{
		number: v[1], name: v[2], kind: v[3], notNull: v[4] == "t", identity: v[5], generated: v[6], value: v[7], collation: v[8],
	})
}

// sortViews puts each view behind the views that it reads.
func (c *catalog) sortViews(reads [][]string) {
	needs := map[string][]string{}
	for _, pair := range reads {
		needs[pair[0]] = append(needs[pair[0]], pair[1])
	}
	var sorted []*relation
	seen := map[string]bool{}
	var visit func(r *relation)
	visit = func(r *relation) {
		if r == nil || seen[r.oid] {
			return
		}
		seen[r.oid] = true
		if r.kind == view {
			for _, oid := range needs[r.oid] {
				visit(c.byOID[oid])
			}
		}
		sorted = append(sorted, r)
	}
	for _, r := range c.relations {
		visit(r)
	}
	c.relations = sorted
}

// choose leaves what has one of the oids, and the sequences that belong to that; all
// if there are none.
func (c *catalog) choose(oids []string) {
	if len(oids) == 0 {
		return
	}
	c.relations = slices.DeleteFunc(c.relations, func(r *relation) bool {
		left := !slices.Contains(oids, r.oid) && (r.sequence == nil || !slices.Contains(oids, r.sequence.owner))
		if left {
			delete(c.byOID, r.oid)
		}
		return left
	})
}

// columnList are the columns that have a value of their own, in parentheses.
func (r *relation) columnList() string {
	var names []string
	for _, c := range r.columns {
		if c.generated == "" {
			names = append(names, c.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}
