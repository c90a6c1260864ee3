package pebblestore

import (
	"log/slog"
	"math"
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/orbit-server/orbit/internal/storage"
)

// Options say how to open a store. Only Dir is required.
type Options struct {
	Dir        string
	Durability storage.Durability
	// CacheBytes is the size of the block cache; 0 means 64 MiB. While few
	// memtables are in use it may take their part too, up to two of them.
	CacheBytes int64
	// ReadCacheBytes is the size of the point-read cache; 0 means 64 MiB, less
	// than 0 none.
	ReadCacheBytes int64
	// MemTableSize is the size of one memtable; 0 means 32 MiB. Up to four wait
	// for their flush before writes stall.
	MemTableSize uint64
	// NoLog is for a caller that keeps a log itself: what the store takes is safe
	// once Flush or Close has returned nil, and Durability must be No. Memtables
	// are small, for writes come in batches that are tables already.
	NoLog bool
	// NoCompactions has the tree stay as it is but for Compact, for who opens a store
	// to read it once: what compactions read and write would be in the way.
	NoCompactions bool
	// CompactAfter is how long after opening compactions begin, unless there is much to
	// compact, then or later: for who may be gone by then, as closing waits for those that
	// run.
	CompactAfter time.Duration
	// ReadOnly opens for reading; of the directory's files only the lock is
	// touched. The directory must hold a store.
	ReadOnly bool
	// Logger gets the store's messages; nil drops them.
	Logger *slog.Logger
	// Fatal is called with the reason when the store cannot go on (see
	// failure.go), just before the process ends with status 1. It may end the
	// process itself.
	Fatal func(error)
	// FS replaces the file system in tests.
	FS vfs.FS
	// Boot names the time that the machine has run without a stop, "" if that is not
	// known. The default is what the system says, or "" with another FS. See boot.go.
	Boot string
}

const (
	defaultCacheBytes     = 64 << 20
	defaultReadCacheBytes = 64 << 20
	// A write walks the memtable's skip list, which outgrows the processor's
	// caches: at 64 MiB a set costs a third more than at 32. A smaller one
	// flushes and compacts more.
	defaultMemTableSize = 32 << 20

	noLogMemTableSize = 4 << 20

	// separatedValue is the size from which on a value lives in a file of its
	// own kind, so that compactions move its key only.
	separatedValue = 4 << 10
	// garbageRatio is the share of dead bytes that gets such a file rewritten.
	garbageRatio = 0.3
)

func (o *Options) setDefaults() {
	if o.CacheBytes == 0 {
		o.CacheBytes = defaultCacheBytes
	}
	if o.ReadCacheBytes == 0 {
		o.ReadCacheBytes = defaultReadCacheBytes
	}
	if o.MemTableSize == 0 && o.NoLog {
		o.MemTableSize = noLogMemTableSize
	}
	if o.MemTableSize == 0 {
		o.MemTableSize = defaultMemTableSize
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Boot == "" && o.FS == vfs.Default {
		o.Boot = machineBoot()
	}
}

// pebbleOptions are the options of the database under the store.
func pebbleOptions(o *Options, fs vfs.FS, log logger, happenings *pebble.EventListener, compacts pebble.CompactionScheduler) *pebble.Options {
	po := &pebble.Options{
		FS:                 fs,
		Logger:             log,
		EventListener:      happenings,
		ReadOnly:           o.ReadOnly,
		ErrorIfNotExists:   o.ReadOnly,
		FormatMajorVersion: pebble.FormatNewest,
		// Pebble takes the memory of memtables out of the block cache's, which
		// would leave none of it: one is being filled and one flushed or kept.
		CacheSize:                   o.CacheBytes + 2*int64(o.MemTableSize),
		MemTableSize:                o.MemTableSize,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       2,
		// Above this Pebble stops writes; its own default of 12 stalls a bulk
		// load that two cores would digest soon after.
		L0StopWritesThreshold: 64,
		LBaseMaxBytes:         64 << 20,
		CompactionConcurrencyRange: func() (int, int) {
			return 1, max(1, min(4, runtime.GOMAXPROCS(0)-1))
		},
		// A range delete is a whole table or a large key's old version: let its
		// space come back soon.
		FlushDelayDeleteRange: 10 * time.Second,
	}
	if o.NoCompactions {
		po.DisableAutomaticCompactions = true
		po.L0StopWritesThreshold = math.MaxInt // nothing would let them go on
	}
	if o.NoLog {
		po.DisableWAL = true
		// The caller bounds what it hands over and has not seen flushed.
		po.MemTableStopWritesThreshold = 1 << 20
	}
	po.Experimental.CompactionScheduler = compacts
	po.Experimental.ValueSeparationPolicy = func() pebble.ValueSeparationPolicy {
		return pebble.ValueSeparationPolicy{
			Enabled:               true,
			MinimumSize:           separatedValue,
			MaxBlobReferenceDepth: 10,
			RewriteMinimumAge:     5 * time.Minute,
			TargetGarbageRatio:    garbageRatio,
		}
	}
	// Fast codecs in the upper levels, zstd at the bottom, where most data rests.
	po.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionBalanced })
	po.TargetFileSizes[0] = 4 << 20
	for i := range po.Levels {
		l := &po.Levels[i]
		l.BlockSize = 8 << 10
		l.IndexBlockSize = 128 << 10
		l.FilterPolicy = bloom.FilterPolicy(10)
	}
	return po
}
