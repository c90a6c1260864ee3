package keyspace

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/storage"
)

// Blobs are named values that belong to the server rather than to a database:
// FLUSHALL leaves them. They are few; the names choose their own prefixes.

// LibraryBlobs is what the names of the libraries of functions begin with; their
// code is the value.
const LibraryBlobs = "library/"

var systemBlobs = []byte{tagSystem, 'b'}

func blobKey(name string) []byte { return append(bytes.Clone(systemBlobs), name...) }

// SetBlob stores a blob with the run's other writes.
func (r *Run) SetBlob(name string, value []byte) error { return r.w.Set(blobKey(name), value) }

// DeleteBlob removes a blob with the run's other writes.
func (r *Run) DeleteBlob(name string) error { return r.w.Delete(blobKey(name)) }

// EachBlob calls fn for all blobs whose names begin with prefix, in order. The
// value is valid during the call only.
func (r *Run) EachBlob(prefix string, fn func(name string, value []byte) error) error {
	lower := blobKey(prefix)
	return r.scanRange(lower, storage.PrefixEnd(lower), false, func(key, value []byte) (bool, error) {
		return true, fn(string(key[len(systemBlobs):]), value)
	})
}
