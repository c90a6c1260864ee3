package table

import (
	"context"
	"errors"
	"slices"
	"unsafe"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// LockRow locks the row that a scan saw as tid and gives its newest version.
// Under REPEATABLE READ and SERIALIZABLE a row changed since the snapshot is
// 40001. See LockStatus.
func (tx *Tx) LockRow(ctx context.Context, h *Handle, tid TID, mode RowLock, wait WaitPolicy) (LockResult, error) {
	l, err := h.layout()
	if err != nil {
		return LockResult{}, err
	}
	if err := tx.beforeLock(mode); err != nil {
		return LockResult{}, err
	}
	seen, suffix, err := decodeHeader(bytesOf(tid))
	if err != nil {
		return LockResult{}, err
	}
	key := append(append(tx.buf[:0], l.prefix...), suffix...)
	tx.buf = key
	moved := false
	for {
		held := len(tx.held)
		if skip, err := tx.lockRow(ctx, h, l, key, mode, wait); skip || err != nil {
			return LockResult{Status: LockSkipped}, err
		}
		value, err := tx.newest(key)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return LockResult{}, err
		}
		var now rowHeader
		var tuple []byte
		if err == nil {
			if now, tuple, err = decodeHeader(value); err != nil {
				return LockResult{}, err
			}
			if now.birth != seen.birth {
				// Another row has the key now: the one that was seen is gone.
				err = storage.ErrNotFound
			}
		}
		if errors.Is(err, storage.ErrNotFound) {
			if _, deleted, _ := tx.own.Pending(key); deleted || now.xmin == tx.xid && tx.xid != 0 {
				return LockResult{Status: LockSelf}, nil
			}
			// The lock is given back: there is nothing that it would keep.
			tx.releaseLocks(held)
			if tx.isolation != ReadCommitted {
				return LockResult{}, couldNotSerialize("delete")
			}
			if to, ok := tx.e.moves.follow(stringOf(key), seen.birth); ok {
				key, moved = append(key[:0], to...), true
				tx.buf = key
				continue
			}
			return LockResult{Status: LockDeleted}, nil
		}
		r := LockResult{TID: TID(appendTID(nil, now, key[len(l.prefix):]))}
		switch {
		case now == seen && !moved:
			r.Status, r.TID = LockSame, tid
		case now.xmin == tx.xid && tx.xid != 0:
			return LockResult{Status: LockSelf, TID: r.TID}, nil
		case tx.isolation != ReadCommitted:
			tx.releaseLocks(held)
			return LockResult{}, couldNotSerialize("update")
		default:
			r.Status = LockChanged
		}
		r.Row, err = l.appendRow(make([]types.Datum, 0, len(l.oids)), l.all, tuple)
		return r, err
	}
}

// beforeLock comes before locking a row.
func (tx *Tx) beforeLock(mode RowLock) error {
	if tx.readOnly {
		names := [...]string{"KEY SHARE", "SHARE", "NO KEY UPDATE", "UPDATE"}
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute SELECT FOR %s in a read-only transaction", names[mode])
	}
	_, err := tx.ID()
	return err
}

// lockRow takes the lock of a row's key. skip is true if another has it and wait
// says to leave the row out.
func (tx *Tx) lockRow(ctx context.Context, h *Handle, l *layout, key []byte, mode RowLock, wait WaitPolicy) (skip bool, err error) {
	if tx.freshStorage(l.storage) != nil {
		return false, nil
	}
	err = tx.lock(ctx, classRow, key, uint8(mode), wait)
	if errors.Is(err, errWouldWait) {
		if wait == WaitSkip {
			return true, nil
		}
		return false, pgerr.New(pgerr.LockNotAvailable, "could not obtain lock on row in relation \"%s\"", h.Rel.Name)
	}
	return false, err
}

// GetForUpdate finds a row by the full key of the clustered index, locks it and
// gives its newest version: a point UPDATE or DELETE under READ COMMITTED without
// a snapshot. Under the other levels it checks against the snapshot as LockRow
// does. found is false if there is no such row, or it was skipped.
func (tx *Tx) GetForUpdate(ctx context.Context, h *Handle, key []types.Datum, mode RowLock, wait WaitPolicy) (r LockResult, found bool, err error) {
	l, err := h.layout()
	if err != nil {
		return r, false, err
	}
	if tx.isolation != ReadCommitted || l.clustered == nil {
		_, tid, found, err := tx.Get(h, nil, key, GetOptions{Columns: []int{}, TID: true}, nil)
		if err != nil || !found {
			return r, false, err
		}
		r, err = tx.LockRow(ctx, h, tid, mode, wait)
		return r, err == nil && r.Status <= LockChanged, err
	}
	if err := tx.beforeLock(mode); err != nil {
		return r, false, err
	}
	rowKey, ok, err := l.clustered.pointKey(tx.buf[:0], key)
	if err != nil || !ok {
		return r, false, err
	}
	tx.buf = rowKey
	held := len(tx.held)
	if skip, err := tx.lockRow(ctx, h, l, rowKey, mode, wait); skip || err != nil {
		return LockResult{Status: LockSkipped}, false, err
	}
	value, err := tx.newest(rowKey)
	if errors.Is(err, storage.ErrNotFound) {
		tx.releaseLocks(held)
		return LockResult{Status: LockDeleted}, false, nil
	}
	if err != nil {
		return r, false, err
	}
	header, tuple, err := decodeHeader(value)
	if err != nil {
		return r, false, err
	}
	if header.xmin == tx.xid && header.cmd == tx.cmd {
		return LockResult{Status: LockSelf}, false, nil
	}
	r.TID = TID(appendTID(nil, header, rowKey[len(l.prefix):]))
	r.Row, err = l.appendRow(make([]types.Datum, 0, len(l.oids)), l.all, tuple)
	return r, err == nil, err
}

// pointKey appends the key of an entry or row; ok is false if a key column is
// NULL, which equals nothing.
func (il *indexLayout) pointKey(dst []byte, key []types.Datum) (k []byte, ok bool, err error) {
	if len(key) != len(il.keys) {
		return dst, false, pgerr.New(pgerr.InternalError, "key of %d columns for index \"%s\"", len(key), il.index.Name)
	}
	dst = append(dst, il.prefix...)
	for i := range il.keys {
		c := &il.keys[i]
		if key[i].IsNull() {
			return dst, false, nil
		}
		dst = types.AppendKey(dst, c.oid, key[i], c.desc, c.nullsFirst)
	}
	return dst, true, nil
}

func bytesOf(t TID) []byte { return unsafe.Slice(unsafe.StringData(string(t)), len(t)) }

// stringOf views b as a string for as long as b does not change.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// rowKeyOf is the whole key of the row that a TID names, appended to dst.
func rowKeyOf(dst []byte, l *layout, tid TID) (key []byte, header rowHeader, err error) {
	header, suffix, err := decodeHeader(bytesOf(tid))
	return append(slices.Grow(append(dst, l.prefix...), len(suffix)), suffix...), header, err
}
