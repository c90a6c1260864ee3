package table

import (
	"context"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// An index that was made after a transaction's snapshot has the entries of newer
// rows, and in the snapshot none at all. PostgreSQL's indexes hold all versions of
// a row; here a transaction that keeps its snapshot makes its own entries of such
// an index, in memory, from the rows that it sees. It is rare: REPEATABLE READ
// beside CREATE INDEX.

// indexView is the statement's view with the entries of an index in it.
func (tx *Tx) indexView(h *Handle, l *layout, il *indexLayout) (storage.Reader, error) {
	r := tx.view()
	if il == l.clustered || tx.isolation == ReadCommitted || tx.snap.hasIndex(tx, il) {
		return r, nil
	}
	if made := tx.stmt.indexes[il.storage]; made != nil {
		return made, nil
	}
	o := storage.NewOverlay(r)
	if err := o.DeleteRange(il.prefix, il.end); err != nil {
		return nil, err
	}
	var key, value []byte
	err := l.eachRow(context.Background(), r, func(_ rowHeader, suffix []byte, row []types.Datum) error {
		if ok, err := h.holds(il, row); err != nil || !ok {
			return err
		}
		var err error
		if key, _, err = h.appendEntry(key[:0], il, row, suffix); err != nil {
			return err
		}
		value = entryValue(value[:0], il, suffix)
		return o.Set(key, value)
	})
	if err != nil {
		return nil, err
	}
	if tx.stmt.indexes == nil {
		tx.stmt.indexes = make(map[uint64]storage.Reader)
	}
	tx.stmt.indexes[il.storage] = o
	return o, nil
}

// hasIndex tells whether the index was there when the snapshot was taken.
func (s *snapshot) hasIndex(tx *Tx, il *indexLayout) bool {
	i, _ := s.state.View(tx.db).Index(il.index.OID)
	return i != nil && i.Storage == il.storage
}
