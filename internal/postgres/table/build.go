package table

import (
	"context"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// Truncate empties a table by giving it and its indexes new storage. The caller
// holds AccessExclusive.
func (tx *Tx) Truncate(ctx context.Context, oid types.OID) error {
	old := tx.Catalog().Relation(oid)
	if old == nil || old.Kind != catalog.KindTable {
		return pgerr.New(pgerr.WrongObjectType, "relation with OID %d is not a table", oid)
	}
	r := *old
	id, err := tx.NewStorageID(old.Pinned())
	if err != nil {
		return err
	}
	r.Storage = id
	r.Indexes = slices.Clone(old.Indexes)
	for k, i := range r.Indexes {
		n := *i
		n.Storage = id
		if !n.Clustered {
			if n.Storage, err = tx.NewStorageID(old.Pinned()); err != nil {
				return err
			}
		}
		r.Indexes[k] = &n
	}
	return tx.ReplaceRelation(ctx, &r)
}

// BuildIndex fills an index that the relation of h already lists, from the
// table's rows. The caller holds Share at least.
func (tx *Tx) BuildIndex(ctx context.Context, h *Handle, index *catalog.Index) error {
	l, err := h.layout()
	if err != nil {
		return err
	}
	il, err := l.of(index)
	if err != nil {
		return err
	}
	if il == nil || il == l.clustered {
		return pgerr.New(pgerr.InternalError, "the clustered index is built by Rewrite")
	}
	if err := tx.beforeWrite(); err != nil {
		return err
	}
	return l.eachRow(ctx, tx.newestReader(), func(_ rowHeader, suffix []byte, row []types.Datum) error {
		if ok, err := h.holds(il, row); err != nil || !ok {
			return err
		}
		key, guarded, err := h.appendEntry(tx.buf2[:0], il, row, suffix)
		tx.buf2 = key
		if err != nil {
			return err
		}
		if guarded {
			c, err := tx.guard(ctx, h, l, il, key, row, anyArbiter)
			if err != nil {
				return err
			}
			if c != nil {
				return couldNotBuild(h, il, row)
			}
		}
		return tx.putEntry(il, key, suffix)
	})
}

func anyArbiter(*catalog.Index) bool { return true }

// couldNotBuild is the error of a unique index over rows that are not unique.
func couldNotBuild(h *Handle, il *indexLayout, row []types.Datum) error {
	e := pgerr.New(pgerr.UniqueViolation, "could not create unique index \"%s\"", il.index.Name)
	e.Table, e.Constraint = h.Rel.Name, il.index.Name
	if names, values, err := h.keyText(il, row); err == nil {
		e.Detail = "Key (" + names + ")=(" + values + ") is duplicated."
	}
	return e
}

// Rewrite copies a table's rows into the new storage of to, whose relation has
// replaced from's in the catalog, and fills its indexes. Each row goes through
// change, which gives the row in to's columns; it may be nil if they are alike.
// The caller holds AccessExclusive.
func (tx *Tx) Rewrite(ctx context.Context, from, to *Handle, change func(row []types.Datum) ([]types.Datum, error)) error {
	l, err := from.layout()
	if err != nil {
		return err
	}
	nl, err := to.layout()
	if err != nil {
		return err
	}
	if err := tx.beforeWrite(); err != nil {
		return err
	}
	return l.eachRow(ctx, tx.newestReader(), func(_ rowHeader, _ []byte, row []types.Datum) error {
		if change != nil {
			if row, err = change(row); err != nil {
				return err
			}
		}
		_, c, err := tx.insert(ctx, to, row, anyArbiter)
		if err != nil || c == nil {
			return err
		}
		il, err := nl.of(c.Index)
		if err != nil {
			return err
		}
		return couldNotBuild(to, il, row)
	})
}

// eachRow gives every row of r. row is valid until f returns; its values may be
// kept.
func (l *layout) eachRow(ctx context.Context, r storage.Reader, f func(header rowHeader, suffix []byte, row []types.Datum) error) (err error) {
	it, err := r.NewIter(storage.IterOptions{Lower: l.prefix, Upper: l.end})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	var bytes arena
	row := make([]types.Datum, len(l.oids))
	n := 0
	for ok := it.First(); ok; ok = it.Next() {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return cancelled(ctx)
		}
		value, err := it.Value()
		if err != nil {
			return err
		}
		header, tuple, err := decodeHeader(value)
		if err != nil {
			return err
		}
		if l.all.shares {
			tuple = bytes.copy(tuple)
		}
		if err := l.read(l.all, tuple, row); err != nil {
			return err
		}
		if err := f(header, it.Key()[len(l.prefix):], row); err != nil {
			return err
		}
	}
	return it.Error()
}

// ScanRows gives every row, the newest committed ones and own writes, for DDL that
// checks them all (SET NOT NULL, a new CHECK or foreign key). row is valid until f
// returns; its values may be kept.
func (tx *Tx) ScanRows(ctx context.Context, h *Handle, f func(row []types.Datum) error) error {
	l, err := h.layout()
	if err != nil {
		return err
	}
	return l.eachRow(ctx, tx.newestReader(), func(_ rowHeader, _ []byte, row []types.Datum) error { return f(row) })
}
