package frontstore

import (
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
)

// Options say how to open a store. Only Dir is required.
type Options struct {
	Dir        string
	Durability storage.Durability
	// TableBytes is the size at which the table of recent writes is handed to
	// Pebble; 0 means 64 MiB. While that goes on a second one fills; writers are
	// slowed when it is full too, and wait when it has three times this size.
	TableBytes int64
	// JournalBytes is the length of the journal from which on the table is handed
	// over even if it is small; 0 means 256 MiB. It bounds the time to recover.
	JournalBytes int64
	// GroupBytes is the number of bytes at the beginning of a key by which the caller
	// keeps apart what it walks over, often with one byte more; 0 means that it walks over
	// all keys with one first byte.
	GroupBytes int
	// CacheBytes and ReadCacheBytes are pebblestore's.
	CacheBytes, ReadCacheBytes int64
	// NoCompactions and CompactAfter are pebblestore's.
	NoCompactions bool
	CompactAfter  time.Duration
	// ReadOnly opens for reading and changes no file.
	ReadOnly bool
	// Logger gets the store's messages; nil drops them.
	Logger *slog.Logger
	// Fatal is pebblestore's.
	Fatal func(error)
	// FS replaces the file system in tests.
	FS vfs.FS
	// Boot is pebblestore's.
	Boot string
}

const (
	defaultTableBytes   = 64 << 20
	defaultJournalBytes = 256 << 20
)

func (o *Options) setDefaults() {
	if o.TableBytes == 0 {
		o.TableBytes = defaultTableBytes
	}
	if o.JournalBytes == 0 {
		o.JournalBytes = defaultJournalBytes
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
}
