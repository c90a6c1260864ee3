package table

import (
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

func TestRowsAndIndexes(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) {
		f.insert(tx, h, account(3, "c", 30), account(1, "a", 10), account(2, "", 20), account(4, "", 5))
	})
	f.want(f.now(h), "1 a 10; 2 - 20; 3 c 30; 4 - 5")

	tx := f.begin(ReadCommitted)
	byOwner, byBalance := h.Rel.Indexes[1], h.Rel.Indexes[2]
	in := func(o ScanOptions) string { rows, _ := f.scan(tx, h, o); return text(h, rows) }
	f.want(in(ScanOptions{Index: byBalance}), "4 - 5; 1 a 10; 2 - 20; 3 c 30")
	f.want(in(ScanOptions{Index: byBalance, Reverse: true}), "3 c 30; 2 - 20; 1 a 10; 4 - 5")
	f.want(in(ScanOptions{Index: byOwner}), "1 a 10; 3 c 30; 2 - 20; 4 - 5")
	span := Span{Lower: Bound{[]types.Datum{types.Int(10)}, false}, Upper: Bound{[]types.Datum{types.Int(30)}, true}}
	f.want(in(ScanOptions{Index: byBalance, Spans: []Span{span}}), "2 - 20; 3 c 30")
	points := []Span{PointSpan([]types.Datum{types.Int(1)}), PointSpan([]types.Datum{types.Int(9)}), PointSpan([]types.Datum{types.Int(3)})}
	f.want(in(ScanOptions{Spans: points}), "1 a 10; 3 c 30")
	f.want(in(ScanOptions{Spans: points, Reverse: true}), "3 c 30; 1 a 10")
	ranges := []Span{
		{Upper: Bound{[]types.Datum{types.Int(1)}, true}},
		{Lower: Bound{[]types.Datum{types.Int(2)}, false}, Upper: Bound{[]types.Datum{types.Int(4)}, false}},
	}
	f.want(in(ScanOptions{Spans: ranges}), "1 a 10; 3 c 30")
	f.want(in(ScanOptions{Spans: ranges, Reverse: true}), "3 c 30; 1 a 10")

	row, _, found, err := tx.Get(h, byOwner, []types.Datum{types.Text("c")}, GetOptions{Columns: []int{2, 0}}, nil)
	f.must(err)
	if !found || row[0].Int() != 30 || row[1].Int() != 3 {
		t.Fatalf("by owner: %v %v", row, found)
	}
	if _, _, found, _ := tx.Get(h, byOwner, []types.Datum{types.Null}, GetOptions{All: true}, nil); found {
		t.Fatal("NULL equals NULL")
	}
	if !h.CoveredBy(byBalance, []int{2, 0}) || h.CoveredBy(byBalance, []int{1}) {
		t.Fatal("an entry covers its key and the row's, and no more")
	}
	_, err = tx.Insert(ctx, h, account(3, "x", 0))
	f.wantCode(err, "23505")
	_, err = tx.Insert(ctx, h, account(9, "a", 0))
	f.wantCode(err, "23505")
	if e := asPgerr(err); e.Detail != "Key (owner)=(a) already exists." || e.Constraint != "accounts_key0" || e.Schema != "public" {
		t.Fatalf("%+v", e)
	}
}

func TestOwnWritesAndStatements(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "", 10)) })
	tx := f.begin(ReadCommitted)
	f.insert(tx, h, account(2, "", 20))
	// A statement does not see its own writes, however late it looks.
	rows, _ := f.scan(tx, h, ScanOptions{})
	f.want(text(h, rows), "1 - 10")
	rows, _ = f.scan(tx, h, ScanOptions{Latest: true})
	f.want(text(h, rows), "1 - 10; 2 - 20")
	f.want(f.see(tx, h), "1 - 10; 2 - 20")
	f.want(f.now(h), "1 - 10")
	// A row updated once in a statement is not met again.
	f.must(f.set(tx, h, 1, 5))
	_, tids := f.scan(tx, h, ScanOptions{})
	r, err := tx.LockRow(ctx, h, tids[0], ForNoKeyUpdate, WaitBlock)
	f.must(err)
	if r.Status != LockSelf {
		t.Fatalf("status %d", r.Status)
	}
	f.want(f.see(tx, h), "1 - 15; 2 - 20")
	f.must(tx.Commit(ctx))
	f.want(f.now(h), "1 - 15; 2 - 20")
}

func TestMovedKey(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 10), account(2, "b", 20)) })
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	_, tids := f.scan(b, h, ScanOptions{})
	move := func(tx *Tx, tid TID, to int) error {
		r, err := tx.LockRow(ctx, h, tid, ForUpdate, WaitBlock)
		f.must(err)
		row := append([]types.Datum(nil), r.Row...)
		row[0] = types.Int(int64(to))
		_, err = tx.Update(ctx, h, r.TID, r.Row, row)
		return err
	}
	f.must(move(a, tids[0], 7))
	f.wantCode(move(f.begin(ReadCommitted), tids[1], 2), "")
	done := make(chan LockResult)
	go func() {
		r, err := b.LockRow(ctx, h, tids[0], ForUpdate, WaitBlock)
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	f.waiting(b)
	f.must(a.Commit(ctx))
	r := <-done
	if r.Status != LockChanged || r.Row[0].Int() != 7 {
		t.Fatalf("the row moved: %+v", r)
	}
	f.must(b.Delete(ctx, h, r.TID, r.Row))
	f.must(b.Commit(ctx))
	f.want(f.now(h), "2 b 20")
	tx := f.begin(ReadCommitted)
	rows, _ := f.scan(tx, h, ScanOptions{Index: h.Rel.Indexes[1]})
	f.want(text(h, rows), "2 b 20")
}

func TestSavepoints(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	tx := f.begin(ReadCommitted)
	f.insert(tx, h, account(1, "a", 1))
	s1 := tx.Savepoint()
	f.insert(tx, h, account(2, "b", 2))
	s2 := tx.Savepoint()
	f.insert(tx, h, account(3, "c", 3))
	f.must(tx.RollbackTo(s2))
	f.want(f.see(tx, h), "1 a 1; 2 b 2")
	f.insert(tx, h, account(3, "d", 4))
	f.must(tx.Release(s2))
	f.want(f.see(tx, h), "1 a 1; 2 b 2; 3 d 4")
	f.must(tx.RollbackTo(s1))
	// The locks went with the writes: another may take the keys.
	f.in(func(tx *Tx) { f.insert(tx, h, account(3, "z", 9)) })
	f.want(f.see(tx, h), "1 a 1; 3 z 9")
	f.wantCode(tx.RollbackTo(s2), "3B001")
	f.must(tx.Commit(ctx))
	f.want(f.now(h), "1 a 1; 3 z 9")
	if n := len(f.Locks()); n != 0 {
		t.Fatalf("%d locks left", n)
	}
}

func TestDeleteThenInsertSameKey(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 1)) })
	old := f.begin(ReadCommitted)
	_, seen := f.scan(old, h, ScanOptions{})
	f.in(func(tx *Tx) {
		r, found, err := tx.GetForUpdate(ctx, h, []types.Datum{types.Int(1)}, ForUpdate, WaitBlock)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		f.must(tx.Delete(ctx, h, r.TID, r.Row))
		f.insert(tx, h, account(1, "a", 2))
	})
	f.want(f.now(h), "1 a 2")
	// Who saw the row that was deleted must not take the new one for it.
	r, err := old.LockRow(ctx, h, seen[0], ForUpdate, WaitBlock)
	f.must(err)
	if r.Status != LockDeleted {
		t.Fatalf("status %d", r.Status)
	}
}

func TestReadOnly(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	tx := f.begin(ReadCommitted)
	f.must(tx.SetReadOnly(true))
	_, err := tx.Insert(ctx, h, account(1, "a", 1))
	f.wantCode(err, "25006")
}

func TestHiddenRowNumbers(t *testing.T) {
	f := inMemory(t)
	h := f.create(tableSpec{name: "log", columns: []column{{"line", types.TextOID}}})
	f.in(func(tx *Tx) {
		for range 300 {
			f.insert(tx, h, []types.Datum{types.Text("x")})
		}
	})
	tx := f.begin(ReadCommitted)
	rows, tids := f.scan(tx, h, ScanOptions{})
	if len(rows) != 300 || tx.RowEstimate(h.Rel) != 300 {
		t.Fatalf("%d rows, estimate %v", len(rows), tx.RowEstimate(h.Rel))
	}
	r, err := tx.LockRow(ctx, h, tids[299], ForUpdate, WaitBlock)
	f.must(err)
	f.must(tx.Delete(ctx, h, r.TID, r.Row))
	f.must(tx.Commit(ctx))
	tx = f.begin(ReadCommitted)
	if rows, _ := f.scan(tx, h, ScanOptions{}); len(rows) != 299 {
		t.Fatalf("%d rows", len(rows))
	}
}
