package storage

import (
	"errors"
	"io"
)

// Errors that every implementation returns, wrapped with what it knows.
var (
	// ErrNotFound says that a key has no value. Returned bare, never wrapped:
	// readers compare with == on the hot path.
	ErrNotFound = errors.New("storage: not found")
	// ErrClosed says that the store, snapshot or iterator was closed.
	ErrClosed = errors.New("storage: closed")
	// ErrLocked says that another process holds the directory.
	ErrLocked = errors.New("storage: directory is in use by another process")
	// ErrNewerFormat says that the directory was written by a newer orbit.
	ErrNewerFormat = errors.New("storage: directory has a newer format")
	// ErrForeign says that the directory holds something that is not orbit's.
	ErrForeign = errors.New("storage: not an orbit data directory")
	// ErrFull says that a write would take a store in memory over its limit.
	ErrFull = errors.New("storage: out of memory")
	// ErrCorrupt says that stored bytes fail their checksum or do not decode.
	ErrCorrupt = errors.New("storage: data is damaged")
)

// Durability says what has happened to a batch when Pending.Wait returns.
type Durability uint8

const (
	// EverySec: the write has reached the operating system, so killing the
	// process loses nothing; it is fsynced within a second.
	EverySec Durability = iota
	// Always: the write is on disk (fsync). Writers share fsyncs.
	Always
	// No: the operating system and the log's own buffering decide; a killed
	// process may lose the newest writes.
	No
)

// Reader reads one consistent view. A Store reads the newest state at each
// call; a Snapshot reads the state at its making.
type Reader interface {
	// Get returns the value of key, or ErrNotFound. The slice may be shared
	// with a cache: the caller must not modify it, and may keep it.
	Get(key []byte) ([]byte, error)
	// NewIter returns an iterator over [lower, upper); nil bounds are open.
	// It sees the state at its making. The caller closes it.
	NewIter(o IterOptions) (Iterator, error)
}

// IterOptions bound an iterator. The iterator keeps the slices until Close.
type IterOptions struct {
	Lower, Upper []byte
	// KeysOnly lets the implementation skip fetching separated values; Value
	// must not be called.
	KeysOnly bool
}

// Iterator walks keys in byte order. It starts unpositioned: call First, Last,
// SeekGE or SeekLT. Each positioning call reports whether it stands on a key.
// Key and Value are valid until the next positioning call; copy to keep.
type Iterator interface {
	First() bool
	Last() bool
	SeekGE(key []byte) bool
	SeekLT(key []byte) bool
	Next() bool
	Prev() bool
	Valid() bool
	Key() []byte
	Value() ([]byte, error)
	// Error is the reason a positioning call gave false, nil at the range's end.
	Error() error
	Close() error
}

// Writer collects writes. It copies what it is given.
type Writer interface {
	Set(key, value []byte) error
	Delete(key []byte) error
	// DeleteRange removes [lower, upper), both non-nil.
	DeleteRange(lower, upper []byte) error
}

// Batch is a set of writes applied atomically, in order. Not safe for
// concurrent use. A batch is applied at most once.
type Batch interface {
	Writer
	// WriteTo makes the batch's writes to w, in order. It may be called until the
	// batch is reset or closed, after Apply too.
	WriteTo(w Writer) error
	// Len is the number of writes, Size the approximate bytes they take.
	Len() int
	Size() int
	// Reset empties the batch for reuse (also after Apply and Wait).
	Reset()
	// Close releases the batch; it must not be used afterwards.
	Close() error
}

// Pending is a batch that is applied and visible but perhaps not yet durable.
// Wait blocks until the store's durability level is met for it, and for every
// batch applied before it. Wait is called exactly once, from any goroutine; the
// batch may be reset or closed only afterwards.
type Pending interface {
	Wait() error
}

// DurabilitySetter is a Store whose durability may change while it is open. Waits
// that begin after SetDurability returned fulfil the new level.
type DurabilitySetter interface {
	SetDurability(d Durability)
}

// MultiReader is a Store that reads many keys for less than as many Gets.
type MultiReader interface {
	// GetMany calls f with the value of each of the keys, which are in ascending
	// order, or with nil if it has none, until f fails. The calls come in any order.
	// A value is the newest of some moment during GetMany, and valid during the call.
	// A store that is closed says so before it calls f.
	GetMany(keys [][]byte, f func(i int, value []byte) error) error
}

// StepDeleter is a Store that may say that a range delete in it takes as long as what it
// covers, while others wait: much is better deleted in steps, if it need not go at once.
type StepDeleter interface {
	DeletesInSteps() bool
}

// GetMany is MultiReader's, by Gets where r has no other way.
func GetMany(r Reader, keys [][]byte, f func(i int, value []byte) error) error {
	if m, ok := r.(MultiReader); ok {
		return m.GetMany(keys, f)
	}
	for i, key := range keys {
		value, err := r.Get(key)
		if err == ErrNotFound {
			value, err = nil, nil
		}
		if err == nil {
			err = f(i, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// BulkLoader is a Store that takes many writes faster when none of them must be safe
// before the last one is. NewBulk fails with errors.ErrUnsupported where that is not
// so at present.
type BulkLoader interface {
	NewBulk() (Bulk, error)
}

// Bulk is a load of keys that nobody else reads or writes until it is closed, and
// that no batch has written before: other batches, before and after, give them their
// meaning. What a crash leaves of it is any part, but never without the batches that
// were applied to the store before. Used by one goroutine.
type Bulk interface {
	// Writer's writes are kept in memory until Apply, and follow one another.
	Writer
	// Size is about the bytes that are kept.
	Size() int
	// Apply puts what was written in its place: when it returns, that is visible and on
	// disk.
	Apply() error
	// Close ends the load. What was not applied is dropped.
	Close() error
}

// Progress is a Store that tells how much of what was applied is on disk, as places
// in its journal: applied is the end, and all before synced is safe. ok is false if
// the store keeps no journal.
type Progress interface {
	Progress() (applied, synced uint64, ok bool)
}

// Reserver is a Batch that can make room for writes before they come.
type Reserver interface {
	// Reserve makes room for about so many bytes of keys and values. It is called
	// before the first write.
	Reserve(bytes int)
}

// Keeper is a Batch that can take a value over instead of copying it.
type Keeper interface {
	// Keep is Set for a value that nobody changes any more.
	Keep(key, value []byte) error
}

// Snapshot is a consistent, cheap view. It must be closed.
type Snapshot interface {
	Reader
	io.Closer
}

// Store is an ordered key-value store. All methods are safe for concurrent use.
type Store interface {
	Reader
	NewBatch() Batch
	// Apply makes the batch visible, atomically, and returns at once; the
	// returned Pending tells when it is as durable as the store promises.
	// Readers never see part of a batch. An empty batch is a valid barrier.
	Apply(b Batch) (Pending, error)
	NewSnapshot() Snapshot
	// Durability is the level that Pending.Wait fulfils.
	Durability() Durability
	// Flush makes everything applied so far durable on disk (fsync), at any level.
	Flush() error
	// Checkpoint writes a consistent, openable copy into dir, which must not exist.
	Checkpoint(dir string) error
	// Compact reclaims space in [lower, upper); nil bounds are open.
	Compact(lower, upper []byte) error
	// EstimateSize is the approximate bytes that [lower, upper) takes.
	EstimateSize(lower, upper []byte) (uint64, error)
	Stats() Stats
	Close() error
}

// Stats is what a store reports of itself, for metrics, INFO and inspect.
type Stats struct {
	Kind            string // "pebble" or "memory"
	Keys            int64  // exact for memory, an estimate for pebble, -1 if unknown
	DiskBytes       uint64 // live and obsolete files, log included
	MemtableBytes   uint64
	BlockCacheBytes int64
	CacheBytes      int64 // point-read cache, bytes held
	CacheHits       uint64
	CacheMisses     uint64
	WALBytes        uint64
	WALSyncs        uint64
	Flushes         int64
	Compactions     int64
	CompactionDebt  uint64 // bytes
	Compacted       uint64 // bytes that compactions wrote since the store was opened
	ReadAmp         int
	WriteStalls     uint64 // times that writes waited for flushes or compactions
	Levels          []LevelStats
}

// LevelStats describes one level of the storage tree.
type LevelStats struct {
	Level  int
	Tables int64
	Bytes  int64
}

// ParseDurability reads the name used in flags and files.
func ParseDurability(s string) (Durability, error) {
	switch s {
	case "always":
		return Always, nil
	case "everysec":
		return EverySec, nil
	case "no":
		return No, nil
	}
	return 0, errors.New("unknown durability " + quote(s) + ": use always, everysec or no")
}

func (d Durability) String() string {
	switch d {
	case Always:
		return "always"
	case No:
		return "no"
	default:
		return "everysec"
	}
}

func quote(s string) string { return `"` + s + `"` }

// PrefixEnd returns the smallest key greater than every key with this prefix,
// or nil when there is none (the prefix is empty or all 0xff).
func PrefixEnd(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}
