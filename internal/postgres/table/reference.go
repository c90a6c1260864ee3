package table

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// LockReferenced finds the row that has a key in a unique index (nil: the clustered
// one), as it is now whatever the isolation level, and locks it FOR KEY SHARE, so that
// the key stays there until the transaction ends. It waits for whoever is about to
// take the key away. A NULL in key finds nothing.
func (tx *Tx) LockReferenced(ctx context.Context, h *Handle, index *catalog.Index, key []types.Datum) (found bool, err error) {
	l, err := h.layout()
	if err != nil {
		return false, err
	}
	il, err := l.of(index)
	if err != nil {
		return false, err
	}
	if il == nil || !il.unique {
		return false, pgerr.New(pgerr.InternalError, "no unique index to find a row of \"%s\" by", h.Rel.Name)
	}
	k, ok, err := il.pointKey(nil, key)
	if err != nil || !ok {
		return false, err
	}
	if err := tx.beforeLock(ForKeyShare); err != nil {
		return false, err
	}
	for {
		rowKey := k
		if il != l.clustered {
			suffix, err := tx.newest(k)
			if err != nil {
				return false, ignoreMissing(err)
			}
			rowKey = append(slices.Clone(l.prefix), suffix...)
		}
		held := len(tx.held)
		if !tx.soleWriter(h.Rel.OID) {
			if _, err := tx.lockRow(ctx, h, l, rowKey, ForKeyShare, WaitBlock); err != nil {
				return false, err
			}
		}
		there, err := tx.stillThere(l, il, k, rowKey)
		if there || err != nil {
			return there, err
		}
		tx.releaseLocks(held)
		if il == l.clustered {
			return false, nil
		}
		// Another row may have the key by now.
	}
}

// stillThere tells whether the row under rowKey is there, by the entry k.
func (tx *Tx) stillThere(l *layout, il *indexLayout, k, rowKey []byte) (bool, error) {
	if il != l.clustered {
		suffix, err := tx.newest(k)
		if err != nil || string(suffix) != string(rowKey[len(l.prefix):]) {
			return false, ignoreMissing(err)
		}
	}
	_, err := tx.newest(rowKey)
	return err == nil, ignoreMissing(err)
}

func ignoreMissing(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// AsOfNow runs what reads and changes rows as a statement that sees the newest
// committed state, whatever the isolation level: a foreign key holds among the rows
// that are there, not among those of a snapshot. Row versions that came since the
// transaction's own snapshot can so be changed.
func (tx *Tx) AsOfNow(run func() error) error {
	if tx.isolation == ReadCommitted {
		if err := tx.StartStatement(); err != nil {
			return err
		}
		return run()
	}
	if tx.ended {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
	}
	own := tx.snapshot()
	s := &snapshot{e: tx.e}
	s.refs.Store(1)
	tx.e.moves.open(s)
	tx.cmd++
	tx.dropView()
	tx.snap = s
	err := run()
	tx.dropView()
	if tx.snap == s { // else the transaction has ended
		tx.snap = own
	}
	s.release()
	return err
}

// CanReferTo tells whether a column of one type may refer to one of another: an index
// on the latter finds values of the former.
func CanReferTo(from, to types.OID) bool {
	return from == to || isInt(from) && (isInt(to) || isFraction(to)) || isString(from) && isString(to)
}

func isFraction(t types.OID) bool {
	return t == types.NumericOID || t == types.Float4OID || t == types.Float8OID
}

func isInt(t types.OID) bool {
	return t == types.Int2OID || t == types.Int4OID || t == types.Int8OID
}

func isString(t types.OID) bool { return t == types.TextOID || t == types.VarCharOID }

// ReferenceOrder gives for each column of the index that a foreign key refers to its
// place among the columns that the key names.
func ReferenceOrder(index *catalog.Index, columns []int16) []int {
	order := make([]int, len(index.Keys))
	for i, k := range index.Keys {
		order[i] = slices.Index(columns, k.Column)
	}
	return order
}

// ReferenceTo makes the value of a column that refers one of the column that it refers
// to; ok is false if that has no such value.
func ReferenceTo(d types.Datum, from, to types.OID) (_ types.Datum, ok bool) {
	if from == to || !isInt(from) {
		return d, true
	}
	n := d.Int()
	switch to {
	case types.Int2OID:
		return d, n >= math.MinInt16 && n <= math.MaxInt16
	case types.Int4OID:
		return d, n >= math.MinInt32 && n <= math.MaxInt32
	case types.NumericOID:
		return types.NumericDatum(types.NumericFromInt(n)), true
	case types.Float4OID:
		return types.Float(float64(float32(n))), true
	case types.Float8OID:
		return types.Float(float64(n)), true
	}
	return d, true
}
