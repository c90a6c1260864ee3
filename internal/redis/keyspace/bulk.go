package keyspace

import (
	"errors"
	"iter"
	"math/bits"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"github.com/orbit-server/orbit/internal/process"
	"github.com/orbit-server/orbit/internal/storage"
)

// bulk is the store as the run of a replacement sees it, which writes keys that
// nobody else knows of: they go past the store's log, many at a time, and that a key
// is new is known without looking for it.
type bulk struct {
	store storage.Reader
	to    storage.Bulk
	// The keys in what is being filled, and all.
	filling, written filter
	looked           uint64 // by look, so that it is not for nothing
}

// newBulk returns nil where the store has no way for loads.
func newBulk(store storage.Store) (*bulk, error) {
	to, err := beginLoad(store)
	if to == nil {
		return nil, err
	}
	return &bulk{store: store, to: to, filling: newFilter(partFilterBits), written: newFilter(loadFilterBits)}, nil
}

// beginLoad begins a load, and returns nil where the store has no way for them.
func beginLoad(store storage.Store) (storage.Bulk, error) {
	loader, ok := store.(storage.BulkLoader)
	if !ok {
		return nil, nil
	}
	to, err := loader.NewBulk()
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, nil
	}
	return to, err
}

// foreseen is how many keys are looked at together: what the filters have of them fits
// into the processor's own cache.
const foreseen = 256

// Foresee says that keys will be written, or looked for, soon, in any order. The filters
// of a replacement are larger than what processors hold, and each key is anywhere in
// them: where they are looked at for one key after the other, most of the time goes by
// waiting for memory, which takes hardly longer for many at once.
func (r *Run) Foresee(keys iter.Seq2[int, []byte]) {
	if r.bulk == nil {
		return
	}
	var hashes [foreseen]uint64
	n := 0
	for db, key := range keys {
		id, err := r.dbid(db)
		if err != nil {
			continue // whoever writes the key is told
		}
		r.keyBuf = appendMetaKey(r.keyBuf[:0], id, key)
		hashes[n] = xxhash.Sum64(r.keyBuf)
		if n++; n == len(hashes) {
			r.bulk.look(&hashes)
			n = 0
		}
	}
	clear(hashes[n:])
	r.bulk.look(&hashes)
}

func (b *bulk) look(hashes *[foreseen]uint64) {
	var sum uint64
	for _, hash := range hashes {
		sum += b.written.block(hash)[0] + b.filling.block(other(hash))[0]
	}
	b.looked += sum
}

// set writes a key.
func (b *bulk) set(key, value []byte) error {
	hash := xxhash.Sum64(key)
	b.filling.add(other(hash))
	b.written.add(hash)
	return b.to.Set(key, value)
}

// take writes what an overlay has.
func (b *bulk) take(w *storage.Overlay) (err error) {
	w.AscendRanges(func(lower, upper string) bool {
		err = b.to.DeleteRange([]byte(lower), []byte(upper))
		return err == nil
	})
	if err != nil {
		return err
	}
	w.Each(func(key string, value []byte, deleted bool) bool {
		if deleted {
			err = b.to.Delete([]byte(key))
		} else {
			err = b.set([]byte(key), value)
		}
		return err == nil
	})
	return err
}

// apply puts what was filled into the store.
func (b *bulk) apply() error {
	if b.to.Size() == 0 {
		return nil
	}
	clear(b.filling)
	return b.to.Apply()
}

// Get looks for a key that the run has written.
func (b *bulk) Get(key []byte) ([]byte, error) {
	hash := xxhash.Sum64(key)
	if !b.written.mayHave(hash) {
		return nil, storage.ErrNotFound
	}
	if b.filling.mayHave(other(hash)) {
		if err := b.apply(); err != nil {
			return nil, err
		}
	}
	return b.store.Get(key)
}

// NewIter walks over what the run has written.
func (b *bulk) NewIter(o storage.IterOptions) (storage.Iterator, error) {
	if err := b.apply(); err != nil {
		return nil, err
	}
	return b.store.NewIter(o)
}

// filter is a Bloom filter of hashes, in blocks of a cache line with four bits for
// each.
type filter [][8]uint64

const (
	// A filter of all keys is to hold ten million: 16 MiB, and one key in 50 is
	// thought to be there though it is not, which costs looking for it.
	loadFilterBits = 18
	// One of the keys that are being filled holds up to two million, and a mistake
	// where the other one errs, too, ends a part early: 8 MiB.
	partFilterBits = 17
)

func newFilter(bits int) filter {
	const block = int(unsafe.Sizeof(filter{}[0]))
	memory := process.LargeBuffer(block << bits)
	return unsafe.Slice((*[8]uint64)(unsafe.Pointer(unsafe.SliceData(memory))), 1<<bits) //nolint:gosec // as large, and aligned
}

// other is another hash of the same key: filters of one hash err about the same keys.
func other(hash uint64) uint64 { return bits.RotateLeft64(hash, 32) }

func (f filter) block(hash uint64) *[8]uint64 { return &f[hash>>40&uint64(len(f)-1)] }

// places are the block of a hash and the bits in it.
func (f filter) places(hash uint64) (block *[8]uint64, at [4]uint64) {
	block = f.block(hash)
	for i := range at {
		at[i], hash = hash&511, hash>>9
	}
	return block, at
}

func (f filter) add(hash uint64) {
	block, at := f.places(hash)
	for _, bit := range at {
		block[bit>>6] |= 1 << (bit & 63)
	}
}

func (f filter) mayHave(hash uint64) bool {
	block, at := f.places(hash)
	for _, bit := range at {
		if block[bit>>6]&(1<<(bit&63)) == 0 {
			return false
		}
	}
	return true
}
