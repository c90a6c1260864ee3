package table

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

func TestBootstrap(t *testing.T) {
	f := inMemory(t)
	v := f.Catalog(catalog.PostgresOID)
	for _, name := range []string{"postgres", "template0", "template1"} {
		if v.DatabaseByName(name) == nil {
			t.Errorf("no database %s", name)
		}
	}
	for name, oid := range map[string]types.OID{"pg_catalog": 11, "public": 2200} {
		if n := v.SchemaByName(name); n == nil || n.OID != oid {
			t.Errorf("schema %s: %+v", name, n)
		}
	}
	if r := v.RoleByName("postgres"); r == nil || r.OID != 10 || !r.Superuser {
		t.Errorf("role postgres: %+v", r)
	}
}

func TestDDLIsTransactional(t *testing.T) {
	f := inMemory(t)
	before := f.Catalog(catalog.PostgresOID).Version()
	tx := f.begin(ReadCommitted)
	r := f.relation(tx, tableSpec{name: "t", columns: []column{{"a", types.Int4OID}}, pk: []int{0}})
	s := tx.Savepoint()
	f.must(tx.CreateRelation(ctx, r))
	h := NewHandle(r, nil)
	f.insert(tx, h, []types.Datum{types.Int(1)})
	if tx.Catalog().Lookup(catalog.PublicOID, "t") == nil || f.Catalog(catalog.PostgresOID).Version() != before {
		t.Fatal("own DDL is seen by its transaction alone")
	}
	mine := tx.Catalog().Version()
	f.must(tx.RollbackTo(s))
	if tx.Catalog().Lookup(catalog.PublicOID, "t") != nil || tx.Catalog().Version() == mine {
		t.Fatal("a savepoint takes DDL back")
	}
	f.must(tx.CreateRelation(ctx, r))
	f.insert(tx, h, []types.Datum{types.Int(2)})
	f.must(tx.Commit(ctx))
	if v := f.Catalog(catalog.PostgresOID); v.Lookup(catalog.PublicOID, "t") != r || v.Version() == before {
		t.Fatal("committed DDL is seen by all")
	}
	f.want(f.now(h), "2")
}

func TestNamesAreUnique(t *testing.T) {
	f := inMemory(t)
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	spec := tableSpec{name: "t", columns: []column{{"a", types.Int4OID}}}
	f.must(a.CreateRelation(ctx, f.relation(a, spec)))
	r := f.relation(b, spec)
	done := later(func() error { return b.CreateRelation(ctx, r) })
	f.waiting(b)
	f.must(a.Commit(ctx))
	f.wantCode(<-done, "42P07")
	b.Rollback()
	c := f.begin(ReadCommitted)
	r = f.relation(c, tableSpec{name: "u", columns: spec.columns, plain: [][]int{{0}}})
	r.Indexes[0].Name = "t"
	f.wantCode(c.CreateRelation(ctx, r), "42P07")
	f.wantCode(c.CreateSchema(ctx, &catalog.Schema{OID: 99999, Name: "public"}), "42P06")
	f.wantCode(c.DropSchema(ctx, catalog.PublicOID), "2BP01")
}

func TestConcurrentDDL(t *testing.T) {
	f := inMemory(t)
	h, g := f.accounts(), f.create(tableSpec{name: "other", columns: []column{{"a", types.Int4OID}}})
	a, b := f.begin(ReadCommitted), f.begin(ReadCommitted)
	rename := func(tx *Tx, rel *catalog.Relation, name string) error {
		n := *rel
		n.Name = name
		return tx.ReplaceRelation(ctx, &n)
	}
	f.must(rename(a, h.Rel, "x"))
	f.must(rename(b, g.Rel, "y"))
	// Another's change of the same object waits, then finds its copy stale.
	c := f.begin(ReadCommitted)
	done := later(func() error { return rename(c, h.Rel, "z") })
	f.waiting(c)
	f.must(a.Commit(ctx))
	f.wantCode(<-done, "XX000")
	f.must(b.Commit(ctx)) // on top of a's
	v := f.Catalog(catalog.PostgresOID)
	if v.Lookup(catalog.PublicOID, "x") == nil || v.Lookup(catalog.PublicOID, "y") == nil || v.Lookup(catalog.PublicOID, "accounts") != nil {
		t.Fatal("both changes must be there")
	}
}

// keys counts the store's keys of a storage id.
func (f fixture) keys(id uint64) (n int) {
	f.t.Helper()
	it, err := f.store.NewIter(storage.IterOptions{Lower: rowsPrefix(id), Upper: storage.PrefixEnd(rowsPrefix(id))})
	f.must(err)
	for ok := it.First(); ok; ok = it.Next() {
		n++
	}
	f.must(it.Close())
	return n
}

// gone waits for the collector.
func (f fixture) gone(ids ...uint64) {
	f.t.Helper()
	for range 5000 {
		left := 0
		for _, id := range ids {
			left += f.keys(id)
		}
		queued, err := f.queued()
		f.must(err)
		if left == 0 && len(queued) == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	f.t.Fatalf("keys of %v are still there", ids)
}

func TestTruncateAndDropLeaveNothing(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 1), account(2, "b", 2)) })
	old := storageIDs(h.Rel)
	tx := f.begin(ReadCommitted)
	f.must(tx.LockRelation(ctx, h.Rel.OID, AccessExclusive, false))
	f.must(tx.Truncate(ctx, h.Rel.OID))
	now := NewHandle(tx.Catalog().Relation(h.Rel.OID), nil)
	f.insert(tx, now, account(1, "c", 3))
	f.want(f.see(tx, now), "1 c 3")
	f.want(f.now(h), "1 a 1; 2 b 2")
	f.must(tx.Commit(ctx))
	f.want(f.now(now), "1 c 3")
	f.gone(old...)
	f.in(func(tx *Tx) { f.must(tx.DropRelation(ctx, h.Rel.OID)) })
	f.gone(storageIDs(now.Rel)...)
	if f.Catalog(catalog.PostgresOID).Relation(h.Rel.OID) != nil {
		t.Fatal("the relation is dropped")
	}
}

func TestBulkLoad(t *testing.T) {
	for _, end := range []string{"commit", "rollback", "savepoint", "drop"} {
		t.Run(end, func(t *testing.T) {
			f := inMemory(t)
			tx := f.begin(ReadCommitted)
			s := tx.Savepoint()
			r := f.relation(tx, tableSpec{
				name: "big", columns: []column{{"a", types.Int4OID}, {"b", types.TextOID}},
				pk: []int{0}, plain: [][]int{{1}},
			})
			f.must(tx.CreateRelation(ctx, r))
			h := NewHandle(r, nil)
			const rows = 30_000
			pad := fmt.Sprintf("%0200d", 0)
			for i := range rows {
				f.insert(tx, h, []types.Datum{types.Int(int64(i * 7 % rows)), types.Text(pad)})
			}
			if f.keys(r.Storage) == 0 {
				t.Fatal("rows of a new table must not wait in memory")
			}
			// The statement does not see what it wrote, though it is in the store.
			if got, _ := f.scan(tx, h, ScanOptions{}); len(got) != 0 {
				t.Fatalf("the statement sees %d of its own rows", len(got))
			}
			_, err := tx.Insert(ctx, h, []types.Datum{types.Int(5), types.Text(pad)})
			f.wantCode(err, "23505")
			f.must(tx.StartStatement())
			if got, _ := f.scan(tx, h, ScanOptions{Index: r.Indexes[1]}); len(got) != rows {
				t.Fatalf("the next statement sees %d rows", len(got))
			}
			row, tid, found, err := tx.Get(h, nil, []types.Datum{types.Int(9)}, GetOptions{All: true, TID: true}, nil)
			if err != nil || !found {
				t.Fatal(found, err)
			}
			f.must(tx.Delete(ctx, h, tid, row))
			switch end {
			case "rollback":
				tx.Rollback()
			case "savepoint":
				f.must(tx.RollbackTo(s))
				f.must(tx.Commit(ctx))
			case "drop":
				f.must(tx.DropRelation(ctx, r.OID))
				f.must(tx.Commit(ctx))
			default:
				f.must(tx.Commit(ctx))
				tx = f.begin(ReadCommitted)
				if got, _ := f.scan(tx, h, ScanOptions{}); len(got) != rows-1 || tx.RowEstimate(r) != rows-1 {
					t.Fatalf("%d rows, estimate %v", len(got), tx.RowEstimate(r))
				}
				f.gone() // no mark is left
				if f.keys(r.Storage) != rows-1 {
					t.Fatal("the collector took live rows")
				}
				return
			}
			f.gone(storageIDs(r)...)
		})
	}
}

func TestBulkLoadUnderSavepoint(t *testing.T) {
	f := inMemory(t)
	tx := f.begin(ReadCommitted)
	r := f.relation(tx, tableSpec{name: "t", columns: []column{{"a", types.Int4OID}}, pk: []int{0}})
	f.must(tx.CreateRelation(ctx, r))
	h := NewHandle(r, nil)
	f.insert(tx, h, []types.Datum{types.Int(1)})
	s := tx.Savepoint()
	f.insert(tx, h, []types.Datum{types.Int(2)})
	f.must(tx.RollbackTo(s))
	f.insert(tx, h, []types.Datum{types.Int(3)})
	f.must(tx.Release(s))
	f.insert(tx, h, []types.Datum{types.Int(4)})
	s = tx.Savepoint()
	f.insert(tx, h, []types.Datum{types.Int(5)})
	f.must(tx.RollbackTo(s))
	f.want(f.see(tx, h), "1; 3; 4")
	f.must(tx.Commit(ctx))
	f.want(f.now(h), "1; 3; 4")
}

func TestAddedColumnAndRewrite(t *testing.T) {
	f := inMemory(t)
	h := f.create(tableSpec{name: "t", columns: []column{{"a", types.Int4OID}}})
	f.in(func(tx *Tx) {
		for _, a := range []int64{3, 1, 2} {
			f.insert(tx, h, []types.Datum{types.Int(a)})
		}
	})
	wide := *h.Rel
	wide.Columns = append(wide.Columns[:1:1], &catalog.Column{
		Num: 2, Name: "b", Type: types.TextOID, Typmod: -1, HasMissing: true, Missing: "new",
	})
	f.in(func(tx *Tx) { f.must(tx.ReplaceRelation(ctx, &wide)) })
	hw := NewHandle(&wide, nil)
	f.in(func(tx *Tx) { f.insert(tx, hw, []types.Datum{types.Int(4), types.Null}) })
	f.want(f.now(hw), "3 new; 1 new; 2 new; 4 -")

	// ADD PRIMARY KEY puts the rows in the order of the key.
	keyed := wide
	f.in(func(tx *Tx) {
		id, err := tx.NewStorageID(false)
		f.must(err)
		keyed.Storage = id
		keyed.Indexes = []*catalog.Index{{
			OID: 50000, Name: "t_pkey", Storage: id, Unique: true, Primary: true, Clustered: true, Valid: true,
			Keys: []catalog.IndexKey{{Column: 1, Type: types.Int4OID}},
		}}
		f.must(tx.ReplaceRelation(ctx, &keyed))
		f.must(tx.Rewrite(ctx, hw, NewHandle(&keyed, nil), nil))
	})
	hk := NewHandle(&keyed, nil)
	f.want(f.now(hk), "1 new; 2 new; 3 new; 4 -")
	f.gone(wide.Storage)

	// A unique index over values that repeat is refused.
	tx := f.begin(ReadCommitted)
	indexed := keyed
	id, err := tx.NewStorageID(false)
	f.must(err)
	indexed.Indexes = append(keyed.Indexes[:1:1], &catalog.Index{
		OID: 50001, Name: "t_b_key", Storage: id, Unique: true, Valid: true,
		Keys: []catalog.IndexKey{{Column: 2, Type: types.TextOID}},
	})
	f.must(tx.ReplaceRelation(ctx, &indexed))
	err = tx.BuildIndex(ctx, NewHandle(&indexed, nil), indexed.Indexes[1])
	f.wantCode(err, "23505")
	f.want(asPgerr(err).Detail, "Key (b)=(new) is duplicated.")
}

func TestDatabases(t *testing.T) {
	f := inMemory(t)
	var oid types.OID
	f.in(func(tx *Tx) {
		var err error
		oid, err = tx.NewOID()
		f.must(err)
		f.must(tx.CreateDatabase(ctx, &catalog.Database{OID: oid, Name: "shop", Owner: catalog.BootstrapRole, AllowConn: true}))
	})
	inShop, err := f.Begin(TxOptions{Database: oid})
	f.must(err)
	r := f.relation(inShop, tableSpec{name: "accounts", columns: []column{{"a", types.Int4OID}}})
	f.must(inShop.CreateRelation(ctx, r))
	if f.Catalog(catalog.PostgresOID).Relation(r.OID) != nil {
		t.Fatal("a relation belongs to one database")
	}
	f.accounts() // the same name elsewhere
	tx := f.begin(ReadCommitted)
	f.patience = 0
	f.wantCode(tx.DropDatabase(ctx, oid), "55006")
	f.patience = time.Minute
	left := make(chan error, 1)
	time.AfterFunc(20*time.Millisecond, func() { left <- inShop.Commit(ctx) })
	f.wantCode(tx.DropDatabase(ctx, catalog.PostgresOID), "55006")
	f.must(tx.DropDatabase(ctx, oid))
	f.must(<-left)
	f.must(tx.Commit(ctx))
	if _, err := f.Begin(TxOptions{Database: oid}); err == nil {
		t.Fatal("the database is gone")
	}
}

// sequence makes a sequence.
func (f fixture) sequence(s catalog.Sequence) *catalog.Relation {
	f.t.Helper()
	var r *catalog.Relation
	f.in(func(tx *Tx) {
		oid, err := tx.NewOID()
		f.must(err)
		id, err := tx.NewStorageID(false)
		f.must(err)
		r = &catalog.Relation{OID: oid, Name: "s", Schema: catalog.PublicOID, Kind: catalog.KindSequence, Storage: id, Sequence: &s}
		f.must(tx.CreateRelation(ctx, r))
	})
	return r
}

func (f fixture) next(tx *Tx, r *catalog.Relation, n int) (out []int64) {
	f.t.Helper()
	for range n {
		v, err := tx.NextVal(ctx, r.OID)
		f.must(err)
		out = append(out, v)
	}
	return out
}

func TestSequences(t *testing.T) {
	f := inMemory(t)
	r := f.sequence(catalog.Sequence{Start: 1, Increment: 2, Min: 1, Max: 7, Cycle: true})
	tx := f.begin(ReadCommitted)
	f.want(fmt.Sprint(f.next(tx, r, 6)), "[1 3 5 7 1 3]")
	if v, ok := tx.session.CurrVal(r.OID); !ok || v != 3 {
		t.Fatalf("currval %d %v", v, ok)
	}
	tx.Rollback() // gives nothing back
	tx = f.begin(ReadCommitted)
	f.want(fmt.Sprint(f.next(tx, r, 1)), "[5]")
	f.must(tx.SetVal(ctx, r.OID, 2, false))
	f.want(fmt.Sprint(f.next(tx, r, 1)), "[2]")
	f.wantCode(tx.SetVal(ctx, r.OID, 8, true), "22003")
	s := tx.Savepoint()
	f.must(tx.RestartSequence(ctx, r.OID, 7))
	f.want(fmt.Sprint(f.next(tx, r, 2)), "[7 1]")
	f.must(tx.RollbackTo(s))
	f.want(fmt.Sprint(f.next(tx, r, 1)), "[4]")
	f.must(tx.RestartSequence(ctx, r.OID, 3))
	f.must(tx.Commit(ctx))
	tx = f.begin(ReadCommitted)
	f.want(fmt.Sprint(f.next(tx, r, 1)), "[3]")
	last, called, err := tx.SequenceState(tx.Catalog().Relation(r.OID))
	if err != nil || last != 3 || !called {
		t.Fatal(last, called, err)
	}
}

func TestSequenceLimits(t *testing.T) {
	f := inMemory(t)
	r := f.sequence(catalog.Sequence{Start: math.MaxInt64 - 1, Increment: 1, Min: 1, Max: math.MaxInt64})
	tx := f.begin(ReadCommitted)
	f.next(tx, r, 2)
	_, err := tx.NextVal(ctx, r.OID)
	f.wantCode(err, "2200H")
	f.in(func(tx *Tx) { f.must(tx.CreateSchema(ctx, &catalog.Schema{OID: 77777, Name: "n"})) })
}

func TestSequenceAfterCrash(t *testing.T) {
	store := memstore.New()
	crashed, err := Open(store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{t, crashed}
	r := f.sequence(catalog.Sequence{Start: 1, Increment: 1, Min: 1, Max: math.MaxInt64})
	tx := f.begin(ReadCommitted)
	given := f.next(tx, r, 40)
	// No Close: what is in memory is lost.
	g := open(t, store)
	if v := g.next(g.begin(ReadCommitted), r, 1)[0]; v <= given[39] || v > given[39]+2*logValues {
		t.Fatalf("%d after %d", v, given[39])
	}
}

func TestSequenceAfterClose(t *testing.T) {
	store := memstore.New()
	e, err := Open(store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{t, e}
	r := f.sequence(catalog.Sequence{Start: 1, Increment: -1, Min: -100, Max: 1})
	f.in(func(tx *Tx) { f.want(fmt.Sprint(f.next(tx, r, 3)), "[1 0 -1]") })
	f.must(e.Close())
	g := open(t, store)
	f.want(fmt.Sprint(g.next(g.begin(ReadCommitted), r, 1)), "[-2]")
}
