package table

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// modelRow is a row of accounts as the model keeps it; owner "" is NULL.
type modelRow struct {
	owner   string
	balance int
}

type modelTable map[int]modelRow

// model runs transactions against an engine and a map, which must agree.
type model struct {
	f     fixture
	store *memstore.Store
	h     *Handle

	committed modelTable
	tx        *Tx
	now       modelTable
	saved     []modelTable
	ids       []SavepointID
}

func (m *model) begin() {
	if m.tx != nil {
		m.f.must(m.tx.StartStatement())
		return
	}
	m.tx = m.f.begin(ReadCommitted)
	m.now, m.saved, m.ids = maps.Clone(m.committed), nil, nil
}

func (m *model) taken(id int, owner string, except int) bool {
	if _, ok := m.now[id]; ok && id != except {
		return true
	}
	for k, r := range m.now {
		if k != except && owner != "" && r.owner == owner {
			return true
		}
	}
	return false
}

// attempt runs a statement that fails just if the model says so. A failure rolls
// back, as the session would.
func (m *model) attempt(fails bool, do func() error) bool {
	save := m.tx.Savepoint()
	m.f.must(m.tx.StartStatement())
	err := do()
	if fails {
		m.f.wantCode(err, "23505")
		m.f.must(m.tx.RollbackTo(save))
	} else {
		m.f.must(err)
	}
	m.f.must(m.tx.Release(save))
	return !fails
}

var (
	genID      = rapid.IntRange(0, 12)
	genOwner   = rapid.SampledFrom([]string{"", "", "a", "b", "c", "d", "e"})
	genBalance = rapid.IntRange(-3, 3)
)

func (m *model) Insert(t *rapid.T) {
	m.begin()
	id, owner, balance := genID.Draw(t, "id"), genOwner.Draw(t, "owner"), genBalance.Draw(t, "balance")
	ok := m.attempt(m.taken(id, owner, -1), func() error {
		_, err := m.tx.Insert(ctx, m.h, account(id, owner, balance))
		return err
	})
	if ok {
		m.now[id] = modelRow{owner, balance}
	}
}

func (m *model) Upsert(t *rapid.T) {
	m.begin()
	id, owner, balance := genID.Draw(t, "id"), genOwner.Draw(t, "owner"), genBalance.Draw(t, "balance")
	_, c, err := m.tx.InsertOrConflict(ctx, m.h, account(id, owner, balance), nil)
	m.f.must(err)
	if (c != nil) != m.taken(id, owner, -1) {
		t.Fatalf("conflict %v", c)
	}
	if c == nil {
		m.now[id] = modelRow{owner, balance}
	}
}

// lock finds a row of the model by a scan and locks it.
func (m *model) lock(t *rapid.T, mode RowLock) (LockResult, int, bool) {
	m.begin()
	if len(m.now) == 0 {
		return LockResult{}, 0, false
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(m.now))).Draw(t, "id")
	_, tids := m.f.scan(m.tx, m.h, ScanOptions{Spans: []Span{PointSpan([]types.Datum{types.Int(int64(id))})}})
	if len(tids) != 1 {
		t.Fatalf("%d rows %d", len(tids), id)
	}
	r, err := m.tx.LockRow(ctx, m.h, tids[0], mode, WaitBlock)
	m.f.must(err)
	if r.Status != LockSame {
		t.Fatalf("status %d", r.Status)
	}
	return r, id, true
}

func (m *model) Update(t *rapid.T) {
	r, id, ok := m.lock(t, ForUpdate)
	if !ok {
		return
	}
	to, row := id, m.now[id]
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		to = genID.Draw(t, "to")
	case 1:
		row.owner = genOwner.Draw(t, "owner")
	default:
		row.balance = genBalance.Draw(t, "balance")
	}
	ok = m.attempt(m.taken(to, row.owner, id), func() error {
		_, err := m.tx.Update(ctx, m.h, r.TID, r.Row, account(to, row.owner, row.balance))
		return err
	})
	if ok {
		delete(m.now, id)
		m.now[to] = row
	}
}

func (m *model) Delete(t *rapid.T) {
	if r, id, ok := m.lock(t, ForUpdate); ok {
		m.f.must(m.tx.Delete(ctx, m.h, r.TID, r.Row))
		delete(m.now, id)
	}
}

func (m *model) Savepoint(*rapid.T) {
	m.begin()
	m.saved = append(m.saved, maps.Clone(m.now))
	m.ids = append(m.ids, m.tx.Savepoint())
}

func (m *model) RollbackTo(t *rapid.T) {
	if m.tx == nil || len(m.ids) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.ids)-1).Draw(t, "savepoint")
	m.f.must(m.tx.RollbackTo(m.ids[i]))
	m.now = maps.Clone(m.saved[i])
	m.ids, m.saved = m.ids[:i+1], m.saved[:i+1]
}

func (m *model) Release(t *rapid.T) {
	if m.tx == nil || len(m.ids) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.ids)-1).Draw(t, "savepoint")
	m.f.must(m.tx.Release(m.ids[i]))
	m.ids, m.saved = m.ids[:i], m.saved[:i]
}

func (m *model) Commit(*rapid.T) {
	if m.tx != nil {
		m.f.must(m.tx.Commit(ctx))
		m.committed, m.tx = m.now, nil
	}
	mustAgree(m.f.t, m.store)
}

func (m *model) Rollback(*rapid.T) {
	if m.tx != nil {
		m.tx.Rollback()
		m.tx = nil
	}
}

func (m *model) Truncate(*rapid.T) {
	m.begin()
	f := m.f
	f.must(m.tx.LockRelation(ctx, m.h.Rel.OID, AccessExclusive, false))
	f.must(m.tx.Truncate(ctx, m.h.Rel.OID))
	m.h = NewHandle(m.tx.Catalog().Relation(m.h.Rel.OID), nil)
	f.must(m.tx.Commit(ctx))
	m.committed, m.tx = modelTable{}, nil
}

func (m *model) Reopen(t *rapid.T) {
	m.Rollback(t)
	m.f.must(m.f.Close())
	e, err := Open(m.store, Options{})
	m.f.must(err)
	m.f.Engine = e
	m.h = NewHandle(e.Catalog(catalog.PostgresOID).Relation(m.h.Rel.OID), nil)
}

// Check compares the table and its indexes with the model.
func (m *model) Check(t *rapid.T) {
	want, tx := m.committed, m.tx
	if tx == nil {
		tx = m.f.begin(ReadCommitted)
		defer tx.Rollback()
	} else {
		want = m.now
		m.f.must(tx.StartStatement())
	}
	var rows [][]types.Datum
	for id, r := range want {
		rows = append(rows, account(id, r.owner, r.balance))
	}
	for i, index := range m.h.Rel.Indexes {
		slices.SortFunc(rows, func(a, b []types.Datum) int {
			return cmp.Or(compareKey(index.Keys[0].Type, a[i], b[i]), cmp.Compare(a[0].Int(), b[0].Int()))
		})
		got, _ := m.f.scan(tx, m.h, ScanOptions{Index: index})
		m.f.want(text(m.h, got), text(m.h, rows))
		got, _ = m.f.scan(tx, m.h, ScanOptions{Index: index, Reverse: true})
		slices.Reverse(got)
		m.f.want(text(m.h, got), text(m.h, rows))
	}
	if n := tx.RowEstimate(m.h.Rel); int(n) != len(rows) {
		t.Fatalf("estimate %v of %d rows", n, len(rows))
	}
}

// compareKey orders index keys, NULLs last.
func compareKey(oid types.OID, a, b types.Datum) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull():
		return 1
	case b.IsNull():
		return -1
	}
	return types.Compare(oid, a, b)
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		store := memstore.New()
		e, err := Open(store, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		m := &model{f: fixture{rt, e}, store: store, committed: modelTable{}}
		m.h = m.f.accounts()
		defer func() {
			m.Rollback(rt)
			m.f.must(m.f.Close())
		}()
		rt.Repeat(rapid.StateMachineActions(m))
	})
}
