package table

import (
	"github.com/cespare/xxhash/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// Fault is a part of a store that does not agree with the rest.
type Fault struct {
	Code string // one of the Fault… names, which are a contract
	// Where it is, as far as that is in a database, a relation and an index of it.
	Database, Schema, Relation, Index string
	// Row names the row or entry; "" if it is about none.
	Row string
	// Expected is what should be there, by what the rest of the store says; Found is
	// what is.
	Expected, Found string
	// Mend writes what puts it right and loses nothing; nil if there is no such way.
	Mend func(w storage.Writer) error
}

// The names of faults.
const (
	FaultCatalog        = "catalog"           // an object of the catalog refers to what there is not
	FaultCounter        = "counter"           // a counter is behind a number in use
	FaultStray          = "sql_record"        // something that no orbit of this version writes
	FaultStorage        = "orphan_storage"    // rows or entries of a storage id that the catalog does not name
	FaultSequence       = "sequence"          // a sequence's state does not decode, is out of its bounds, or of no sequence
	FaultRow            = "row_undecoded"     // a row does not decode
	FaultRowKey         = "row_misplaced"     // a row lies under another key than its columns have
	FaultIndexLacks     = "index_missing"     // an index lacks a row's entry
	FaultIndexExtra     = "index_extra"       // an index has an entry of no row, or that a row has not
	FaultIndexTarget    = "index_target"      // an entry leads to another row than the one that has its key
	FaultDuplicate      = "index_duplicate"   // two rows have the same key in a unique index
	FaultForeignKey     = "foreign_key"       // a row refers to one that is not there
	FaultIndexUncounted = "index_unevaluated" // an index's expressions fail for a row, or cannot be compiled
)

// fingerprint is that of a set of entries: the same for the same entries in any order.
type fingerprint struct {
	n   int64
	sum uint64
}

func (f *fingerprint) add(key, value []byte) {
	var d xxhash.Digest
	d.Reset()
	// A digest takes whatever it is given.
	_, _ = d.Write(key)
	_, _ = d.Write([]byte{byte(len(key)), byte(len(key) >> 8)})
	_, _ = d.Write(value)
	f.n++
	f.sum += d.Sum64()
}
