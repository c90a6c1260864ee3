package keyspace

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// Step says where a walk goes on.
type Step struct {
	// Stop ends it. Seek, if not nil, passes over all keys before it.
	Stop bool
	Seek []byte
}

// Walk calls fn for the live keys of a database that begin with prefix, in order from
// the first that is not before from, or backwards from the last that is before it; all
// of them if it is nil. It takes no lock and no snapshot, only an iterator over the
// names, so that it costs writers nothing but that. The key is valid during the call
// only, and nothing but its name and metadata may be asked for.
func (ks *Keyspace) Walk(db int, prefix, from []byte, backwards bool, fn func(k *Key) (Step, error)) (err error) {
	r := &Run{ks: ks, w: storage.NewOverlay(ks.store), dbs: ks.dbs.Load(), now: ks.now(), frozen: true}
	id, err := r.dbid(db)
	if err != nil {
		return err
	}
	lower, upper := keyRange(id, prefix)
	it, err := r.w.NewIter(storage.IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	k := Key{object{r: r, id: id}}
	var at []byte
	for ok := begin(it, id, from, backwards); ok; {
		value, err := it.Value()
		if err != nil {
			return err
		}
		stored, err := decodeMeta(value)
		if err != nil {
			return err
		}
		var step Step
		key := it.Key()[metaKeyLen:]
		if m := r.live(id, key, stored); m.Type != TypeNone {
			k.key, k.stored, k.Meta = key, m, m
			if step, err = fn(&k); err != nil || step.Stop {
				return err
			}
		}
		switch {
		case step.Seek != nil:
			at = appendMetaKey(at[:0], id, step.Seek)
			ok = it.SeekGE(at)
		case backwards:
			ok = it.Prev()
		default:
			ok = it.Next()
		}
	}
	return it.Error()
}

// begin puts an iterator where a walk begins.
func begin(it storage.Iterator, id uint32, from []byte, backwards bool) bool {
	switch {
	case from == nil && backwards:
		return it.Last()
	case from == nil:
		return it.First()
	case backwards:
		return it.SeekLT(appendMetaKey(nil, id, from))
	}
	return it.SeekGE(appendMetaKey(nil, id, from))
}
