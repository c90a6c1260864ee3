package sysview

import (
	_ "embed"
	"sync"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// comment is a row of pg_description.
type comment struct {
	object, class types.OID
	sub           int32
	text          string
}

// eachComment calls fn for the comments of a database's objects; object is 0 for all.
func eachComment(v *catalog.View, object types.OID, fn func(comment) error) error {
	give := func(o, class types.OID, sub int32, text string) error {
		if text == "" || object != 0 && o != object {
			return nil
		}
		return fn(comment{o, class, sub, text})
	}
	for _, n := range v.Schemas() {
		if err := give(n.OID, pgNamespaceClass, 0, n.Comment); err != nil {
			return err
		}
	}
	for _, r := range v.AllRelations() {
		if err := give(r.OID, pgClassClass, 0, r.Comment); err != nil {
			return err
		}
		for _, c := range r.Columns {
			if c.Dropped {
				continue
			}
			if err := give(r.OID, pgClassClass, int32(c.Num), c.Comment); err != nil {
				return err
			}
		}
		for _, i := range r.Indexes {
			if err := give(i.OID, pgClassClass, 0, i.Comment); err != nil {
				return err
			}
		}
		for _, c := range r.Constraints {
			if err := give(c.OID, pgConstraintClass, 0, c.Comment); err != nil {
				return err
			}
		}
	}
	for _, t := range v.CustomTypes() {
		if err := give(t.OID, pgTypeClass, 0, t.Comment); err != nil {
			return err
		}
	}
	return nil
}

// builtinRows are PostgreSQL's comments on what is built in: class, object, text.
//
//go:embed data/pg_description.tsv
var builtinRows string

// builtinComments are those on functions, operators, types and access methods
// that exist here.
var builtinComments = sync.OnceValue(func() []comment {
	var out []comment
	eachRow(builtinRows, func(c []string) {
		d := comment{class: mustOID(c[0]), object: mustOID(c[1]), text: c[2]}
		exists := false
		switch d.class {
		case pgProcClass:
			exists = builtin.FunctionByOID(d.object) != nil
		case pgOperatorClass:
			exists = builtin.OperatorByOID(d.object) != nil
		case pgTypeClass:
			exists = types.ByOID(d.object) != nil
		case pgAmClass:
			exists = d.object == amHeap || d.object == amBtree
		case pgLanguageClass:
			exists = d.object == languageInternal
		}
		if exists {
			out = append(out, d)
		}
	})
	return out
})

// eachBuiltinComment is eachComment for what is built in.
func eachBuiltinComment(object types.OID, fn func(comment) error) error {
	for _, c := range builtinComments() {
		if object != 0 && c.object != object {
			continue
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

func pgDescription(s *scan) error {
	object, _ := s.oid("objoid")
	give := func(c comment) error { return s.row(oid(c.object), oid(c.class), num(c.sub), text(c.text)) }
	if err := eachComment(s.view, object, give); err != nil {
		return err
	}
	return eachBuiltinComment(object, give)
}

// eachSharedComment is eachComment for databases and roles.
func eachSharedComment(v *catalog.View, fn func(comment) error) error {
	for _, d := range v.Databases() {
		if d.Comment != "" {
			if err := fn(comment{d.OID, pgDatabaseClass, 0, d.Comment}); err != nil {
				return err
			}
		}
	}
	for _, r := range v.Roles() {
		if r.Comment != "" {
			if err := fn(comment{r.OID, pgAuthIDClass, 0, r.Comment}); err != nil {
				return err
			}
		}
	}
	return nil
}

func pgShdescription(s *scan) error {
	return eachSharedComment(s.view, func(c comment) error {
		return s.row(oid(c.object), oid(c.class), text(c.text))
	})
}
