package sysview

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// namer writes names as a session reads them: qualified where the search path
// would not find the object.
type namer struct {
	view *catalog.View
	path []types.OID
	fn   *builtin.Context
}

func (s *scan) names() *namer { return &namer{view: s.view, path: pathOf(s.env), fn: s.ec.Fn} }

func namerOf(c *builtin.Context) (*namer, error) {
	e, err := envOf(c)
	if err != nil {
		return nil, err
	}
	return &namer{view: e.View(), path: pathOf(e), fn: c}, nil
}

// planEnv is what the namer's expressions are analysed against.
func (n *namer) planEnv() *plan.Env {
	return &plan.Env{View: n.view, SearchPath: n.path, Fn: n.fn}
}

// visible reports whether a relation or index of this name in this schema is
// the one that the name alone finds.
func (n *namer) visible(schema types.OID, name string) bool {
	for _, s := range n.path {
		if s == schema {
			return true
		}
		if n.view.NameTaken(s, name) {
			return false
		}
	}
	return false
}

func (n *namer) qualified(schema types.OID, name string) string {
	if s := n.view.Schema(schema); s != nil {
		return builtin.QuoteIdent(s.Name) + "." + builtin.QuoteIdent(name)
	}
	return builtin.QuoteIdent(name)
}

// class is a relation's or index's name, qualified where it must be.
func (n *namer) class(schema types.OID, name string) string {
	if n.visible(schema, name) {
		return builtin.QuoteIdent(name)
	}
	return n.qualified(schema, name)
}

func (n *namer) relation(r *catalog.Relation) string { return n.class(r.Schema, r.Name) }

// typeName is a type's SQL name, without a modifier.
func (n *namer) typeName(o types.OID) string {
	if o == 0 || types.ByOID(o) != nil {
		return types.TypeName(o)
	}
	if t := n.view.CustomType(o); t != nil {
		if n.typeVisible(t.Schema, t.Name) {
			return builtin.QuoteIdent(t.Name)
		}
		return n.qualified(t.Schema, t.Name)
	}
	if t := customOfArray(n.view, o); t != nil {
		return n.typeName(t.OID) + "[]"
	}
	if r := relationOfRow(n.view, o); r != nil {
		return n.relation(r)
	}
	return "???"
}

func (n *namer) typeVisible(schema types.OID, name string) bool {
	for _, s := range n.path {
		if s == schema {
			return true
		}
		if s == catalog.PgCatalogOID && types.ByName(name) != nil {
			return false
		}
		if n.view.CustomTypeByName(s, name) != nil || n.view.Lookup(s, name) != nil {
			return false
		}
	}
	return false
}

// function is a function's name.
func (n *namer) function(f *builtin.Function) string {
	if s := schemaOf(f); s != catalog.PgCatalogOID {
		return n.qualified(s, f.Name)
	}
	return builtin.QuoteIdent(f.Name)
}

// signature is a function with its argument types.
func (n *namer) signature(f *builtin.Function) string {
	args := make([]string, len(f.Args))
	for i, a := range f.Args {
		args[i] = n.typeName(a)
	}
	return n.function(f) + "(" + strings.Join(args, ",") + ")"
}
