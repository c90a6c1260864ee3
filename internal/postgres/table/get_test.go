package table

import (
	"sync"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// TestGetByUniqueKeyIsOneState reads by a unique key, entry and row, while the
// row that has the key changes places all the time.
func TestGetByUniqueKeyIsOneState(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(0, "x", 1)) })
	var all sync.WaitGroup
	stop := make(chan struct{})
	all.Go(func() {
		for at := 0; ; at = 1 - at {
			select {
			case <-stop:
				return
			default:
			}
			tx := f.begin(ReadCommitted)
			r, _, err := tx.GetForUpdate(ctx, h, []types.Datum{types.Int(int64(at))}, ForUpdate, WaitBlock)
			f.must(err)
			if _, err := tx.Update(ctx, h, r.TID, r.Row, account(1-at, "x", at)); err != nil {
				t.Error(err)
			}
			f.must(tx.Commit(ctx))
		}
	})
	for i := range 2000 {
		tx := f.begin(ReadCommitted)
		o := GetOptions{All: true, Direct: i%2 == 0, Latest: i%2 == 1}
		row, _, found, err := tx.Get(h, h.Rel.Indexes[1], []types.Datum{types.Text("x")}, o, nil)
		if err != nil || !found || row[0].Int() == row[2].Int() {
			t.Fatal(row, found, err)
		}
		tx.Rollback()
	}
	close(stop)
	all.Wait()
}

func TestGetOfMissingAndOwnRows(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	tx := f.begin(ReadCommitted)
	one := []types.Datum{types.Int(1)}
	get := func(o GetOptions) bool {
		_, _, found, err := tx.Get(h, nil, one, o, nil)
		f.must(err)
		return found
	}
	f.insert(tx, h, account(1, "a", 1))
	if get(GetOptions{}) || !get(GetOptions{Latest: true}) {
		t.Fatal("a statement does not see its own row, unless it asks for it")
	}
	f.must(tx.StartStatement())
	if !get(GetOptions{}) || !get(GetOptions{Direct: true}) {
		t.Fatal("the next statement does")
	}
}
