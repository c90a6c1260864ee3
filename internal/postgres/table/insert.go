package table

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// Conflict is a row that stands in the way of an insert.
type Conflict struct {
	Index *catalog.Index
	TID   TID
}

// Insert adds a row, all columns in order. It waits for other transactions that
// insert or delete the same unique keys; a duplicate is 23505.
func (tx *Tx) Insert(ctx context.Context, h *Handle, row []types.Datum) (TID, error) {
	tid, _, err := tx.insert(ctx, h, row, noArbiter)
	return tid, err
}

// InsertOrConflict adds a row, or tells which row has the same key in one of the
// arbiter indexes (all unique indexes if none is named) and adds nothing. The
// conflicting row is the newest committed or own one; the statement's view may
// not have it. A duplicate in another unique index is 23505. Under REPEATABLE READ
// and SERIALIZABLE a conflict with a row that the snapshot has not is 40001.
func (tx *Tx) InsertOrConflict(ctx context.Context, h *Handle, row []types.Datum, arbiters []*catalog.Index) (TID, *Conflict, error) {
	return tx.insert(ctx, h, row, func(i *catalog.Index) bool {
		return len(arbiters) == 0 || slices.ContainsFunc(arbiters, func(a *catalog.Index) bool { return a.OID == i.OID })
	})
}

func (tx *Tx) insert(ctx context.Context, h *Handle, row []types.Datum, arbiter func(*catalog.Index) bool) (TID, *Conflict, error) {
	l, err := h.layout()
	if err != nil {
		return "", nil, err
	}
	if len(row) != len(l.oids) {
		return "", nil, pgerr.New(pgerr.InternalError, "row of %d columns for \"%s\", which has %d", len(row), h.Rel.Name, len(l.oids))
	}
	if err := tx.beforeWrite(); err != nil {
		return "", nil, err
	}
	key, err := tx.newRowKey(h, l, row)
	if err != nil {
		return "", nil, err
	}
	suffix := key[len(l.prefix):]
	held := len(tx.held)
	var entries [8]entry
	found := entries[:0]
	if l.clustered != nil {
		c, err := tx.guard(ctx, h, l, l.clustered, key, row, arbiter)
		if c != nil {
			tx.releaseLocks(held)
		}
		if c != nil || err != nil {
			return "", c, err
		}
	}
	tx.buf2 = tx.buf2[:0]
	for _, il := range l.secondary {
		if ok, err := h.holds(il, row); err != nil || !ok {
			if err != nil {
				return "", nil, err
			}
			continue
		}
		e := entry{il: il, from: len(tx.buf2)}
		if tx.buf2, e.guarded, err = h.appendEntry(tx.buf2, il, row, suffix); err != nil {
			return "", nil, err
		}
		e.to = len(tx.buf2)
		if e.guarded {
			c, err := tx.guard(ctx, h, l, il, tx.buf2[e.from:e.to], row, arbiter)
			if c != nil {
				// Nothing was added: others need not wait for this transaction.
				tx.releaseLocks(held)
			}
			if c != nil || err != nil {
				return "", c, err
			}
		}
		found = append(found, e)
	}
	header := rowHeader{xmin: tx.xid, cmd: tx.cmd, birth: tx.xid}
	if err := tx.putRow(l, key, header, row); err != nil {
		return "", nil, err
	}
	for _, e := range found {
		if err := tx.putEntry(e.il, tx.buf2[e.from:e.to], suffix); err != nil {
			return "", nil, err
		}
	}
	tx.countRows(l.storage, 1)
	return TID(appendTID(nil, header, suffix)), nil, nil
}

// newRowKey makes the key of a new row, in tx.buf.
func (tx *Tx) newRowKey(h *Handle, l *layout, row []types.Datum) ([]byte, error) {
	var err error
	if l.clustered != nil {
		tx.buf = append(tx.buf[:0], l.prefix...)
		for i := range l.clustered.keys {
			k := &l.clustered.keys[i]
			if row[k.pos].IsNull() {
				return nil, nullKey(h.Rel, k.pos)
			}
			tx.buf = types.AppendKey(tx.buf, k.oid, row[k.pos], k.desc, k.nullsFirst)
		}
		return tx.buf, nil
	}
	n, err := tx.e.rows.take(tx.e.store, l.storage)
	tx.buf = appendOrdered(append(tx.buf[:0], l.prefix...), 0, n)
	return tx.buf, err
}

func nullKey(rel *catalog.Relation, pos int) error {
	e := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint",
		rel.Columns[pos].Name, rel.Name)
	e.Table, e.Column = rel.Name, rel.Columns[pos].Name
	return e
}

// guard sees that a unique key is free, and keeps it so until the transaction
// ends. If it is not: a conflict for arbiter indexes, else 23505.
func (tx *Tx) guard(ctx context.Context, h *Handle, l *layout, il *indexLayout, key []byte, row []types.Datum, arbiter func(*catalog.Index) bool) (*Conflict, error) {
	var top *[]byte // of keys that nobody else adds
	if f := tx.freshStorage(il.storage); f != nil {
		top = &f.top
	} else if tx.soleWriter(h.Rel.OID) {
		var err error
		if top, err = tx.soleTop(il); err != nil {
			return nil, err
		}
	}
	if top != nil {
		// Rows mostly come in order of their keys.
		if bytes.Compare(key, *top) > 0 {
			*top = append((*top)[:0], key...)
			return nil, nil
		}
	} else if err := tx.lock(ctx, classRow, key, existence, WaitBlock); err != nil {
		return nil, err
	}
	value, err := tx.newest(key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !arbiter(il.index) {
		return nil, tx.duplicate(h, il, row)
	}
	tx.readPoint(key)
	suffix := key[len(il.prefix):]
	if il != l.clustered {
		suffix = value
		rowKey := append(append(make([]byte, 0, len(l.prefix)+len(value)), l.prefix...), value...)
		if value, err = tx.newest(rowKey); err != nil {
			return nil, missingRow(il, err)
		}
	}
	header, _, err := decodeHeader(value)
	if err != nil {
		return nil, err
	}
	if err := tx.visible(l, header, suffix); err != nil {
		return nil, err
	}
	return &Conflict{il.index, TID(appendTID(nil, header, suffix))}, nil
}

// visible fails with 40001 if a transaction that keeps one snapshot meets a
// version that is neither in it nor its own.
func (tx *Tx) visible(l *layout, header rowHeader, suffix []byte) error {
	if tx.isolation == ReadCommitted || header.xmin == tx.xid {
		return nil
	}
	s := tx.snapshot()
	value, err := s.Get(append(slices.Clone(l.prefix), suffix...))
	if err == nil {
		var seen rowHeader
		if seen, _, err = decodeHeader(value); err == nil && seen == header {
			return nil
		}
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return couldNotSerialize("update")
}

func couldNotSerialize(what string) error {
	return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent %s", what)
}

// missingRow is the error of an index entry without its row.
func missingRow(il *indexLayout, err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return pgerr.New(pgerr.IndexCorrupted, "index \"%s\" has an entry without its row", il.index.Name)
	}
	return err
}

// putRow writes a row under its key.
func (tx *Tx) putRow(l *layout, key []byte, header rowHeader, row []types.Datum) error {
	w, err := tx.writer(l.storage)
	if err != nil {
		return err
	}
	tx.buf3 = types.AppendTuple(header.append(tx.buf3[:0]), l.oids, row)
	return w.Set(key, tx.buf3)
}

// putEntry writes an index entry.
func (tx *Tx) putEntry(il *indexLayout, key, suffix []byte) error {
	w, err := tx.writer(il.storage)
	if err != nil {
		return err
	}
	tx.buf3 = entryValue(tx.buf3[:0], il, suffix)
	return w.Set(key, tx.buf3)
}
