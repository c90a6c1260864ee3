package sysview

import "github.com/orbit-server/orbit/internal/postgres/catalog"

func pgTables(s *scan) error {
	return s.eachRelation("", "tablename", "schemaname", func(r *catalog.Relation) error {
		if relkind(r) != 'r' {
			return nil
		}
		triggers := len(s.view.ReferencedBy(r.OID)) > 0
		for _, c := range r.Constraints {
			triggers = triggers || c.Kind == catalog.ForeignKey
		}
		return s.row(
			s.schemaName(r.Schema), text(r.Name), s.roleName(r.Owner), null, boolean(len(r.Indexes) > 0), boolean(false),
			boolean(triggers), boolean(false),
		)
	})
}

func pgViews(s *scan) error {
	return s.eachRelation("", "viewname", "schemaname", func(r *catalog.Relation) error {
		if relkind(r) != 'v' {
			return nil
		}
		definition := null // of computed views there is none
		if r.Kind == catalog.KindView {
			definition = text(viewDefinition(r))
		}
		return s.row(s.schemaName(r.Schema), text(r.Name), s.roleName(r.Owner), definition)
	})
}

func pgIndexes(s *scan) error {
	table, named := s.text("tablename")
	d := s.names()
	return s.eachIndex("", "indexname", "", func(i *catalog.Index, r *catalog.Relation) error {
		if named && r.Name != table {
			return nil
		}
		return s.row(
			s.schemaName(r.Schema), text(r.Name), text(i.Name), null, text(d.indexDef(i, r, 0, false)),
		)
	})
}
