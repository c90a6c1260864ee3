package table

import (
	"context"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
)

// DiscardAll drops the tables, views, sequences and types of all databases, and the
// schemas that users made, in the moment in which move has the store become another.
// move is told which keys stay. Databases, roles and their settings stay, and so do
// temporary tables, which go with their sessions.
//
// It waits for transactions that use a table, as DROP TABLE does. When move fails
// everything is as it was. A process that is killed just after move leaves the
// tables, without rows.
func (e *Engine) DiscardAll(ctx context.Context, move func(keep func(key []byte) bool) error) error {
	var open []*Tx
	defer func() {
		for _, tx := range open {
			tx.Rollback()
		}
	}()
	gone := make(map[uint64]bool)
	for _, d := range e.Catalog(catalog.PostgresOID).Databases() {
		tx, err := e.Begin(TxOptions{Database: d.OID})
		if err != nil {
			return err
		}
		open = append(open, tx)
		if err := tx.dropAll(ctx); err != nil {
			return err
		}
		for _, id := range tx.ddl.garbage {
			gone[id] = true
		}
	}
	if err := move(func(key []byte) bool { return !gone[PartitionOf(key)] }); err != nil {
		return err
	}
	for len(open) > 0 {
		tx := open[0]
		open = open[1:]
		if err := tx.Commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

// dropAll drops what users made in the transaction's database.
func (tx *Tx) dropAll(ctx context.Context) error {
	for _, n := range tx.Catalog().Schemas() {
		if strings.HasPrefix(n.Name, "pg_") || n.OID == catalog.InformationSchemaOID || n.OID == catalog.OrbitOID {
			continue
		}
		// From then on nothing is added to it.
		if err := tx.lockObject(ctx, tx.db, n.OID, AccessExclusive, false); err != nil {
			return err
		}
		if tx.Catalog().Schema(n.OID) == nil {
			continue // dropped meanwhile
		}
		if err := tx.dropContent(ctx, n); err != nil {
			return err
		}
		if n.OID == catalog.PublicOID {
			continue
		}
		if err := tx.DropSchema(ctx, n.OID); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) dropContent(ctx context.Context, n *catalog.Schema) error {
	for _, r := range tx.Catalog().Relations(n.OID) {
		if err := tx.lockObject(ctx, tx.db, r.OID, AccessExclusive, false); err != nil {
			return err
		}
		if tx.Catalog().Relation(r.OID) == nil {
			continue
		}
		if err := tx.DropRelation(ctx, r.OID); err != nil {
			return err
		}
	}
	for _, t := range tx.Catalog().CustomTypes() {
		if t.Schema != n.OID {
			continue
		}
		if err := tx.DropType(ctx, t.OID); err != nil {
			return err
		}
	}
	return nil
}
