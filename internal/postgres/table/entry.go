package table

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// entry is one index entry of a row. Its key is in the transaction's entry
// buffer, so that a row of many indexes costs no allocation each.
type entry struct {
	il   *indexLayout
	from int // of the key in the buffer
	to   int
	// guarded: the key must be unique; the row's key is the value.
	guarded bool
}

// appendKey appends an index key of a row, without the row's own key. null tells
// that a column of it was NULL.
func (h *Handle) appendKey(dst []byte, il *indexLayout, row []types.Datum) (key []byte, null bool, err error) {
	dst = append(dst, il.prefix...)
	for i := range il.keys {
		k := &il.keys[i]
		var d types.Datum
		if k.pos >= 0 {
			d = row[k.pos]
		} else if d, err = h.Eval.IndexKey(il.index, i, row); err != nil {
			return dst, false, err
		}
		null = null || d.IsNull()
		dst = types.AppendKey(dst, k.oid, d, k.desc, k.nullsFirst)
	}
	return dst, null, nil
}

// holds tells whether an index has an entry for the row.
func (h *Handle) holds(il *indexLayout, row []types.Datum) (bool, error) {
	if !il.partial {
		return true, nil
	}
	return h.Eval.IndexPredicate(il.index, row)
}

// appendEntry appends the whole key of a row's entry in an index; suffix is the
// row's key without the table's prefix.
func (h *Handle) appendEntry(dst []byte, il *indexLayout, row []types.Datum, suffix []byte) (key []byte, guarded bool, err error) {
	key, null, err := h.appendKey(dst, il, row)
	if err != nil {
		return key, false, err
	}
	guarded = il.unique && (!null || il.nullsEqual)
	if !guarded {
		key = append(key, suffix...)
	}
	return key, guarded, nil
}

// entryValue is the value of an entry: the suffix in a unique index, else its
// length.
func entryValue(dst []byte, il *indexLayout, suffix []byte) []byte {
	if il.unique {
		return append(dst, suffix...)
	}
	return binary.AppendUvarint(dst, uint64(len(suffix)))
}

// splitEntry takes an entry apart: the encoded key columns and the row's suffix.
func (il *indexLayout) splitEntry(key, value []byte) (columns, suffix []byte, err error) {
	key = key[len(il.prefix):]
	if il.unique {
		return key, value, nil
	}
	n, size := binary.Uvarint(value)
	if size <= 0 || n > uint64(len(key)) {
		return nil, nil, fmt.Errorf("table: entry of index %s: %w", il.index.Name, storage.ErrCorrupt)
	}
	at := len(key) - int(n)
	return key[:at], key[at:], nil
}

// sameKey tells, without encoding, that two rows have the same key in an index.
// It may say no of keys that are the same.
func (il *indexLayout) sameKey(a, b []types.Datum) bool {
	if il.partial {
		return false
	}
	for i := range il.keys {
		p := il.keys[i].pos
		if p < 0 || a[p] != b[p] {
			return false
		}
	}
	return true
}

// duplicate is the error of a key that is there already.
func (tx *Tx) duplicate(h *Handle, il *indexLayout, row []types.Datum) error {
	e := pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", il.index.Name)
	e.Table, e.Constraint = h.Rel.Name, il.index.Name
	for _, c := range h.Rel.Constraints {
		if c.Index == il.index.OID && c.Name != "" {
			e.Constraint = c.Name
		}
	}
	if n := tx.Catalog().Schema(h.Rel.Schema); n != nil {
		e.Schema = n.Name
	}
	if names, values, err := h.keyText(il, row); err == nil {
		e.Detail = "Key (" + names + ")=(" + values + ") already exists."
	}
	return e
}

// keyText spells a row's key in an index for messages.
func (h *Handle) keyText(il *indexLayout, row []types.Datum) (names, values string, err error) {
	var n, v []string
	for i, k := range il.keys {
		var d types.Datum
		if k.pos >= 0 {
			n = append(n, h.Rel.Columns[k.pos].Name)
			d = row[k.pos]
		} else {
			n = append(n, il.index.Keys[i].Expr)
			if d, err = h.Eval.IndexKey(il.index, i, row); err != nil {
				return "", "", err
			}
		}
		if d.IsNull() {
			v = append(v, "null")
		} else {
			v = append(v, string(types.AppendText(nil, k.oid, d, nil)))
		}
	}
	return strings.Join(n, ", "), strings.Join(v, ", "), nil
}
