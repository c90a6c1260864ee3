package table

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// plainHandle is VerifyOptions.Handle of tables without expressions in indexes.
func plainHandle(_ *catalog.View, rel *catalog.Relation) (*Handle, error) {
	return NewHandle(rel, nil), nil
}

// mustAgree fails if anything in a store does not agree with the rest. No transaction
// is in the middle of a load.
func mustAgree(t failer, r storage.Reader) {
	t.Helper()
	err := Verify(r, VerifyOptions{Handle: plainHandle, Report: func(f Fault) error {
		t.Fatalf("%s: %s %s %s: expected %s, found %s", f.Code, f.Relation, f.Index, f.Row, f.Expected, f.Found)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// damaged is a store that something is done to behind the engine's back.
type damaged struct {
	t     *testing.T
	store storage.Store
	h     *Handle
}

func (d *damaged) write(fn func(w storage.Writer) error) {
	d.t.Helper()
	b := d.store.NewBatch()
	if err := fn(b); err != nil {
		d.t.Fatal(err)
	}
	p, err := d.store.Apply(b)
	if err == nil {
		err = p.Wait()
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *damaged) set(key, value []byte) {
	d.t.Helper()
	d.write(func(w storage.Writer) error { return w.Set(key, value) })
}

func (d *damaged) delete(key []byte) {
	d.t.Helper()
	if _, err := d.store.Get(key); err != nil {
		d.t.Fatalf("nothing under %x to damage: %v", key, err)
	}
	d.write(func(w storage.Writer) error { return w.Delete(key) })
}

// rowKey is the key of an account.
func (d *damaged) rowKey(id int) []byte {
	return types.AppendKey(rowsPrefix(d.h.Rel.Storage), types.Int4OID, types.Int(int64(id)), false, false)
}

// entry is what an index has of an account: 1 is by owner, 2 by balance.
func (d *damaged) entry(index int, row []types.Datum) (key, value []byte) {
	d.t.Helper()
	l, err := d.h.layout()
	if err != nil {
		d.t.Fatal(err)
	}
	il, err := l.of(d.h.Rel.Indexes[index])
	if err != nil {
		d.t.Fatal(err)
	}
	suffix := d.rowKey(int(row[0].Int()))[len(l.prefix):]
	key, _, err = d.h.appendEntry(nil, il, row, suffix)
	if err != nil {
		d.t.Fatal(err)
	}
	return key, entryValue(nil, il, suffix)
}

// faults verifies the store. With mend set it mends what can be, until nothing can.
func (d *damaged) faults(mend bool) (codes []string) {
	d.t.Helper()
	for range 6 {
		codes = nil
		var mends []func(w storage.Writer) error
		err := Verify(d.store, VerifyOptions{Handle: plainHandle, Idle: true, Report: func(f Fault) error {
			codes = append(codes, f.Code)
			if f.Mend != nil {
				mends = append(mends, f.Mend)
			}
			return nil
		}})
		if err != nil {
			d.t.Fatal(err)
		}
		slices.Sort(codes)
		codes = slices.Compact(codes)
		if !mend || len(mends) == 0 {
			return codes
		}
		for _, fn := range mends {
			d.write(fn)
		}
	}
	d.t.Fatalf("mending does not end: %v", codes)
	return nil
}

func TestVerifyNamesAndMendsDamage(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(d *damaged)
		found  string // codes, of one pass
		left   string // after mending
	}{
		{"nothing", func(*damaged) {}, "[]", "[]"},
		{"a lost row", func(d *damaged) { d.delete(d.rowKey(7)) }, "[index_extra]", "[]"},
		{"a lost entry", func(d *damaged) {
			key, _ := d.entry(2, account(7, "owner 7", 70))
			d.delete(key)
		}, "[index_missing]", "[]"},
		{"a lost unique entry", func(d *damaged) {
			key, _ := d.entry(1, account(7, "owner 7", 70))
			d.delete(key)
		}, "[index_missing]", "[]"},
		{"an entry of another value", func(d *damaged) {
			d.set(d.entry(2, account(7, "owner 7", 71)))
		}, "[index_extra]", "[]"},
		{"an entry of no row", func(d *damaged) { d.set(d.entry(1, account(700, "nobody", 0))) }, "[index_extra]", "[]"},
		{"a unique entry that leads elsewhere", func(d *damaged) {
			key, _ := d.entry(1, account(7, "owner 7", 70))
			_, value := d.entry(1, account(8, "owner 8", 80))
			d.set(key, value)
		}, "[index_target]", "[]"},
		{"an index without entries", func(d *damaged) {
			d.write(func(w storage.Writer) error {
				prefix := rowsPrefix(d.h.Rel.Indexes[2].Storage)
				return w.DeleteRange(prefix, storage.PrefixEnd(prefix))
			})
		}, "[index_missing]", "[]"},
		{"two rows with one key", func(d *damaged) {
			raw, err := d.store.Get(d.rowKey(7))
			if err != nil {
				d.t.Fatal(err)
			}
			header, _, err := decodeHeader(raw)
			if err != nil {
				d.t.Fatal(err)
			}
			twin := account(500, "owner 7", 70)
			d.set(d.rowKey(500), types.AppendTuple(header.append(nil), []types.OID{types.Int4OID, types.TextOID, types.Int8OID}, twin))
			key, value := d.entry(2, twin)
			d.set(key, value)
		}, "[index_duplicate]", "[index_duplicate]"},
		{"a row that does not decode", func(d *damaged) { d.set(d.rowKey(7), []byte("?")) }, "[row_undecoded]", "[row_undecoded]"},
		{"a row under another key", func(d *damaged) {
			raw, err := d.store.Get(d.rowKey(7))
			if err != nil {
				d.t.Fatal(err)
			}
			d.delete(d.rowKey(7))
			d.set(d.rowKey(900), raw)
		}, "[index_extra index_missing index_target row_misplaced]", "[row_misplaced]"},
		{"keys of no table", func(d *damaged) { d.set(append(rowsPrefix(60), 1), nil) }, "[orphan_storage]", "[]"},
		{"a state of no sequence", func(d *damaged) { d.set(idKey(prefixSequence, 60), encodeSequence(1, true)) }, "[sequence]", "[]"},
		{"a counter that was set back", func(d *damaged) {
			d.set(metaKey(metaStorage), binary.BigEndian.AppendUint64(nil, 1))
			d.set(metaKey(metaXID), binary.BigEndian.AppendUint64(nil, 3))
		}, "[counter]", "[]"},
		{"an entry that nothing writes", func(d *damaged) { d.set([]byte{prefixMeta, '?'}, nil) }, "[sql_record]", "[sql_record]"},
		{"a table of no schema", func(d *damaged) {
			r := *d.h.Rel
			r.Schema = 999
			d.write(func(w storage.Writer) error {
				return catalog.Change{Kind: catalog.ObjectRelation, Database: catalog.PostgresOID, OID: r.OID, Object: &r}.Write(w)
			})
		}, "[catalog]", "[catalog]"},
		{"rows that refer to what is not there", func(d *damaged) {
			r := *d.h.Rel
			r.Constraints = append(slices.Clone(r.Constraints), &catalog.Constraint{
				OID: 7, Name: "c", Kind: catalog.ForeignKey, Columns: []int16{3}, RefTable: r.OID, RefColumns: []int16{1},
				RefIndex: r.Indexes[0].OID, OnUpdate: 'a', OnDelete: 'a', Match: 's', Validated: true,
			})
			d.write(func(w storage.Writer) error {
				return catalog.Change{Kind: catalog.ObjectRelation, Database: catalog.PostgresOID, OID: r.OID, Object: &r}.Write(w)
			})
		}, "[foreign_key]", "[foreign_key]"},
		{"an index on no column, with another's storage", func(d *damaged) {
			r := *d.h.Rel
			r.Indexes = slices.Clone(r.Indexes)
			i := *r.Indexes[2]
			i.Keys, i.Storage = []catalog.IndexKey{{Column: 9, Type: types.Int8OID}}, r.Storage
			r.Constraints = []*catalog.Constraint{{Name: "c", Kind: catalog.ForeignKey, Columns: []int16{1}, RefTable: 12345}}
			r.Indexes[2] = &i
			d.write(func(w storage.Writer) error {
				return catalog.Change{Kind: catalog.ObjectRelation, Database: catalog.PostgresOID, OID: r.OID, Object: &r}.Write(w)
			})
		}, "[catalog orphan_storage]", "[catalog orphan_storage]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := memstore.New()
			e, err := Open(store, Options{})
			if err != nil {
				t.Fatal(err)
			}
			f := fixture{t, e}
			d := &damaged{t, store, f.accounts()}
			f.in(func(tx *Tx) {
				for id := range 200 {
					f.insert(tx, d.h, account(id, fmt.Sprintf("owner %d", id), id*10))
				}
				f.insert(tx, d.h, account(1000, "", 0), account(1001, "", 0))
			})
			f.must(e.Close())
			c.damage(d)
			if got := fmt.Sprint(d.faults(false)); got != c.found {
				t.Errorf("found %s, want %s", got, c.found)
			}
			if got := fmt.Sprint(d.faults(true)); got != c.left {
				t.Errorf("after mending there is %s, want %s", got, c.left)
			}
		})
	}
}
