package table

import "testing"

// Who holds a table against writers adds rows without locks of keys, and is told of
// duplicates all the same, in whatever order the rows come.
func TestSoleWriter(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(5, "e", 0), account(9, "i", 0)) })

	a := f.begin(ReadCommitted)
	f.must(a.LockRelation(ctx, h.Rel.OID, RowExclusive, false))
	s := a.Savepoint()
	f.must(a.LockRelation(ctx, h.Rel.OID, ShareRowExclusive, false))
	held := len(a.held)
	f.insert(a, h, account(10, "j", 0), account(12, "l", 0), account(11, "k", 0), account(1, "a", 0))
	if len(a.held) != held {
		t.Errorf("it took %d locks", len(a.held)-held)
	}
	for _, row := range [][]any{{9, "x"}, {10, "x"}, {11, "x"}, {1, "x"}, {5, "x"}, {20, "i"}, {20, "k"}} {
		_, err := a.Insert(ctx, h, account(row[0].(int), row[1].(string), 0))
		f.wantCode(err, "23505")
	}

	// Without the table's lock others add rows beyond the greatest key that was known.
	f.must(a.RollbackTo(s))
	f.in(func(tx *Tx) { f.insert(tx, h, account(30, "z", 0)) })
	f.must(a.LockRelation(ctx, h.Rel.OID, ShareRowExclusive, false))
	_, err := a.Insert(ctx, h, account(30, "y", 0))
	f.wantCode(err, "23505")
	f.insert(a, h, account(31, "y", 0))
	f.must(a.Commit(ctx))
	f.want(f.now(h), "5 e 0; 9 i 0; 30 z 0; 31 y 0")
}
