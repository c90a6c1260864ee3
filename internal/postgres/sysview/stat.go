package sysview

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func pgStatActivity(s *scan) error {
	server := s.server()
	if server == nil {
		return nil
	}
	for _, a := range server.Sessions() {
		database, user := null, null
		if d := s.view.DatabaseByName(a.Database); d != nil {
			database = oid(d.OID)
		}
		if r := s.view.RoleByName(a.User); r != nil {
			user = oid(r.OID)
		}
		waitType, wait := null, null
		if a.State != "active" {
			waitType, wait = text("Client"), text("ClientRead")
		}
		port := num(a.Port)
		if a.Address == "" {
			port = num(-1) // a socket of the file system
		}
		if err := s.row(
			database, text(a.Database), num(a.PID), null, user, text(a.User), text(a.Application), textOrNull(a.Address), null,
			port, timestamp(a.Start), timestamp(a.TransactionStart), timestamp(a.QueryStart), timestamp(a.StateChange),
			waitType, wait, text(a.State), null, null, null, text(a.Query), text("client backend"),
		); err != nil {
			return err
		}
	}
	return nil
}

// The statistics views count rows only: what else PostgreSQL counts in them is
// not counted here and NULL.

func pgStatAllTables(s *scan) error {
	return s.statTables(func(r *catalog.Relation) bool { return relkind(r) == 'r' })
}

func pgStatUserTables(s *scan) error {
	return s.statTables(func(r *catalog.Relation) bool { return r.Kind == catalog.KindTable })
}

func pgStatSysTables(s *scan) error {
	return s.statTables(func(r *catalog.Relation) bool { return r.Kind == catalog.KindVirtual && relkind(r) == 'r' })
}

func (s *scan) statTables(want func(*catalog.Relation) bool) error {
	return s.eachRelation("relid", "relname", "schemaname", func(r *catalog.Relation) error {
		if !want(r) {
			return nil
		}
		live := null
		if r.Kind == catalog.KindTable && s.ec.Tx != nil {
			live = num(int64(s.ec.Tx.RowEstimate(r)))
		}
		row := make([]types.Datum, len(s.def.rel.Columns))
		row[0], row[1], row[2] = oid(r.OID), s.schemaName(r.Schema), text(r.Name)
		if at, ok := s.def.positions["n_live_tup"]; ok {
			row[at] = live
		}
		return s.row(row...)
	})
}

func (s *scan) statIndexes() error {
	return s.eachIndex("indexrelid", "indexrelname", "relid", func(i *catalog.Index, r *catalog.Relation) error {
		row := make([]types.Datum, len(s.def.rel.Columns))
		row[0], row[1] = oid(r.OID), oid(i.OID)
		row[2], row[3], row[4] = s.schemaName(r.Schema), text(r.Name), text(i.Name)
		return s.row(row...)
	})
}

func (s *scan) statSequences() error {
	return s.eachRelation("relid", "relname", "schemaname", func(r *catalog.Relation) error {
		if r.Kind != catalog.KindSequence {
			return nil
		}
		return s.row(oid(r.OID), s.schemaName(r.Schema), text(r.Name), null, null)
	})
}

func pgStatDatabase(s *scan) error {
	backends := map[string]int{}
	if server := s.server(); server != nil {
		for _, a := range server.Sessions() {
			backends[a.Database]++
		}
	}
	for _, d := range s.view.Databases() {
		row := make([]types.Datum, len(s.def.rel.Columns))
		row[0], row[1], row[2] = oid(d.OID), text(d.Name), num(backends[d.Name])
		if err := s.row(row...); err != nil {
			return err
		}
	}
	return nil
}

func pgLocks(s *scan) error {
	if s.ec.Tx == nil {
		return nil
	}
	for _, l := range s.ec.Tx.Engine().Locks() {
		database, relation, class, object, sub := null, null, null, null, null
		if l.Database != 0 {
			database = oid(l.Database)
		}
		switch l.Type {
		case "relation", "tuple":
			if l.Relation != 0 {
				relation = oid(l.Relation)
			}
		case "advisory":
			class, object, sub = num(int64(l.Advisory.High)), num(int64(l.Advisory.Low)), num(1)
			if l.Advisory.Two {
				sub = num(2)
			}
		}
		if err := s.row(
			text(l.Type), database, relation, null, null, null, null, class, object, sub,
			text(strconv.Itoa(int(l.PID))+"/0"), num(l.PID), text(l.Mode), boolean(l.Granted), boolean(false), null,
		); err != nil {
			return err
		}
	}
	return nil
}
