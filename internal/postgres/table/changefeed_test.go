package table

import (
	"strconv"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func TestFollowersHearOfCommits(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	other := f.create(tableSpec{name: "other", columns: []column{{"id", types.Int4OID}}, pk: []int{0}})
	w, err := f.FollowTable("postgres", h.Rel.OID)
	f.must(err)
	defer w.Leave()
	told := func() bool {
		select {
		case <-w.Changed():
			return true
		default:
			return false
		}
	}
	tx := f.begin(ReadCommitted)
	f.insert(tx, h, account(1, "a", 10), account(2, "b", 10))
	if told() {
		t.Error("what is not committed was told")
	}
	f.must(tx.Commit(ctx))
	if !told() {
		t.Error("an insert was not told")
	}
	f.in(func(tx *Tx) { f.must(f.set(tx, h, 1, 5)) })
	if !told() {
		t.Error("an update was not told")
	}
	f.in(func(tx *Tx) { f.insert(tx, other, []types.Datum{types.Int(1)}) })
	if told() {
		t.Error("another table's rows were told")
	}
	tx = f.begin(ReadCommitted)
	f.must(f.set(tx, h, 1, 5))
	tx.Rollback()
	if told() {
		t.Error("what was rolled back was told")
	}
	f.in(func(tx *Tx) { // more than an overlay keeps in its slice
		for i := 100; i > 10; i-- {
			f.insert(tx, h, account(i, "owner "+strconv.Itoa(i), 1))
		}
	})
	if !told() {
		t.Error("many rows were not told")
	}
	f.create(tableSpec{name: "third", columns: []column{{"id", types.Int4OID}}, pk: []int{0}})
	if !told() {
		t.Error("a change of the catalog was not told")
	}
	all, err := f.FollowTable("postgres", 0)
	f.must(err)
	defer all.Leave()
	f.in(func(tx *Tx) { f.insert(tx, other, []types.Datum{types.Int(2)}) })
	if len(all.Changed()) == 0 {
		t.Error("who follows all tables was not told")
	}
	_, err = f.FollowTable("postgres", catalog.PublicOID)
	f.wantCode(err, "42P01")
	_, err = f.FollowTable("nowhere", h.Rel.OID)
	f.wantCode(err, "3D000")
}
