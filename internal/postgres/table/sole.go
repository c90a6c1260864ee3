package table

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// keyTop is the greatest key of a unique index. Whoever adds keys in their order
// asks it instead of the store.
type keyTop struct {
	storage uint64
	top     []byte
}

// soleWriter tells whether nobody else can add rows to a relation until the
// transaction ends: it holds the table against writers.
func (tx *Tx) soleWriter(relation types.OID) bool {
	for i := range tx.relations {
		if h := &tx.relations[i]; h.oid == relation && h.db == tx.db && h.mode >= ShareRowExclusive {
			return true
		}
	}
	return false
}

// soleTop is the greatest key there is in an index of a relation that the
// transaction writes to alone.
func (tx *Tx) soleTop(il *indexLayout) (*[]byte, error) {
	for i := range tx.tops {
		if tx.tops[i].storage == il.storage {
			return &tx.tops[i].top, nil
		}
	}
	it, err := tx.newestReader().NewIter(storage.IterOptions{Lower: il.prefix, Upper: il.end, KeysOnly: true})
	if err != nil {
		return nil, err
	}
	t := keyTop{storage: il.storage}
	if it.Last() {
		t.top = append(t.top, it.Key()...)
	}
	if err := it.Error(); err != nil {
		_ = it.Close()
		return nil, err
	}
	if err := it.Close(); err != nil {
		return nil, err
	}
	tx.tops = append(tx.tops, t)
	return &tx.tops[len(tx.tops)-1].top, nil
}
