package exec

import (
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// accounts is a table of id (the key), balance (not NULL) and owner.
func (f fixture) accounts(rows ...[]types.Datum) *catalog.Relation {
	f.t.Helper()
	rel := f.create("accounts", 1,
		column{"id", types.Int4OID, true}, column{"balance", types.Int4OID, true}, column{"owner", types.TextOID, false})
	f.load(rel, rows...)
	return rel
}

func account(id, balance int64, owner string) []types.Datum {
	return []types.Datum{types.Int(id), types.Int(balance), types.Text(owner)}
}

func insertOf(rel *catalog.Relation, rows ...[]types.Datum) *plan.Insert {
	oids := oidsOf(scanOf(rel, false))
	n := &plan.Insert{Rel: rel, Input: valuesOf(oids, rows...)}
	for i := range rel.Columns {
		n.Columns = append(n.Columns, i)
	}
	return n
}

// addTo is UPDATE accounts SET balance = balance + by.
func addTo(rel *catalog.Relation, in plan.Node, by int64) *plan.Update {
	return &plan.Update{Rel: rel, Input: in, Set: []plan.Assign{{Column: 1, Expr: op("+", c4(1), i4(by))}}}
}

// contents is a table's rows in the transaction's next statement.
func contents(t testing.TB, tx *table.Tx, rel *catalog.Relation) string {
	t.Helper()
	out := runIn(newContext(tx), scanOf(rel, false))
	if out.err != nil {
		t.Fatal(out.err)
	}
	return out.String()
}

func TestInsertUpdateDelete(t *testing.T) {
	f := newFixture(t)
	rel := f.accounts()
	tx := f.begin(table.ReadCommitted)
	ec := newContext(tx)
	check := func(out outcome, rows string, affected int64) {
		t.Helper()
		if out.err != nil || out.String() != rows || out.affected != affected {
			t.Fatalf("%v, %q, %d rows; want %q, %d", out.err, out, out.affected, rows, affected)
		}
	}
	ins := insertOf(rel, account(1, 10, "a"), account(2, 20, "b"), account(3, 30, "c"))
	ins.Returning = []plan.Expr{c4(0)}
	ins.Base = outOf(types.Int4OID)
	check(runIn(ec, ins), "1; 2; 3", 3)

	up := addTo(rel, &plan.Filter{Base: scanOf(rel, true).Base, Input: scanOf(rel, true), Cond: op(">", c4(0), i4(1))}, 5)
	up.Returning = []plan.Expr{c4(0), c4(1)}
	up.Base = outOf(types.Int4OID, types.Int4OID)
	check(runIn(ec, up), "2 25; 3 35", 2)
	check(runIn(ec, addTo(rel, pointOf(rel, true, param(types.Int4OID, 0)), 1), types.Int(1)), "", 1)
	check(runIn(ec, addTo(rel, pointOf(rel, true, param(types.Int4OID, 0)), 1), types.Int(9)), "", 0)
	check(runIn(ec, addTo(rel, pointOf(rel, true, param(types.Int4OID, 0)), 1), types.Null), "", 0)

	del := &plan.Delete{Rel: rel, Input: pointOf(rel, true, i4(3)), Base: outOf(types.TextOID), Returning: []plan.Expr{col(types.TextOID, 2)}}
	check(runIn(ec, del), "c", 1)
	if got := contents(t, tx, rel); got != "1 11 a; 2 25 b" {
		t.Error(got)
	}
	check(runIn(ec, pointOf(rel, false, i4(2))), "2 25 b", 1)
	// Moving a key forward while scanning in its order changes each row once.
	move := &plan.Update{Rel: rel, Input: scanOf(rel, true), Set: []plan.Assign{{Column: 0, Expr: op("+", c4(0), i4(100))}}}
	check(runIn(ec, move), "", 2)
	if got := contents(t, tx, rel); got != "101 11 a; 102 25 b" {
		t.Error(got)
	}
}

func TestConstraints(t *testing.T) {
	f := newFixture(t)
	rel := f.accounts()
	tx := f.begin(table.ReadCommitted)
	n := insertOf(rel, []types.Datum{types.Int(1), types.Null, types.Text("someone")})
	n.Checks = []plan.CheckExpr{{Name: "accounts_balance_check", Expr: op(">=", c4(1), i4(0))}}
	e := pgerr.From(runIn(newContext(tx), n).err)
	if e.Code != pgerr.NotNullViolation || e.Message != `null value in column "balance" of relation "accounts" violates not-null constraint` ||
		e.Detail != "Failing row contains (1, null, someone)." || e.Column != "balance" || e.Table != "accounts" || e.Schema != "public" {
		t.Errorf("%+v", e)
	}
	n.Input = insertOf(rel, account(1, -5, "x")).Input
	e = pgerr.From(runIn(newContext(tx), n).err)
	if e.Code != pgerr.CheckViolation || e.Constraint != "accounts_balance_check" || e.Detail != "Failing row contains (1, -5, x)." {
		t.Errorf("%+v", e)
	}
	n.Generated = []plan.Assign{{Column: 2, Expr: str("made")}}
	n.Input = insertOf(rel, account(1, 5, "x")).Input
	if out := runIn(newContext(tx), n); out.err != nil {
		t.Fatal(out.err)
	}
	if got := contents(t, tx, rel); got != "1 5 made" {
		t.Error(got)
	}
	if out := runIn(newContext(tx), n); pgerr.Code(out.err) != pgerr.UniqueViolation {
		t.Error(out.err)
	}
}

func TestOnConflict(t *testing.T) {
	f := newFixture(t)
	rel := f.accounts(account(1, 10, "a"))
	tx := f.begin(table.ReadCommitted)
	n := insertOf(rel, account(1, 5, "x"), account(2, 6, "y"))
	n.Conflict = &plan.Conflict{Nothing: true}
	if out := runIn(newContext(tx), n); out.err != nil || out.affected != 1 {
		t.Fatal(out.err, out.affected)
	}
	// Existing columns come first, then those proposed.
	n.Conflict = &plan.Conflict{
		Arbiters: rel.Indexes[:1], Set: []plan.Assign{{Column: 1, Expr: op("+", c4(1), c4(4))}}, Where: op("<", c4(1), i4(10)),
	}
	n.Returning, n.Base = []plan.Expr{c4(0), c4(1)}, outOf(types.Int4OID, types.Int4OID)
	if out := runIn(newContext(tx), n); out.err != nil || out.String() != "2 12" || out.affected != 1 {
		t.Fatal(out.err, out, out.affected)
	}
	if got := contents(t, tx, rel); got != "1 10 a; 2 12 y" {
		t.Error(got)
	}
	f.must(tx.Commit(ctx))
	n.Conflict.Where = nil
	for name, rows := range map[string][][]types.Datum{
		"an existing row twice": {account(2, 1, "x"), account(2, 2, "y")},
		"a row just inserted":   {account(7, 1, "x"), account(7, 2, "y")},
	} {
		tx := f.begin(table.ReadCommitted)
		n.Input = insertOf(rel, rows...).Input
		if out := runIn(newContext(tx), n); pgerr.Code(out.err) != pgerr.CardinalityViolation {
			t.Error(name, out.err)
		}
		tx.Rollback()
	}
}

// waiting runs f in a goroutine and fails if it ends before let.
func waiting(t *testing.T, f func() outcome, let func()) outcome {
	t.Helper()
	done := make(chan outcome)
	go func() { done <- f() }()
	select {
	case out := <-done:
		t.Fatalf("did not wait: %v %v", out, out.err)
	case <-time.After(20 * time.Millisecond):
	}
	let()
	select {
	case out := <-done:
		return out
	case <-time.After(5 * time.Second):
		t.Fatal("waits for ever")
	}
	return outcome{}
}

// TestRecheck has an UPDATE wait for another transaction, then see its row.
func TestRecheck(t *testing.T) {
	rich := func(rel *catalog.Relation) *plan.Update {
		cond := op(">=", c4(1), i4(10))
		in := &plan.Filter{Base: scanOf(rel, true).Base, Input: scanOf(rel, true), Cond: cond}
		up := addTo(rel, in, 100)
		up.Recheck = cond
		return up
	}
	for name, tc := range map[string]struct {
		first    func(rel *catalog.Relation) plan.Node
		commit   bool
		affected int64
		want     string
	}{
		"still matches": {func(rel *catalog.Relation) plan.Node { return addTo(rel, pointOf(rel, true, i4(1)), 1) }, true, 1, "1 111 a"},
		"no longer":     {func(rel *catalog.Relation) plan.Node { return addTo(rel, pointOf(rel, true, i4(1)), -9) }, true, 0, "1 1 a"},
		"rolled back":   {func(rel *catalog.Relation) plan.Node { return addTo(rel, pointOf(rel, true, i4(1)), -9) }, false, 1, "1 110 a"},
		"deleted":       {func(rel *catalog.Relation) plan.Node { return &plan.Delete{Rel: rel, Input: pointOf(rel, true, i4(1))} }, true, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			rel := f.accounts(account(1, 10, "a"))
			one, two := f.begin(table.ReadCommitted), f.begin(table.ReadCommitted)
			if out := runIn(newContext(one), tc.first(rel)); out.err != nil || out.affected != 1 {
				t.Fatal(out.err, out.affected)
			}
			out := waiting(t, func() outcome { return runIn(newContext(two), rich(rel)) }, func() {
				if tc.commit {
					f.must(one.Commit(ctx))
				} else {
					one.Rollback()
				}
			})
			if out.err != nil || out.affected != tc.affected {
				t.Fatal(out.err, out.affected)
			}
			if got := contents(t, two, rel); got != tc.want {
				t.Error(got)
			}
		})
	}
}

// TestRecheckRepeatableRead fails instead of taking the newer row.
func TestRecheckRepeatableRead(t *testing.T) {
	f := newFixture(t)
	rel := f.accounts(account(1, 10, "a"))
	one, two := f.begin(table.ReadCommitted), f.begin(table.RepeatableRead)
	if got := contents(t, two, rel); got != "1 10 a" {
		t.Fatal(got)
	}
	if out := runIn(newContext(one), addTo(rel, pointOf(rel, true, i4(1)), 1)); out.err != nil {
		t.Fatal(out.err)
	}
	f.must(one.Commit(ctx))
	if out := runIn(newContext(two), addTo(rel, pointOf(rel, true, i4(1)), 1)); pgerr.Code(out.err) != pgerr.SerializationFailure {
		t.Error(out.err)
	}
}

func TestLockRows(t *testing.T) {
	f := newFixture(t)
	rel := f.accounts(account(1, 10, "a"), account(2, 20, "b"), account(3, 30, "c"))
	lock := func(wait plan.LockWait, limit int64) plan.Node {
		in := scanOf(rel, true)
		n := &plan.LockRows{
			Base: in.Base, Input: in, Recheck: op(">", c4(1), i4(0)),
			Targets: []plan.LockTarget{{Rel: rel, TID: 3, At: []int{0, 1, 2}, Columns: []int{0, 1, 2}, Strength: plan.ForUpdate, Wait: wait}},
		}
		return projectOf(&plan.Limit{Base: in.Base, Input: n, Count: lit(types.Int8OID, types.Int(limit))}, c4(0), c4(1))
	}
	one, two := f.begin(table.ReadCommitted), f.begin(table.ReadCommitted)
	if out := runIn(newContext(one), lock(plan.WaitBlock, 1)); out.err != nil || out.String() != "1 10" {
		t.Fatal(out.err, out)
	}
	if out := runIn(newContext(two), lock(plan.WaitSkip, 1)); out.err != nil || out.String() != "2 20" {
		t.Fatal(out.err, out)
	}
	if out := runIn(newContext(two), lock(plan.WaitError, 1)); pgerr.Code(out.err) != pgerr.LockNotAvailable {
		t.Fatal(out.err, out)
	}
	if out := runIn(newContext(one), addTo(rel, pointOf(rel, true, i4(1)), 7)); out.err != nil {
		t.Fatal(out.err)
	}
	out := waiting(t, func() outcome { return runIn(newContext(two), lock(plan.WaitBlock, 1)) }, func() { f.must(one.Commit(ctx)) })
	if out.err != nil || out.String() != "1 17" {
		t.Error(out.err, out)
	}
}

// TestModifyingCTE runs a data-modifying CTE that nothing reads.
func TestModifyingCTE(t *testing.T) {
	f := newFixture(t)
	rel := f.accounts()
	tx := f.begin(table.ReadCommitted)
	n := &plan.With{
		Base: outOf(types.Int4OID), CTEs: []*plan.CTE{{Name: "w", Plan: insertOf(rel, account(1, 1, "a")), Modifies: true}},
		Input: valuesOf([]types.OID{types.Int4OID}, ints(7)),
	}
	if out := runIn(newContext(tx), n); out.err != nil || out.String() != "7" || out.affected != 1 {
		t.Fatal(out.err, out, out.affected)
	}
	if got := contents(t, tx, rel); got != "1 1 a" {
		t.Error(got)
	}
}

func TestScanSpans(t *testing.T) {
	f := newFixture(t)
	rel := f.accounts(account(1, 1, ""), account(2, 2, ""), account(3, 3, ""), account(4, 4, ""), account(5, 5, ""))
	tx := f.begin(table.ReadCommitted)
	eq := func(e plan.Expr) plan.Span { return plan.Span{Eq: []plan.Expr{e}} }
	for _, tc := range []struct {
		spans   []plan.Span
		reverse bool
		want    string
	}{
		{[]plan.Span{{Lower: i4(2), LowerInc: true, Upper: i4(4)}}, false, "2; 3"},
		{[]plan.Span{{Lower: i4(2), Upper: i4(4), UpperInc: true}}, true, "4; 3"},
		{[]plan.Span{{Upper: i4(2), UpperInc: true}}, false, "1; 2"},
		{[]plan.Span{eq(i4(4)), eq(i4(2)), eq(i4(4)), eq(null(types.Int4OID))}, false, "2; 4"},
		{[]plan.Span{{Upper: i4(3)}, {Lower: i4(2), LowerInc: true, Upper: i4(4)}}, false, "1; 2; 3"},
		{[]plan.Span{{Lower: i4(4), Upper: i4(2)}}, false, ""},
		{[]plan.Span{eq(null(types.Int4OID))}, false, ""},
	} {
		s := scanOf(rel, false)
		s.Index, s.Spans, s.Reverse = rel.Indexes[0], tc.spans, tc.reverse
		out := runIn(newContext(tx), projectOf(s, c4(0)))
		if out.err != nil || out.String() != tc.want {
			t.Errorf("%v %s, want %s", out.err, out, tc.want)
		}
	}
}

func TestCopyIn(t *testing.T) {
	f := newFixture(t)
	rel := f.accounts()
	tx := f.begin(table.ReadCommitted)
	f.must(tx.StartStatement())
	prog := copyProgram(t, rel)
	c, err := NewCopyIn(newContext(tx), prog)
	f.must(err)
	f.must(c.Text([][]byte{[]byte("1"), []byte("10"), []byte("a")}))
	f.must(c.Row([]types.Datum{types.Int(2), types.Int(20), types.Null}))
	if c.Rows() != 2 {
		t.Error(c.Rows())
	}
	if err := c.Text([][]byte{[]byte("3"), nil, nil}); pgerr.Code(err) != pgerr.NotNullViolation {
		t.Error(err)
	}
	f.must(c.Close())
	if got := contents(t, tx, rel); got != "1 10 a; 2 20 -" {
		t.Error(got)
	}
}

// copyProgram is INSERT INTO rel VALUES ($1, $2, …).
func copyProgram(t testing.TB, rel *catalog.Relation) *Program {
	t.Helper()
	n := insertOf(rel)
	p := &plan.Plan{Root: n, Params: oidsOf(n.Input)}
	var es []plan.Expr
	for i, o := range p.Params {
		es = append(es, param(o, i))
	}
	n.Input = &plan.Result{Base: outOf(p.Params...), Exprs: es}
	prog, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return prog
}
