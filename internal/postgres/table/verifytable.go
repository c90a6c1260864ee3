package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// tableCheck checks one table.
type tableCheck struct {
	v     *verifier
	where Fault // without what is wrong
	h     *Handle
	l     *layout
	row   []types.Datum
	// wanted are the entries that each secondary index should have; skip those whose
	// expressions fail.
	wanted     []fingerprint
	skip       []bool
	key, value []byte
	// retargeted are the entries, by hash, that were reported with the row that they
	// should lead to: those of the last index, up to maxRetargeted.
	retargeted map[uint64]struct{}
	refs       []reference
}

// maxRetargeted bounds memory: beyond it entries are reported twice.
const maxRetargeted = 1 << 16

func (v *verifier) table(database string, view *catalog.View, rel *catalog.Relation) error {
	where := Fault{Database: database, Relation: rel.Name}
	if n := view.Schema(rel.Schema); n != nil {
		where.Schema = n.Name
	}
	t := &tableCheck{v: v, where: where}
	h, err := v.o.Handle(view, rel)
	if err == nil {
		t.h = h
		t.l, err = h.layout()
	}
	if err != nil {
		f := where
		f.Code, f.Expected, f.Found = FaultIndexUncounted, "a table that can be read", err.Error()
		return v.o.Report(f)
	}
	if t.refs, err = t.references(view); err != nil {
		return err
	}
	t.row = make([]types.Datum, len(t.l.oids))
	t.wanted, t.skip = make([]fingerprint, len(t.l.secondary)), make([]bool, len(t.l.secondary))
	if err := v.each(t.l.prefix, t.l.end, t.checkRow); err != nil {
		return err
	}
	for i, il := range t.l.secondary {
		if t.skip[i] {
			continue
		}
		if err := t.index(il, t.wanted[i]); err != nil {
			return err
		}
	}
	return nil
}

// fault is one of a row, or of an entry of an index.
func (t *tableCheck) fault(code string, il *indexLayout, row, expected, found string) Fault {
	f := t.where
	f.Code, f.Row, f.Expected, f.Found = code, row, expected, found
	if il != nil {
		f.Index = il.index.Name
	}
	return f
}

// read decodes a row; its values are valid as long as value is.
func (t *tableCheck) read(value []byte) (rowHeader, error) {
	header, tuple, err := decodeHeader(value)
	if err == nil {
		err = t.l.read(t.l.all, tuple, t.row)
	}
	return header, err
}

// checkRow checks a row, and notes the entries that indexes should have of it.
func (t *tableCheck) checkRow(key, value []byte) error {
	suffix := key[len(t.l.prefix):]
	header, err := t.read(value)
	if err != nil {
		return t.v.o.Report(t.fault(FaultRow, nil, t.suffixText(suffix), "a row", fmt.Sprintf("%x…: %v", value[:min(len(value), 32)], err)))
	}
	t.v.xid = max(t.v.xid, header.xmin)
	if err := t.place(suffix); err != nil {
		return err
	}
	for i, il := range t.l.secondary {
		if t.skip[i] {
			continue
		}
		held, err := t.entry(il, suffix)
		if err != nil {
			t.skip[i] = true
			f := t.fault(FaultIndexUncounted, il, t.suffixText(suffix), "an entry, or none", err.Error())
			if err := t.v.o.Report(f); err != nil {
				return err
			}
			continue
		}
		if held {
			t.wanted[i].add(t.key, t.value)
		}
	}
	return t.refers(suffix)
}

// place sees that the row in hand lies under its key.
func (t *tableCheck) place(suffix []byte) error {
	if t.l.clustered == nil {
		if _, rest, ok := decodeOrdered(suffix, 0); !ok || len(rest) > 0 {
			return t.v.o.Report(t.fault(FaultRowKey, nil, t.suffixText(suffix), "a row number", fmt.Sprintf("%x", suffix)))
		}
		return nil
	}
	key, null, err := t.h.appendKey(t.key[:0], t.l.clustered, t.row)
	t.key = key
	if err == nil && !null && bytes.Equal(key[len(t.l.prefix):], suffix) {
		return nil
	}
	names, values, err := t.h.keyText(t.l.clustered, t.row)
	if err != nil {
		return err
	}
	return t.v.o.Report(t.fault(FaultRowKey, nil, t.suffixText(suffix), "its own key", fmt.Sprintf("(%s)=(%s) in its columns", names, values)))
}

// entry makes the entry that an index should have of the row in hand, in t.key and
// t.value; held is false if it should have none.
func (t *tableCheck) entry(il *indexLayout, suffix []byte) (held bool, err error) {
	if held, err = t.h.holds(il, t.row); err != nil || !held {
		return false, err
	}
	if t.key, _, err = t.h.appendEntry(t.key[:0], il, t.row, suffix); err != nil {
		return false, err
	}
	t.value = entryValue(t.value[:0], il, suffix)
	return true, nil
}

// index compares an index with the entries that it should have.
func (t *tableCheck) index(il *indexLayout, want fingerprint) error {
	var found fingerprint
	err := t.v.each(il.prefix, il.end, func(key, value []byte) error {
		found.add(key, value)
		return nil
	})
	if err != nil || found == want {
		return err
	}
	t.retargeted = map[uint64]struct{}{}
	if err := t.v.each(t.l.prefix, t.l.end, func(key, value []byte) error { return t.lacking(il, key, value) }); err != nil {
		return err
	}
	return t.v.each(il.prefix, il.end, func(key, value []byte) error { return t.extra(il, key, value) })
}

// lacking reports it if an index lacks the entry of a row.
func (t *tableCheck) lacking(il *indexLayout, key, value []byte) error {
	if _, err := t.read(value); err != nil {
		return nil //nolint:nilerr // reported
	}
	suffix := slices.Clone(key[len(t.l.prefix):])
	held, err := t.entry(il, suffix)
	if err != nil || !held {
		return err
	}
	place, content := slices.Clone(t.key), slices.Clone(t.value)
	there, ok, err := t.v.get(place)
	if err != nil || ok && bytes.Equal(there, content) {
		return err
	}
	f := t.fault(FaultIndexLacks, il, t.suffixText(suffix), "an entry for the row", "none")
	f.Mend = func(w storage.Writer) error { return w.Set(place, content) }
	if !ok {
		return t.v.o.Report(f)
	}
	f.Code, f.Found = FaultIndexTarget, fmt.Sprintf("one that leads to %x", there)
	if il.unique {
		if same, err := t.sameEntry(il, place, there); err != nil {
			return err
		} else if same {
			f.Code, f.Expected, f.Found, f.Mend = FaultDuplicate, "a key that no other row has", "that of row "+t.suffixText(there), nil
		}
	}
	if f.Mend != nil && len(t.retargeted) < maxRetargeted {
		t.retargeted[xxhash.Sum64(place)] = struct{}{}
	}
	return t.v.o.Report(f)
}

// sameEntry tells whether the row with a suffix should have the entry under a key.
func (t *tableCheck) sameEntry(il *indexLayout, place, suffix []byte) (bool, error) {
	value, ok, err := t.v.get(append(slices.Clone(t.l.prefix), suffix...))
	if err != nil || !ok {
		return false, err
	}
	if _, err := t.read(value); err != nil {
		return true, nil //nolint:nilerr // reported; whose entry it is cannot be told
	}
	held, err := t.entry(il, suffix)
	return held && bytes.Equal(t.key, place), err
}

// extra reports an entry that no row should have.
func (t *tableCheck) extra(il *indexLayout, key, value []byte) error {
	place := slices.Clone(key)
	_, suffix, err := il.splitEntry(key, value)
	if err == nil {
		suffix = slices.Clone(suffix)
		same, err := t.sameEntry(il, place, suffix)
		if err != nil || same && bytes.Equal(value, entryValue(nil, il, suffix)) {
			return err
		}
	}
	f := t.fault(FaultIndexExtra, il, t.suffixText(suffix), "no such entry of the row, or no such row", fmt.Sprintf("an entry under %x", key[len(il.prefix):]))
	f.Mend = func(w storage.Writer) error { return w.Delete(place) }
	if _, told := t.retargeted[xxhash.Sum64(place)]; told {
		return nil
	}
	return t.v.o.Report(f)
}

// suffixText names a row by its key.
func (t *tableCheck) suffixText(suffix []byte) string {
	if len(suffix) == 0 {
		return ""
	}
	if t.l.clustered == nil {
		if n, rest, ok := decodeOrdered(suffix, 0); ok && len(rest) == 0 {
			return fmt.Sprintf("row number %d", n)
		}
		return fmt.Sprintf("%x", suffix)
	}
	var names, values []string
	src := suffix
	for i := range t.l.clustered.keys {
		k := &t.l.clustered.keys[i]
		d, rest, err := types.DecodeKey(k.oid, src, k.desc, k.nullsFirst)
		if err != nil {
			return fmt.Sprintf("%x", suffix)
		}
		names = append(names, t.l.rel.Columns[k.pos].Name)
		values = append(values, string(types.AppendText(nil, k.oid, d, nil)))
		src = rest
	}
	return "(" + strings.Join(names, ", ") + ")=(" + strings.Join(values, ", ") + ")"
}
