package sysview

import (
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

func pgDescription(s *scan) error {
	object, _ := s.oid("objoid")
	return eachComment(s.view, object, func(c comment) error {
		return s.row(oid(c.object), oid(c.class), num(c.sub), text(c.text))
	})
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
