package session

import (
	"context"
	"time"
)

// dropTemporary drops the session's temporary tables.
func (s *Session) dropTemporary() error {
	schema := s.tx.Catalog().SchemaByName(s.TempSchema())
	if schema == nil {
		return nil
	}
	ctx := s.ec.Ctx
	for _, r := range s.tx.Catalog().Relations(schema.OID) {
		if s.tx.Catalog().Relation(r.OID) == nil {
			continue // went with its table
		}
		if err := s.tx.DropRelation(ctx, r.OID); err != nil {
			return err
		}
	}
	return nil
}

// dropTempSchema drops the temporary tables and their schema as the session ends.
func (s *Session) dropTempSchema() error {
	if s.m.engine.Catalog(s.db).SchemaByName(s.TempSchema()) == nil {
		return nil
	}
	if err := s.beginWith(time.Now(), characteristics{}); err != nil {
		return err
	}
	s.ec.Ctx = context.Background()
	err := s.dropTemporary()
	if err == nil {
		err = s.tx.DropSchema(s.ec.Ctx, s.tx.Catalog().SchemaByName(s.TempSchema()).OID)
	}
	if err == nil {
		err = s.tx.Commit(s.ec.Ctx)
	} else {
		s.tx.Rollback()
	}
	s.tx = nil
	return err
}
