package dataset

import (
	"bytes"
	"slices"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// Filter chooses keys. The zero value chooses all.
type Filter struct {
	Databases []int           // all when empty
	Prefix    []byte          // keys begin with it
	Types     []keyspace.Type // all when empty
	// Match decides on keys, too, when it is not nil; its argument is valid
	// during the call only.
	Match func(key []byte) bool
}

func (f *Filter) database(db int) bool {
	return len(f.Databases) == 0 || slices.Contains(f.Databases, db)
}

func (f *Filter) kind(t keyspace.Type) bool { return len(f.Types) == 0 || slices.Contains(f.Types, t) }

func (f *Filter) name(key []byte) bool {
	return bytes.HasPrefix(key, f.Prefix) && (f.Match == nil || f.Match(key))
}

// Chooses decides on a key of a database that is chosen.
func (f *Filter) Chooses(k *keyspace.Key) bool { return f.kind(k.Type) && f.name(k.Name()) }
