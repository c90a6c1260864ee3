package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// VerifyOptions say how to verify a store and what to do with what is found.
type VerifyOptions struct {
	// Handle makes a relation ready, with the evaluator of its indexes.
	Handle func(view *catalog.View, rel *catalog.Relation) (*Handle, error)
	// Report is called for each fault; an error of it ends the check.
	Report func(f Fault) error
	// Step is called now and then with the entries read since the last call; an error
	// of it ends the check. May be nil.
	Step func(entries int) error
	// Idle says that no transaction runs: states of sequences that the catalog does
	// not name are left over, and not those of a sequence that is being made.
	Idle bool
}

// Verify reads all that a store has, as of one moment, and reports what does not agree:
// the catalog with itself, rows with their tables, indexes with the rows, sequences,
// counters. Memory is bounded, whatever the tables hold. An error is one of reading.
//
// The entries that an index should have are compared with those that it has by
// fingerprints; only if these differ are entries looked up one by one.
func Verify(r storage.Reader, o VerifyOptions) error {
	state, err := catalog.Load(r)
	if err != nil || state == nil {
		return err
	}
	v := &verifier{r: r, o: o, state: state, named: map[uint64]StorageName{}, sequences: map[uint64]*catalog.Relation{}, garbage: map[uint64]bool{}}
	for _, step := range []func() error{v.objects, v.records, v.tables, v.orphans, v.counters} {
		if err := step(); err != nil {
			return err
		}
	}
	if o.Step != nil {
		return o.Step(v.unreported)
	}
	return nil
}

type verifier struct {
	r          storage.Reader
	o          VerifyOptions
	unreported int // entries

	state     *catalog.State
	named     map[uint64]StorageName // what the catalog says of storage ids
	sequences map[uint64]*catalog.Relation
	// What the catalog is wrong about: relations that are left alone, storage ids that
	// several have. With any problem, what seems to be nobody's is not removed.
	unreadable map[oidIn]bool
	shared     map[uint64]bool
	problems   bool
	garbage    map[uint64]bool

	// The highest numbers in use.
	oid, storage, xid uint64
}

// oidIn is an object of a database.
type oidIn struct {
	database string
	oid      types.OID
}

// verifyStep is after how many entries Step is called.
const verifyStep = 1024

// each calls fn for the entries of a range. The slices are valid during the call only.
func (v *verifier) each(lower, upper []byte, fn func(key, value []byte) error) error {
	return storage.Each(v.r, lower, upper, func(key, value []byte) error {
		if err := fn(key, value); err != nil {
			return err
		}
		if v.unreported++; v.unreported < verifyStep || v.o.Step == nil {
			return nil
		}
		n := v.unreported
		v.unreported = 0
		return v.o.Step(n)
	})
}

// get is a value; ok is false if there is none.
func (v *verifier) get(key []byte) (value []byte, ok bool, err error) {
	value, err = v.r.Get(key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// objects checks the catalog, and notes what it says of storage ids.
func (v *verifier) objects() error {
	v.unreadable, v.shared = map[oidIn]bool{}, map[uint64]bool{}
	err := v.state.Verify(func(p catalog.Problem) error {
		v.problems = true
		if p.Relation != 0 {
			v.unreadable[oidIn{p.Database, p.Relation}] = true
		}
		if p.Storage != 0 {
			v.shared[p.Storage] = true
		}
		return v.o.Report(Fault{Code: FaultCatalog, Database: p.Database, Schema: p.Schema, Relation: p.Name, Expected: p.Expected, Found: p.Found})
	})
	if err != nil {
		return err
	}
	v.named = storageNames(v.state)
	for id := range v.named {
		v.storage = max(v.storage, id&^pinnedBit)
	}
	for _, c := range v.state.All() {
		v.oid = max(v.oid, uint64(c.OID))
		r, ok := c.Object.(*catalog.Relation)
		if !ok {
			continue
		}
		for _, i := range r.Indexes {
			v.oid = max(v.oid, uint64(i.OID))
		}
		for _, k := range r.Constraints {
			v.oid = max(v.oid, uint64(k.OID))
		}
		if r.Sequence != nil {
			v.sequences[r.Storage] = r
		}
	}
	return nil
}

// records reads what stands before the rows.
func (v *verifier) records() error {
	known := []string{metaFormat, metaOID, metaStorage, metaXID, metaPinned}
	return v.each(nil, []byte{prefixRows}, func(key, value []byte) error {
		switch key[0] {
		case prefixMeta:
			if slices.Contains(known, string(key[1:])) {
				return nil
			}
		case catalog.KeyPrefix:
			return nil // read by Load
		case prefixSequence, prefixGarbage, prefixStats:
			if id, err := decodeIDKey(key); err == nil {
				return v.record(key[0], id, slices.Clone(key), value)
			}
		}
		return v.stray(key)
	})
}

func (v *verifier) stray(key []byte) error {
	return v.o.Report(Fault{Code: FaultStray, Expected: "no such entry", Found: fmt.Sprintf("an entry under %x", key)})
}

// record checks what stands for a storage id as a whole.
func (v *verifier) record(prefix byte, id uint64, key, value []byte) error {
	switch prefix {
	case prefixGarbage:
		v.garbage[id] = true
		v.storage = max(v.storage, id&^pinnedBit)
		return nil
	case prefixStats:
		if _, size := binary.Varint(value); size <= 0 {
			return v.stray(key)
		}
		return nil // an estimate, which may lag
	}
	name := v.named[id]
	f := Fault{Code: FaultSequence, Database: name.Database, Schema: name.Schema, Relation: name.Relation}
	rel := v.sequences[id]
	if rel == nil {
		// Those of garbage come before it: look.
		_, dropped, err := v.get(idKey(prefixGarbage, id))
		if err != nil || dropped || !v.o.Idle {
			return err
		}
		f.Expected, f.Found = "a sequence", fmt.Sprintf("the state of one with storage id %d", id)
		f.Mend = func(w storage.Writer) error { return w.Delete(key) }
		return v.o.Report(f)
	}
	last, _, err := decodeSequence(value)
	if s := rel.Sequence; err != nil || last < s.Min || last > s.Max {
		f.Expected, f.Found = fmt.Sprintf("a value from %d to %d", s.Min, s.Max), fmt.Sprintf("%d", last)
		if err != nil {
			f.Found = fmt.Sprintf("%x", value)
		}
		return v.o.Report(f)
	}
	return nil
}

// tables checks the rows and indexes of all tables.
func (v *verifier) tables() error {
	for _, d := range v.state.View(0).Databases() {
		view := v.state.View(d.OID)
		for _, r := range view.AllRelations() {
			if r.Kind != catalog.KindTable || r.Storage == 0 || v.unreadable[oidIn{d.Name, r.OID}] ||
				slices.ContainsFunc(storageIDs(r), func(id uint64) bool { return v.shared[id] }) {
				continue
			}
			if err := v.table(d.Name, view, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// orphans looks for storage ids that have rows or entries and no name.
func (v *verifier) orphans() (err error) {
	it, err := v.r.NewIter(storage.IterOptions{Lower: []byte{prefixRows}, KeysOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; {
		key := slices.Clone(it.Key())
		id, _, decoded := decodeOrdered(key, prefixRows)
		prefix := rowsPrefix(id)
		if !decoded || !bytes.HasPrefix(key, prefix) {
			if err := v.stray(key); err != nil {
				return err
			}
			ok = it.Next()
			continue
		}
		if _, named := v.named[id]; !named && !v.garbage[id] {
			f := Fault{Code: FaultStorage, Expected: "a table or index with the storage id", Found: fmt.Sprintf("keys of storage id %d", id)}
			if !v.problems {
				f.Mend = func(w storage.Writer) error { return w.Set(idKey(prefixGarbage, id), nil) }
			}
			if err := v.o.Report(f); err != nil {
				return err
			}
		}
		v.storage = max(v.storage, id&^pinnedBit)
		ok = it.SeekGE(storage.PrefixEnd(prefix))
	}
	return it.Error()
}

// counters sees that no number in use will be given again.
func (v *verifier) counters() error {
	for _, c := range []struct {
		name string
		used uint64
	}{{metaOID, v.oid}, {metaStorage, v.storage}, {metaXID, v.xid}} {
		raw, ok, err := v.get(metaKey(c.name))
		if err != nil {
			return err
		}
		next := uint64(0)
		if ok && len(raw) == 8 {
			next = binary.BigEndian.Uint64(raw)
		}
		if next > c.used || !ok && c.used < uint64(catalog.FirstUserOID) && c.name == metaOID || !ok && c.used == 0 {
			continue
		}
		err = v.o.Report(Fault{
			Code: FaultCounter, Expected: fmt.Sprintf("counter %s above %d", c.name, c.used), Found: fmt.Sprintf("%d", next),
			Mend: func(w storage.Writer) error {
				return w.Set(metaKey(c.name), binary.BigEndian.AppendUint64(nil, c.used+1))
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
