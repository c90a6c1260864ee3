package table

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// later runs do and gives its error.
func later(do func() error) chan error {
	c := make(chan error, 1)
	go func() { c <- do() }()
	return c
}

func TestReadCommittedRechecksNewestRow(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 10)) })
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	f.must(f.set(a, h, 1, 5))
	done := later(func() error { return f.set(b, h, 1, 100) })
	f.waiting(b)
	f.must(a.Commit(ctx))
	f.must(<-done)
	f.must(b.Commit(ctx))
	f.want(f.now(h), "1 a 115") // no lost update
}

func TestReadCommittedWaiterSeesDelete(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 10)) })
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	r, _, err := a.GetForUpdate(ctx, h, []types.Datum{types.Int(1)}, ForUpdate, WaitBlock)
	f.must(err)
	f.must(a.Delete(ctx, h, r.TID, r.Row))
	done := later(func() error { return f.set(b, h, 1, 100) })
	f.waiting(b)
	f.must(a.Commit(ctx))
	f.must(<-done)
	f.must(b.Commit(ctx))
	f.want(f.now(h), "")
}

func TestReadCommittedWaiterGoesOnAfterRollback(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 10)) })
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	f.must(f.set(a, h, 1, 5))
	done := later(func() error { return f.set(b, h, 1, 100) })
	f.waiting(b)
	a.Rollback()
	f.must(<-done)
	f.must(b.Commit(ctx))
	f.want(f.now(h), "1 a 110")
}

func TestRepeatableRead(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 10), account(2, "b", 10)) })
	a, b := f.begin(RepeatableRead), f.begin(RepeatableRead)
	f.want(f.see(b, h), "1 a 10; 2 b 10")
	f.must(f.set(a, h, 1, 5))
	f.must(a.Commit(ctx))
	f.want(f.see(b, h), "1 a 10; 2 b 10")
	f.wantCode(f.set(b, h, 1, 1), "40001")
	b.Rollback()

	// Waiting for one that commits fails as well; for one that rolls back it does not.
	a, b = f.begin(RepeatableRead), f.begin(RepeatableRead)
	f.must(f.set(a, h, 1, 5))
	done := later(func() error { return f.set(b, h, 1, 1) })
	f.waiting(b)
	a.Rollback()
	f.must(<-done)
	f.must(b.Commit(ctx))
	f.want(f.now(h), "1 a 16; 2 b 10")
}

// skew lets two transactions each read both accounts and write one.
func skew(f fixture, level Isolation) (first, second error) {
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 10), account(2, "b", 10)) })
	a, b := f.begin(level), f.begin(level)
	f.want(f.see(a, h), "1 a 10; 2 b 10")
	f.want(f.see(b, h), "1 a 10; 2 b 10")
	f.must(f.set(a, h, 1, -10))
	f.must(f.set(b, h, 2, -10))
	return a.Commit(ctx), b.Commit(ctx)
}

func TestWriteSkew(t *testing.T) {
	first, second := skew(inMemory(t), RepeatableRead)
	if first != nil || second != nil {
		t.Fatalf("REPEATABLE READ allows write skew: %v, %v", first, second)
	}
	f := inMemory(t)
	first, second = skew(f, Serializable)
	f.must(first)
	f.wantCode(second, "40001")
	if f.serial.active.Load() != 0 || len(f.serial.commits) != 0 {
		t.Fatalf("%d running, %d commits noted", f.serial.active.Load(), len(f.serial.commits))
	}
}

func TestSerializablePhantom(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	a, b := f.begin(Serializable), f.begin(Serializable)
	f.want(f.see(a, h), "")
	f.want(f.see(b, h), "")
	f.insert(a, h, account(1, "a", 1))
	f.insert(b, h, account(2, "b", 1))
	f.must(a.Commit(ctx))
	f.wantCode(b.Commit(ctx), "40001")
	// Reading apart is no conflict.
	a, b = f.begin(Serializable), f.begin(Serializable)
	f.must(f.set(a, h, 1, 1))
	f.must(f.set(b, h, 5, 1))
	f.insert(b, h, account(6, "f", 1))
	f.must(a.Commit(ctx))
	f.must(b.Commit(ctx))
}

func TestDeadlock(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 10), account(2, "b", 10)) })
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	f.must(f.set(a, h, 1, 1))
	f.must(f.set(b, h, 2, 1))
	// Either may find the cycle; the one that does gives way.
	cross := func(tx *Tx, id int) error {
		err := f.set(tx, h, id, 1)
		if err != nil {
			tx.Rollback()
			return err
		}
		return tx.Commit(ctx)
	}
	first := later(func() error { return cross(a, 2) })
	f.waiting(a)
	err, other := cross(b, 1), <-first
	if err == nil {
		err, other = other, err
	}
	f.must(other)
	f.wantCode(err, "40P01")
	if d := asPgerr(err).Detail; strings.Count(d, "waits for ShareLock on transaction") != 2 {
		t.Fatalf("detail: %s", d)
	}
}

func TestUniqueRace(t *testing.T) {
	for _, rollback := range []bool{false, true} {
		f := inMemory(t)
		h := f.accounts()
		a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
		f.insert(a, h, account(1, "x", 10))
		done := later(func() error { _, err := b.Insert(ctx, h, account(2, "x", 20)); return err })
		f.waiting(b)
		if rollback {
			a.Rollback()
			f.must(<-done)
			f.must(b.Commit(ctx))
			f.want(f.now(h), "2 x 20")
			continue
		}
		f.must(a.Commit(ctx))
		f.wantCode(<-done, "23505")
	}
}

func TestInsertWaitsForDelete(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "x", 10)) })
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	r, _, err := a.GetForUpdate(ctx, h, []types.Datum{types.Int(1)}, ForUpdate, WaitBlock)
	f.must(err)
	// A row that is only locked does not hold up an insert that must fail.
	_, err = b.Insert(ctx, h, account(1, "y", 1))
	f.wantCode(err, "23505")
	b.Rollback()
	b = f.begin(ReadCommitted)
	f.must(a.Delete(ctx, h, r.TID, r.Row))
	done := later(func() error { _, err := b.Insert(ctx, h, account(1, "x", 20)); return err })
	f.waiting(b)
	f.must(a.Commit(ctx))
	f.must(<-done)
	f.must(b.Commit(ctx))
	f.want(f.now(h), "1 x 20")
}

func TestInsertOrConflict(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "x", 10)) })
	a := f.begin(ReadCommitted)
	_, c, err := a.InsertOrConflict(ctx, h, account(2, "x", 5), h.Rel.Indexes[1:2])
	f.must(err)
	if c == nil || c.Index != h.Rel.Indexes[1] {
		t.Fatalf("conflict %+v", c)
	}
	r, err := a.LockRow(ctx, h, c.TID, ForNoKeyUpdate, WaitBlock)
	f.must(err)
	if r.Status != LockSame || r.Row[0].Int() != 1 {
		t.Fatalf("%+v", r)
	}
	_, _, err = a.InsertOrConflict(ctx, h, account(1, "z", 5), h.Rel.Indexes[1:2])
	f.wantCode(err, "23505")
	a.Rollback()
	// A conflict leaves no locks behind.
	b := f.begin(ReadCommitted)
	_, c, err = b.InsertOrConflict(ctx, h, account(1, "x", 5), nil)
	f.must(err)
	if c == nil || len(b.held) != 0 {
		t.Fatalf("conflict %+v, %d locks", c, len(b.held))
	}
	// Under REPEATABLE READ a conflict with what the snapshot has not is 40001.
	rr := f.begin(RepeatableRead)
	f.in(func(tx *Tx) { f.insert(tx, h, account(5, "new", 1)) })
	_, _, err = rr.InsertOrConflict(ctx, h, account(5, "w", 5), nil)
	f.wantCode(err, "40001")
}

func TestSkipLockedAndNoWait(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 1), account(2, "b", 1), account(3, "c", 1)) })
	take := func(tx *Tx) int64 {
		_, tids := f.scan(tx, h, ScanOptions{})
		for _, tid := range tids {
			r, err := tx.LockRow(ctx, h, tid, ForUpdate, WaitSkip)
			f.must(err)
			if r.Status == LockSame {
				return r.Row[0].Int()
			}
		}
		return 0
	}
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	if x, y := take(a), take(b); x != 1 || y != 2 {
		t.Fatalf("took %d and %d", x, y)
	}
	_, tids := f.scan(b, h, ScanOptions{})
	_, err := b.LockRow(ctx, h, tids[0], ForShare, WaitError)
	f.wantCode(err, "55P03")
	// Weaker locks that do not conflict pass.
	c := f.begin(ReadCommitted)
	_, err = c.LockRow(ctx, h, tids[2], ForKeyShare, WaitError)
	f.must(err)
	d := f.begin(ReadCommitted)
	_, err = d.LockRow(ctx, h, tids[2], ForNoKeyUpdate, WaitError)
	f.must(err)
	_, err = f.begin(ReadCommitted).LockRow(ctx, h, tids[2], ForUpdate, WaitError)
	f.wantCode(err, "55P03")
}

func TestRelationLocks(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	a, b, c := f.begin(ReadCommitted), f.begin(ReadCommitted), f.begin(ReadCommitted)
	f.must(a.LockRelation(ctx, h.Rel.OID, RowExclusive, false))
	f.must(b.LockRelation(ctx, h.Rel.OID, RowExclusive, true))
	f.wantCode(b.LockRelation(ctx, h.Rel.OID, Share, true), "55P03")
	b.session.SetLockTimeout(time.Millisecond)
	f.wantCode(b.LockRelation(ctx, h.Rel.OID, Share, false), "55P03")
	stop, cancel := context.WithCancelCause(ctx)
	done := later(func() error { return c.LockRelation(stop, h.Rel.OID, AccessExclusive, false) })
	f.waiting(c)
	cancel(pgerr.New(pgerr.QueryCanceled, "canceling statement due to statement timeout"))
	f.wantCode(<-done, "57014")
	b.Rollback()
	done = later(func() error { return c.LockRelation(ctx, h.Rel.OID, AccessExclusive, false) })
	f.waiting(c)
	// Those who come later queue behind it, those who hold the lock do not.
	f.wantCode(f.begin(ReadCommitted).LockRelation(ctx, h.Rel.OID, AccessShare, true), "55P03")
	f.must(a.LockRelation(ctx, h.Rel.OID, AccessShare, true))
	f.must(a.Commit(ctx))
	f.must(<-done)
}

func TestAdvisoryLocks(t *testing.T) {
	f := inMemory(t)
	k := AdvisoryInt8(catalog.PostgresOID, -1)
	pair := AdvisoryInt4(catalog.PostgresOID, -1, -1)
	a, b := f.NewSession(1), f.NewSession(2)
	f.must(a.AdvisoryLock(ctx, k, false))
	f.must(a.AdvisoryLock(ctx, k, false))
	if b.TryAdvisoryLock(k, true) || !b.TryAdvisoryLock(pair, false) {
		t.Fatal("the same key is taken, the pair is another")
	}
	if !a.AdvisoryUnlock(k, false) || b.TryAdvisoryLock(k, true) {
		t.Fatal("taken twice, given back once")
	}
	if !a.AdvisoryUnlock(k, false) || a.AdvisoryUnlock(k, false) {
		t.Fatal("given back more often than taken")
	}
	tx := f.begin(ReadCommitted)
	f.must(tx.AdvisoryLock(ctx, k, true))
	if !b.TryAdvisoryLock(k, true) || b.TryAdvisoryLock(k, false) {
		t.Fatal("shared is shared")
	}
	tx.Rollback()
	b.Close()
	if n := len(f.Locks()); n != 0 {
		t.Fatalf("%d locks left", n)
	}
}
