package table

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// value reads a key by the rules of GetOptions.
func (tx *Tx) value(key []byte, o GetOptions) ([]byte, error) {
	if o.Latest || o.Direct && tx.isolation == ReadCommitted && tx.snap == nil {
		return tx.newest(key)
	}
	r, err := tx.view()
	if err != nil {
		return nil, err
	}
	tx.readPoint(key)
	return r.Get(key)
}

// Get reads one row by the full key of a unique index (nil: the clustered one),
// without an iterator. The columns are appended to dst; a NULL in key finds
// nothing.
func (tx *Tx) Get(h *Handle, index *catalog.Index, key []types.Datum, o GetOptions, dst []types.Datum) (row []types.Datum, tid TID, found bool, err error) {
	l, err := h.layout()
	if err != nil {
		return dst, "", false, err
	}
	il, err := l.of(index)
	if err != nil {
		return dst, "", false, err
	}
	if il == nil || !il.unique {
		return dst, "", false, pgerr.New(pgerr.InternalError, "no unique index to find a row of \"%s\" by", h.Rel.Name)
	}
	if o.Direct && il != l.clustered {
		// Entry and row are two reads, which must be of one state.
		o.Direct = false
	}
	k, ok, err := il.pointKey(tx.buf[:0], key)
	tx.buf = k
	if err != nil || !ok {
		return dst, "", false, err
	}
	value, err := tx.value(k, o)
	if err == nil && il != l.clustered {
		k = append(append(k[:0], l.prefix...), value...)
		tx.buf = k
		if value, err = tx.value(k, o); err != nil {
			return dst, "", false, missingRow(il, err)
		}
	}
	return l.found(k, value, err, o, dst)
}

// GetTID reads the row that a TID names, as it is now by the rules of o.
func (tx *Tx) GetTID(h *Handle, tid TID, o GetOptions, dst []types.Datum) (row []types.Datum, now TID, found bool, err error) {
	l, err := h.layout()
	if err != nil {
		return dst, "", false, err
	}
	key, seen, err := rowKeyOf(tx.buf[:0], l, tid)
	tx.buf = key
	if err != nil {
		return dst, "", false, err
	}
	value, err := tx.value(key, o)
	if err == nil {
		var header rowHeader
		if header, _, err = decodeHeader(value); err == nil && header.birth != seen.birth {
			err = storage.ErrNotFound
		}
	}
	return l.found(key, value, err, o, dst)
}

// found makes the answer of a point read.
func (l *layout) found(key, value []byte, err error, o GetOptions, dst []types.Datum) (row []types.Datum, tid TID, found bool, _ error) {
	if err == storage.ErrNotFound {
		return dst, "", false, nil
	}
	if err != nil {
		return dst, "", false, err
	}
	header, tuple, err := decodeHeader(value)
	if err != nil {
		return dst, "", false, err
	}
	if o.TID {
		tid = TID(appendTID(nil, header, key[len(l.prefix):]))
	}
	row, err = l.appendRow(dst, l.projection(o.Columns), tuple)
	return row, tid, err == nil, err
}
