package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// dependency is a row of pg_depend: object needs the other.
type dependency struct {
	class, object       types.OID
	sub                 int16
	refClass, refObject types.OID
	refSub              int16
	kind                byte // n normal, a auto, i internal
}

// ruleOID identifies a view's rule in pg_rewrite: a view has just the one, so
// its own OID serves.
func ruleOID(view *catalog.Relation) types.OID { return view.OID }

func pgDepend(s *scan) error {
	names := s.names()
	for _, r := range s.view.AllRelations() {
		for _, d := range names.dependenciesOf(r) {
			if err := s.row(
				oid(d.class), oid(d.object), num(d.sub), oid(d.refClass), oid(d.refObject), num(d.refSub), char(d.kind),
			); err != nil {
				return err
			}
		}
	}
	return nil
}

// dependenciesOf lists what a relation and its parts need.
func (n *namer) dependenciesOf(r *catalog.Relation) []dependency {
	out := []dependency{{pgClassClass, r.OID, 0, pgNamespaceClass, r.Schema, 0, 'n'}}
	if r.RowType != 0 && r.Kind != catalog.KindSequence {
		out = append(out, dependency{pgTypeClass, r.RowType, 0, pgClassClass, r.OID, 0, 'i'})
	}
	if q := r.Sequence; q != nil && q.OwnerTable != 0 {
		kind := byte('a')
		if q.Internal {
			kind = 'i'
		}
		out = append(out, dependency{pgClassClass, r.OID, 0, pgClassClass, q.OwnerTable, q.OwnerCol, kind})
	}
	if r.Kind == catalog.KindView {
		out = append(out, dependency{pgRewriteClass, ruleOID(r), 0, pgClassClass, r.OID, 0, 'i'},
			dependency{pgRewriteClass, ruleOID(r), 0, pgClassClass, r.OID, 0, 'n'})
		for _, o := range r.DependsOn {
			out = append(out, dependency{pgRewriteClass, ruleOID(r), 0, pgClassClass, o, 0, 'n'})
		}
	}
	for _, c := range r.Columns {
		if c.Dropped || c.Default == "" && c.Generated == "" {
			continue
		}
		def := attrdefOID(r.OID, c.Num)
		out = append(out, dependency{pgAttrdefClass, def, 0, pgClassClass, r.OID, c.Num, 'a'})
		if seq := n.sequenceOfDefault(c.Default); seq != nil {
			out = append(out, dependency{pgAttrdefClass, def, 0, pgClassClass, seq.OID, 0, 'n'})
		}
	}
	for _, c := range r.Constraints {
		for _, column := range c.Columns {
			out = append(out, dependency{pgConstraintClass, c.OID, 0, pgClassClass, r.OID, column, 'a'})
		}
		if c.Kind == catalog.ForeignKey {
			for _, column := range c.RefColumns {
				out = append(out, dependency{pgConstraintClass, c.OID, 0, pgClassClass, c.RefTable, column, 'n'})
			}
			out = append(out, dependency{pgConstraintClass, c.OID, 0, pgClassClass, c.RefIndex, 0, 'n'})
		}
	}
	for _, i := range r.Indexes {
		if c := constraintOf(r, i); c != nil {
			out = append(out, dependency{pgClassClass, i.OID, 0, pgConstraintClass, c.OID, 0, 'i'})
			continue
		}
		for _, k := range i.Keys {
			out = append(out, dependency{pgClassClass, i.OID, 0, pgClassClass, r.OID, k.Column, 'a'})
		}
	}
	return out
}

func pgShdepend(s *scan) error {
	give := func(class, object, owner types.OID) error {
		if owner == catalog.BootstrapRole {
			return nil // needs no record: it cannot go
		}
		return s.row(oid(s.view.Database()), oid(class), oid(object), num(0), oid(pgAuthIDClass), oid(owner), char('o'))
	}
	for _, n := range s.view.Schemas() {
		if err := give(pgNamespaceClass, n.OID, n.Owner); err != nil {
			return err
		}
	}
	for _, r := range s.view.AllRelations() {
		if err := give(pgClassClass, r.OID, r.Owner); err != nil {
			return err
		}
	}
	return nil
}

func pgRewrite(s *scan) error {
	return s.eachRelation("ev_class", "", "", func(r *catalog.Relation) error {
		if r.Kind != catalog.KindView {
			return nil
		}
		return s.row(
			oid(ruleOID(r)), text("_RETURN"), oid(r.OID), char('1'), char('O'), boolean(true), text("<>"), text(r.ViewSQL),
		)
	})
}
