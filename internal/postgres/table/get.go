package table

import (
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// readsNewest tells whether a point read is of the newest state.
func (tx *Tx) readsNewest(o GetOptions) bool {
	return o.Latest || o.Direct && tx.isolation == ReadCommitted && tx.snap == nil
}

// value reads a key of a row by the rules of GetOptions.
func (tx *Tx) value(key []byte, o GetOptions) ([]byte, error) {
	if tx.readsNewest(o) {
		return tx.newest(key)
	}
	r := tx.view()
	tx.readPoint(key)
	return r.Get(key)
}

// entry reads an entry of a unique index by the rules of GetOptions.
func (tx *Tx) entry(h *Handle, l *layout, il *indexLayout, key []byte, o GetOptions) ([]byte, error) {
	if tx.readsNewest(o) {
		return tx.newest(key)
	}
	r, err := tx.indexView(h, l, il)
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
	k, ok, err := il.pointKey(tx.buf[:0], key)
	tx.buf = k
	if err != nil || !ok {
		return dst, "", false, err
	}
	if il == l.clustered {
		value, err := tx.value(k, o)
		return l.found(k, value, err, o, dst)
	}
	entry := string(k)
	suffix, err := tx.entry(h, l, il, k, o)
	if err != nil {
		return l.found(k, nil, err, o, dst)
	}
	k = append(append(k[:0], l.prefix...), suffix...)
	tx.buf = k
	value, err := tx.value(k, o)
	if !tx.readsNewest(o) {
		if err != nil {
			return dst, "", false, missingRow(il, err)
		}
		return l.found(k, value, err, o, dst)
	}
	// Entry and row were read one after the other: a commit may lie between.
	row, tid, found, err = l.found(k, value, err, o, dst)
	if err != nil || found && h.hasEntry(tx, l, il, value, entry) {
		return row, tid, found, err
	}
	if o.Latest {
		return tx.getLatest(l, il, entry, o, dst)
	}
	o.Direct = false
	return tx.Get(h, index, key, o, dst)
}

// hasEntry tells whether a stored row has this entry in a unique index.
func (h *Handle) hasEntry(tx *Tx, l *layout, il *indexLayout, value []byte, entry string) bool {
	_, tuple, err := decodeHeader(value)
	if err != nil {
		return false
	}
	row, err := l.appendRow(nil, l.all, tuple)
	if err != nil {
		return false
	}
	if ok, err := h.holds(il, row); err != nil || !ok {
		return false
	}
	tx.buf2, _, err = h.appendKey(tx.buf2[:0], il, row)
	return err == nil && string(tx.buf2) == entry
}

// getLatest reads entry and row from one state, the newest.
func (tx *Tx) getLatest(l *layout, il *indexLayout, entry string, o GetOptions, dst []types.Datum) (row []types.Datum, tid TID, found bool, err error) {
	s := tx.e.store.NewSnapshot()
	defer func() {
		if cerr := s.Close(); err == nil {
			err = cerr
		}
	}()
	var r storage.Reader = s
	for _, own := range []*storage.Overlay{tx.bulk.overlay, &tx.own} {
		if own != nil {
			m := own.Mark()
			v := storage.NewOverlay(r)
			v.Rollback(m)
			r = v
		}
	}
	suffix, err := r.Get([]byte(entry))
	if err != nil {
		return l.found(nil, nil, err, o, dst)
	}
	k := append(append(tx.buf[:0], l.prefix...), suffix...)
	tx.buf = k
	value, err := r.Get(k)
	if err != nil {
		return dst, "", false, missingRow(il, err)
	}
	return l.found(k, value, nil, o, dst)
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
	if errors.Is(err, storage.ErrNotFound) {
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
	p := l.all
	if !o.All {
		p = l.projection(nonNil(o.Columns))
	}
	row, err = l.appendRow(dst, p, tuple)
	return row, tid, err == nil, err
}
