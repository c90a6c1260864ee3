package keyspace

import (
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// Building is a collection that is made aside: its subkeys stand under a version
// that no key has, until Link gives it to one. One of Hash, List, Set, ZSet and
// Stream is the collection, empty at first.
type Building struct {
	Hash   Hash
	List   List
	Set    Set
	ZSet   ZSet
	Stream Stream

	run  *Run
	kind Type
	mark storage.Mark
}

// Build begins a collection that is meant for key. The run must not be applied
// before Link or Drop.
func (r *Run) Build(key []byte, t Type) (*Building, error) {
	version, err := r.ks.newVersion(key)
	if err != nil {
		return nil, err
	}
	b := &Building{run: r, kind: t}
	*b.object() = object{r: r, aside: true, fresh: r.bulk == nil, Meta: Meta{Type: t, version: version}}
	return b, nil
}

// BuildOrDrop is Build for a collection that Drop may take back.
func (r *Run) BuildOrDrop(key []byte, t Type) (*Building, error) {
	mark := r.w.Mark()
	b, err := r.Build(key, t)
	if err == nil {
		b.mark = mark
	}
	return b, err
}

func (b *Building) object() *object {
	switch b.kind {
	case TypeHash:
		return &b.Hash.object
	case TypeList:
		return &b.List.object
	case TypeSet:
		return &b.Set.object
	case TypeZSet:
		return &b.ZSet.object
	default:
		return &b.Stream.object
	}
}

// Link makes the collection the value of a key, whatever that holds, with an
// expiry time in unix milliseconds or 0.
func (b *Building) Link(k *Key, expire int64) error {
	if b.kind == TypeZSet {
		if err := b.ZSet.rankBuilt(); err != nil {
			return err
		}
	}
	return b.link(k, expire)
}

func (b *Building) link(k *Key, expire int64) error {
	o := b.object()
	if b.kind == TypeStream {
		o.value = b.Stream.info.append(nil)
	}
	m := o.Meta
	m.Expire = expire
	return k.replace(&m)
}

// Drop takes back what was made since BuildOrDrop, and never linked.
func (b *Building) Drop() {
	b.run.w.Rollback(b.mark)
	b.run.ks.recent.remove(b.object().version)
}

// Spill links the collection as far as it is made, and applies all that is
// buffered: so a run can make one that is larger than memory. It goes on to grow,
// and is linked to the same key again.
func (b *Building) Spill(k *Key, expire int64) error {
	if err := b.link(k, expire); err != nil {
		return err
	}
	b.object().fresh = false
	return b.run.Spill()
}

// What a run buffers before it is full: a replacement more, for large batches are
// written fastest.
const (
	fullSize     = 4 << 20
	bulkFullSize = 128 << 20
)

// Full says that the run holds as much as should be held in memory: Spill it.
func (r *Run) Full() bool {
	if r.bulk != nil {
		return r.bulk.to.Size()+r.w.Size() >= bulkFullSize
	}
	return r.w.Size() >= fullSize
}

// setNew is Set on w for a key that is not there and that nobody reads soon: a
// replacement writes it at once.
func (r *Run) setNew(key, value []byte) error {
	if r.bulk != nil {
		if _, _, pending := r.w.Pending(key); !pending {
			return r.bulk.set(key, value)
		}
	}
	return r.w.Set(key, value)
}

// Spill applies what is buffered and keeps the locks: for runs that write more
// than should be held in memory.
func (r *Run) Spill() error {
	if err := r.flush(); err != nil || len(r.pendings) < spillPendings {
		return err
	}
	oldest := r.pendings[0]
	r.pendings = slices.Delete(r.pendings, 0, 1)
	return oldest.Wait()
}

// spillPendings is how many batches a run that spills may be ahead of the disk;
// each is kept in memory until then.
const spillPendings = 4
