package session

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/parser"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
)

// copyCommand is COPY, from and to the client or a file of the server.
func (s *Session) copyCommand(c *pg_query.CopyStmt, stmt *parser.Statement) (outcome, error) {
	if c.IsProgram {
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "COPY to or from a program is not supported").
			WithHint("Use COPY FROM STDIN or COPY TO STDOUT, or psql's \\copy.")
	}
	if c.Filename != "" {
		if err := s.mayCopyFiles(c.IsFrom); err != nil {
			return outcome{}, err
		}
	}
	o, err := copyFormat(c.Options, c.IsFrom)
	if err != nil {
		return outcome{}, err
	}
	o.file = c.Filename
	if c.Relation == nil {
		return s.copyQueryTo(c, stmt, &o)
	}
	rel, err := s.relation(c.Relation)
	if err != nil {
		return outcome{}, err
	}
	columns, err := copyColumns(rel, c.Attlist)
	if err != nil {
		return outcome{}, err
	}
	if err := o.checkColumns(rel, columns); err != nil {
		return outcome{}, err
	}
	if c.IsFrom {
		if c.WhereClause != nil {
			return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "COPY FROM … WHERE is not supported")
		}
		return s.copyFrom(rel, columns, &o)
	}
	switch rel.Kind {
	case catalog.KindView:
		return outcome{}, pgerr.New(pgerr.WrongObjectType, "cannot copy from view %q", rel.Name).
			WithHint("Try the COPY (SELECT ...) TO variant.")
	case catalog.KindSequence:
		return outcome{}, pgerr.New(pgerr.WrongObjectType, "cannot copy from sequence %q", rel.Name)
	}
	return s.copyTableTo(rel, columns, &o)
}

// copyColumns are the columns of a COPY: those named, or all but generated ones.
func copyColumns(rel *catalog.Relation, names []*pg_query.Node) ([]*catalog.Column, error) {
	var out []*catalog.Column
	if len(names) == 0 {
		for _, c := range rel.Columns {
			if !c.Dropped && c.Generated == "" {
				out = append(out, c)
			}
		}
		return out, nil
	}
	for _, n := range names {
		name := n.GetString_().GetSval()
		c := columnNamed(rel, name)
		if c == nil {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column %q of relation %q does not exist", name, rel.Name)
		}
		if c.Generated != "" {
			return nil, pgerr.New(pgerr.InvalidColumnReference, "column %q is a generated column", name).
				WithDetail("Generated columns cannot be used in COPY.")
		}
		for _, d := range out {
			if c == d {
				return nil, pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", name)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

func columnNamed(rel *catalog.Relation, name string) *catalog.Column {
	for _, c := range rel.Columns {
		if c.Name == name && !c.Dropped {
			return c
		}
	}
	return nil
}

// checkColumns checks that the columns of FORCE options are copied.
func (o *copyOptions) checkColumns(rel *catalog.Relation, columns []*catalog.Column) error {
	for _, list := range [][]string{o.forceQuote, o.forceNotNull, o.forceNull} {
		for _, name := range list {
			if columnNamed(rel, name) == nil {
				return pgerr.New(pgerr.UndefinedColumn, "column %q of relation %q does not exist", name, rel.Name)
			}
			found := false
			for _, c := range columns {
				found = found || c.Name == name
			}
			if !found {
				return pgerr.New(pgerr.InvalidColumnReference, "FORCE column %q not referenced by COPY", name)
			}
		}
	}
	return nil
}

// qualified writes a relation's name as SQL.
func (s *Session) qualified(rel *catalog.Relation) string { return s.view().Quoted(rel) }

func columnList(columns []*catalog.Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = catalog.Quote(c.Name)
	}
	return strings.Join(names, ", ")
}

// internal plans SQL of the session's own making.
func (s *Session) internal(sql string) (*planned, error) {
	stmts, err := s.m.parsed.Parse(sql)
	if err != nil {
		return nil, err
	}
	return s.planLocked(&stmts[0], sql, nil)
}

// copyTableTo is COPY table TO.
func (s *Session) copyTableTo(rel *catalog.Relation, columns []*catalog.Column, o *copyOptions) (outcome, error) {
	pl, err := s.internal("SELECT " + columnList(columns) + " FROM " + s.qualified(rel))
	if err != nil {
		return outcome{}, err
	}
	return s.copyTo(pl, o)
}

// copyQueryTo is COPY (query) TO.
func (s *Session) copyQueryTo(c *pg_query.CopyStmt, stmt *parser.Statement, o *copyOptions) (outcome, error) {
	if selectInto(c.Query) != nil {
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "COPY (SELECT INTO) is not supported")
	}
	inner := &parser.Statement{Node: c.Query, Text: stmt.Text, Kind: parser.Query}
	pl, err := s.planLocked(inner, stmt.Text, nil)
	if err != nil {
		return outcome{}, err
	}
	if len(pl.prog.Plan.Columns) == 0 {
		return outcome{}, pgerr.New(pgerr.FeatureNotSupported, "COPY query must have a RETURNING clause")
	}
	return s.copyTo(pl, o)
}

// forced tells which columns a FORCE option names.
func forced(cols []plan.ResultColumn, names []string, all bool) []bool {
	out := make([]bool, len(cols))
	for i, c := range cols {
		out[i] = all
		for _, n := range names {
			out[i] = out[i] || n == c.Name
		}
	}
	return out
}
