package table

import (
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func TestKeptStatement(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 1)) })
	tx := f.begin(ReadCommitted)
	f.insert(tx, h, account(2, "b", 2))
	f.must(tx.StartStatement())
	cursor := tx.Statement()
	f.in(func(tx *Tx) { f.insert(tx, h, account(3, "c", 3)) })
	f.must(f.set(tx, h, 1, 10))
	f.want(f.see(tx, h), "1 a 11; 2 b 2; 3 c 3")
	leave := tx.Enter(cursor)
	rows, _ := f.scan(tx, h, ScanOptions{})
	f.want(text(h, rows), "1 a 1; 2 b 2")
	leave()
	rows, _ = f.scan(tx, h, ScanOptions{})
	f.want(text(h, rows), "1 a 11; 2 b 2; 3 c 3")
	f.must(tx.Commit(ctx))
	cursor.Close()
	if f.moves.oldest != nil {
		t.Fatal("a snapshot is left open")
	}
}

// TestIndexNewerThanSnapshot reads by an index that was made after the snapshot.
func TestIndexNewerThanSnapshot(t *testing.T) {
	f := inMemory(t)
	spec := tableSpec{name: "t", columns: []column{{"a", types.Int4OID}, {"b", types.Int4OID}}, pk: []int{0}}
	h := f.create(spec)
	row := func(a, b int64) []types.Datum { return []types.Datum{types.Int(a), types.Int(b)} }
	f.in(func(tx *Tx) { f.insert(tx, h, row(1, 30), row(2, 20), row(3, 10)) })
	old := f.begin(RepeatableRead)
	f.insert(old, h, row(4, 15))
	f.in(func(tx *Tx) {
		r, found, err := tx.GetForUpdate(ctx, h, row(1, 0)[:1], ForUpdate, WaitBlock)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		_, err = tx.Update(ctx, h, r.TID, r.Row, row(1, 5))
		f.must(err)
	})
	indexed := *h.Rel
	f.in(func(tx *Tx) {
		id, err := tx.NewStorageID(false)
		f.must(err)
		indexed.Indexes = append(indexed.Indexes[:1:1], &catalog.Index{
			OID: 60000, Name: "t_b", Storage: id, Unique: true, Valid: true,
			Keys: []catalog.IndexKey{{Column: 2, Type: types.Int4OID}},
		})
		f.must(tx.ReplaceRelation(ctx, &indexed))
		f.must(tx.BuildIndex(ctx, NewHandle(&indexed, nil), indexed.Indexes[1]))
	})
	h = NewHandle(&indexed, nil)
	byB := ScanOptions{Index: indexed.Indexes[1]}
	f.must(old.StartStatement())
	rows, _ := f.scan(old, h, byB)
	f.want(text(h, rows), "3 10; 4 15; 2 20; 1 30")
	got, _, found, err := old.Get(h, byB.Index, row(30, 0)[:1], GetOptions{All: true}, nil)
	if err != nil || !found || got[0].Int() != 1 {
		t.Fatal(got, found, err)
	}
	tx := f.begin(ReadCommitted)
	rows, _ = f.scan(tx, h, byB)
	f.want(text(h, rows), "1 5; 3 10; 2 20")
}
