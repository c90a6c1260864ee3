package table

import (
	"bytes"
	"context"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func noArbiter(*catalog.Index) bool { return false }

// Update replaces a row that LockRow has locked in the mode of UpdateLock. tid and
// old are as LockRow gave them; both rows have all columns. When the clustered key
// changes, the row moves: it keeps its identity, and others that wait for it at
// the old key follow.
func (tx *Tx) Update(ctx context.Context, h *Handle, tid TID, old, row []types.Datum) (TID, error) {
	l, err := h.layout()
	if err != nil {
		return "", err
	}
	if len(row) != len(l.oids) || len(old) != len(l.oids) {
		return "", pgerr.New(pgerr.InternalError, "row of %d columns for \"%s\", which has %d", len(row), h.Rel.Name, len(l.oids))
	}
	if err := tx.beforeWrite(); err != nil {
		return "", err
	}
	from, header, err := rowKeyOf(tx.buf[:0], l, tid)
	tx.buf = from
	if err != nil {
		return "", err
	}
	to := from
	if l.clustered != nil && !l.clustered.sameKey(old, row) {
		if to, err = tx.movedKey(ctx, h, l, from, row); err != nil {
			return "", err
		}
	}
	moved := !bytes.Equal(from, to)
	oldSuffix, suffix := from[len(l.prefix):], to[len(l.prefix):]
	for _, il := range l.secondary {
		if err := tx.updateEntry(ctx, h, l, il, old, row, oldSuffix, suffix); err != nil {
			return "", err
		}
	}
	header.xmin, header.cmd = tx.xid, tx.cmd
	if moved {
		if err := tx.own.Delete(from); err != nil {
			return "", err
		}
		tx.moved = append(tx.moved, rowMove{from: string(from), to: string(to), birth: header.birth})
	}
	tx.buf3 = types.AppendTuple(header.append(tx.buf3[:0]), l.oids, row)
	if err := tx.own.Set(to, tx.buf3); err != nil {
		return "", err
	}
	return TID(appendTID(nil, header, suffix)), nil
}

// movedKey is the row's new clustered key, seen to be free; from if it is the
// same after all.
func (tx *Tx) movedKey(ctx context.Context, h *Handle, l *layout, from []byte, row []types.Datum) ([]byte, error) {
	for i := range l.clustered.keys {
		if p := l.clustered.keys[i].pos; row[p].IsNull() {
			return nil, nullKey(h.Rel, p)
		}
	}
	to, _, err := h.appendKey(nil, l.clustered, row)
	if err != nil || bytes.Equal(from, to) {
		return from, err
	}
	if err := tx.leave(ctx, l.storage, from); err != nil {
		return nil, err
	}
	if _, err := tx.guard(ctx, h, l, l.clustered, to, row, noArbiter); err != nil {
		return nil, err
	}
	return to, nil
}

// leave keeps others from taking a unique key that this transaction gives up,
// until it is known whether it does.
func (tx *Tx) leave(ctx context.Context, id uint64, key []byte) error {
	if tx.freshStorage(id) != nil {
		return nil
	}
	return tx.lock(ctx, classRow, key, existence, WaitBlock)
}

// updateEntry brings an index entry from the old row to the new one.
func (tx *Tx) updateEntry(ctx context.Context, h *Handle, l *layout, il *indexLayout, old, row []types.Datum, oldSuffix, suffix []byte) error {
	samePlace := &oldSuffix[0] == &suffix[0] || bytes.Equal(oldSuffix, suffix)
	if samePlace && il.sameKey(old, row) {
		return nil
	}
	was, err := h.holds(il, old)
	if err != nil {
		return err
	}
	is, err := h.holds(il, row)
	if err != nil {
		return err
	}
	tx.buf2 = tx.buf2[:0]
	oldGuarded, guarded := false, false
	if was {
		if tx.buf2, oldGuarded, err = h.appendEntry(tx.buf2, il, old, oldSuffix); err != nil {
			return err
		}
	}
	at := len(tx.buf2)
	if is {
		if tx.buf2, guarded, err = h.appendEntry(tx.buf2, il, row, suffix); err != nil {
			return err
		}
	}
	oldKey, key := tx.buf2[:at], tx.buf2[at:]
	same := was && is && bytes.Equal(oldKey, key)
	if same && samePlace {
		return nil
	}
	if was && !same {
		if oldGuarded {
			if err := tx.leave(ctx, il.storage, oldKey); err != nil {
				return err
			}
		}
		if err := tx.own.Delete(oldKey); err != nil {
			return err
		}
	}
	if !is {
		return nil
	}
	if guarded && !same {
		if _, err := tx.guard(ctx, h, l, il, key, row, noArbiter); err != nil {
			return err
		}
	}
	tx.buf3 = entryValue(tx.buf3[:0], il, suffix)
	return tx.own.Set(key, tx.buf3)
}

// Delete removes a row that LockRow has locked ForUpdate. tid and old are as
// LockRow gave them.
func (tx *Tx) Delete(ctx context.Context, h *Handle, tid TID, old []types.Datum) error {
	l, err := h.layout()
	if err != nil {
		return err
	}
	if err := tx.beforeWrite(); err != nil {
		return err
	}
	key, _, err := rowKeyOf(tx.buf[:0], l, tid)
	tx.buf = key
	if err != nil {
		return err
	}
	if l.clustered != nil {
		if err := tx.leave(ctx, l.storage, key); err != nil {
			return err
		}
	}
	suffix := key[len(l.prefix):]
	for _, il := range l.secondary {
		if ok, err := h.holds(il, old); err != nil || !ok {
			if err != nil {
				return err
			}
			continue
		}
		entry, guarded, err := h.appendEntry(tx.buf2[:0], il, old, suffix)
		tx.buf2 = entry
		if err != nil {
			return err
		}
		if guarded {
			if err := tx.leave(ctx, il.storage, entry); err != nil {
				return err
			}
		}
		if err := tx.own.Delete(entry); err != nil {
			return err
		}
	}
	tx.countRows(l.storage, -1)
	return tx.own.Delete(key)
}
