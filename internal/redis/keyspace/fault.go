package keyspace

import (
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// Fault is a part of a store that does not agree with the rest.
type Fault struct {
	Code string // one of the Fault… names, which are a contract
	DB   int    // -1: it is in no database
	Key  []byte // nil: it is about no single key
	// Expected is what should be there, by what the rest of the store says; Found is
	// what is.
	Expected, Found string
	// Mend writes what puts it right and loses nothing; nil if there is no such way.
	// Mending one fault may uncover another: Verify again.
	Mend func(w storage.Writer) error
}

// The names of faults.
const (
	FaultRecord      = "record"             // something that no orbit of this version writes, or that does not decode
	FaultVersions    = "versions"           // the record of versions given out is behind one in use
	FaultDatabase    = "database_unknown"   // keys of a database that there is not
	FaultTally       = "tally"              // a database's counts (DBSIZE, INFO keyspace, bytes)
	FaultExpiryLacks = "expiry_missing"     // a key or hash is not in the index of what expires
	FaultExpiryStale = "expiry_stale"       // an entry there of no key, or at another time
	FaultShared      = "version_shared"     // two keys own the same subkeys
	FaultOrphans     = "orphan_subkeys"     // subkeys that no key and no garbage record owns
	FaultCount       = "element_count"      // a collection's metadata has another number of elements
	FaultLost        = "elements_lost"      // a collection lacks elements that nothing else tells
	FaultBytes       = "element_bytes"      // a collection's metadata has another size
	FaultMember      = "member_misplaced"   // a member does not lie under the hash of its name
	FaultScore       = "zset_order"         // members by name and in order differ
	FaultRanks       = "zset_ranks"         // the rank counts of a sorted set
	FaultChunk       = "string_chunk"       // a chunk is longer than chunks of its string are, or beyond its end
	FaultList        = "list_positions"     // elements of a list do not follow one another
	FaultFieldTTL    = "field_ttl"          // TTLs of a hash's fields by name and by time, and the fields
	FaultStream      = "stream_info"        // what a stream's metadata has of its entries
	FaultNodes       = "stream_nodes"       // the counts of a stream's nodes
	FaultGroups      = "stream_groups"      // the numbers of groups, consumers and pending entries
	FaultPending     = "stream_pending"     // pending entries by id and by consumer differ
	FaultForeign     = "subkey_of_no_type"  // a subkey that a value of the key's type has not
	FaultMetadata    = "metadata_undecoded" // a key's metadata does not decode
)

// fingerprint is that of a set of records: the same for the same records in any order.
type fingerprint struct {
	n   int64
	sum uint64
}

func (f *fingerprint) add(record []byte) {
	f.n++
	f.sum += xxhash.Sum64(record)
}

// addTimes adds a record so many times.
func (f *fingerprint) addTimes(record []byte, n int64) {
	f.n += n
	f.sum += uint64(n) * xxhash.Sum64(record)
}

func countText(n int64, unit string) string { return fmt.Sprintf("%d %s", n, unit) }
