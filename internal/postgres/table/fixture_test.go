package table

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

var (
	ctx  = context.Background()
	pids atomic.Int32
)

// failer is what fixtures need of testing.TB and rapid.T.
type failer interface {
	Helper()
	Cleanup(func())
	Error(...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

// fixture is an engine with helpers that fail the test.
type fixture struct {
	t failer
	*Engine
}

func open(t testing.TB, store storage.Store) fixture {
	t.Helper()
	e, err := Open(store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return fixture{t, e}
}

func inMemory(t testing.TB) fixture { return open(t, memstore.New()) }

func (f fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) begin(i Isolation) *Tx {
	f.t.Helper()
	s := f.NewSession(pids.Add(1))
	s.SetDeadlockTimeout(10 * time.Millisecond)
	tx, err := f.Begin(TxOptions{Database: catalog.PostgresOID, Isolation: i, Session: s})
	f.must(err)
	f.t.Cleanup(tx.Rollback)
	f.must(tx.StartStatement())
	return tx
}

// in runs f as a transaction.
func (f fixture) in(do func(tx *Tx)) {
	f.t.Helper()
	tx := f.begin(ReadCommitted)
	do(tx)
	f.must(tx.Commit(ctx))
}

// column spells a column: its name and type.
type column struct {
	name string
	oid  types.OID
}

// table describes a table to make: primary key and further indexes by column
// positions.
type tableSpec struct {
	name    string
	columns []column
	pk      []int
	unique  [][]int
	plain   [][]int
}

func (f fixture) relation(tx *Tx, s tableSpec) *catalog.Relation {
	f.t.Helper()
	id := func() uint64 { v, err := tx.NewStorageID(false); f.must(err); return v }
	oid := func() types.OID { v, err := tx.NewOID(); f.must(err); return v }
	r := &catalog.Relation{
		OID: oid(), Name: s.name, Schema: catalog.PublicOID, Kind: catalog.KindTable,
		Owner: catalog.BootstrapRole, Storage: id(), AccessMethod: "persistent",
	}
	for i, c := range s.columns {
		r.Columns = append(r.Columns, &catalog.Column{Num: int16(i + 1), Name: c.name, Type: c.oid, Typmod: -1})
	}
	index := func(suffix string, cols []int, unique bool) *catalog.Index {
		i := &catalog.Index{OID: oid(), Name: s.name + suffix, Unique: unique, Method: "btree", Valid: true}
		for _, c := range cols {
			i.Keys = append(i.Keys, catalog.IndexKey{Column: int16(c + 1), Type: s.columns[c].oid})
		}
		return i
	}
	if s.pk != nil {
		i := index("_pkey", s.pk, true)
		i.Primary, i.Clustered, i.Storage = true, true, r.Storage
		r.Indexes = append(r.Indexes, i)
	}
	for n, cols := range s.unique {
		i := index("_key"+string(rune('0'+n)), cols, true)
		i.Storage = id()
		r.Indexes = append(r.Indexes, i)
	}
	for n, cols := range s.plain {
		i := index("_idx"+string(rune('0'+n)), cols, false)
		i.Storage = id()
		r.Indexes = append(r.Indexes, i)
	}
	return r
}

func (f fixture) create(s tableSpec) *Handle {
	f.t.Helper()
	var r *catalog.Relation
	f.in(func(tx *Tx) {
		r = f.relation(tx, s)
		f.must(tx.CreateRelation(ctx, r))
	})
	return NewHandle(r, nil)
}

// accounts is the usual table: id is the key, owner unique, balance indexed.
func (f fixture) accounts() *Handle {
	f.t.Helper()
	return f.create(tableSpec{
		name:    "accounts",
		columns: []column{{"id", types.Int4OID}, {"owner", types.TextOID}, {"balance", types.Int8OID}},
		pk:      []int{0}, unique: [][]int{{1}}, plain: [][]int{{2}},
	})
}

func account(id int, owner string, balance int) []types.Datum {
	o := types.Text(owner)
	if owner == "" {
		o = types.Null
	}
	return []types.Datum{types.Int(int64(id)), o, types.Int(int64(balance))}
}

func (f fixture) insert(tx *Tx, h *Handle, rows ...[]types.Datum) {
	f.t.Helper()
	for _, r := range rows {
		_, err := tx.Insert(ctx, h, r)
		f.must(err)
	}
}

// rows scans a table or index as the statement sees it: every column, and TIDs.
func (f fixture) scan(tx *Tx, h *Handle, o ScanOptions) ([][]types.Datum, []TID) {
	f.t.Helper()
	o.Columns, o.TID = nil, true
	kinds := make([]types.Kind, 0, len(h.Rel.Columns)+1)
	for i, c := range h.Rel.Columns {
		o.Columns = append(o.Columns, i)
		kinds = append(kinds, types.ByOID(c.Type).Phys)
	}
	s, err := tx.Scan(h, o)
	f.must(err)
	b := vec.NewBatch(append(kinds, types.KindText), 8)
	var rows [][]types.Datum
	var tids []TID
	for {
		b.Reset()
		n, err := s.Next(b, 3)
		f.must(err)
		if n == 0 {
			break
		}
		for i := range n {
			r := b.Row(i, nil)
			rows = append(rows, r[:len(r)-1])
			tids = append(tids, TIDOf(r[len(r)-1]))
		}
	}
	f.must(s.Close())
	return rows, tids
}

// text spells rows for comparison.
func text(h *Handle, rows [][]types.Datum) string {
	var b []byte
	for i, r := range rows {
		if i > 0 {
			b = append(b, "; "...)
		}
		for k, d := range r {
			if k > 0 {
				b = append(b, ' ')
			}
			if d.IsNull() {
				b = append(b, '-')
			} else {
				b = types.AppendText(b, h.Rel.Columns[k].Type, d, nil)
			}
		}
	}
	return string(b)
}

// see is what the transaction's next statement sees of a table.
func (f fixture) see(tx *Tx, h *Handle) string {
	f.t.Helper()
	f.must(tx.StartStatement())
	rows, _ := f.scan(tx, h, ScanOptions{})
	return text(h, rows)
}

// now is what a new transaction sees of a table.
func (f fixture) now(h *Handle) string {
	f.t.Helper()
	tx := f.begin(ReadCommitted)
	defer tx.Rollback()
	return f.see(tx, h)
}

func (f fixture) want(got, want string) {
	f.t.Helper()
	if got != want {
		f.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func (f fixture) wantCode(err error, code string) {
	f.t.Helper()
	if pgerr.Code(err) != code {
		f.t.Fatalf("error %v, want SQLSTATE %s", err, code)
	}
}

// set adds to the balance of an account as an UPDATE by key does: scan, lock,
// recheck that it is still there, write.
func (f fixture) set(tx *Tx, h *Handle, id, add int) error {
	f.t.Helper()
	f.must(tx.StartStatement())
	_, tids := f.scan(tx, h, ScanOptions{Spans: []Span{PointSpan([]types.Datum{types.Int(int64(id))})}})
	for _, tid := range tids {
		r, err := tx.LockRow(ctx, h, tid, ForNoKeyUpdate, WaitBlock)
		if err != nil {
			return err
		}
		if r.Status > LockChanged {
			continue
		}
		row := append([]types.Datum(nil), r.Row...)
		row[2] = types.Int(row[2].Int() + int64(add))
		if _, err := tx.Update(ctx, h, r.TID, r.Row, row); err != nil {
			return err
		}
	}
	return nil
}

// waiting returns once the session of tx waits for a lock.
func (f fixture) waiting(tx *Tx) {
	f.t.Helper()
	for range 5000 {
		for _, l := range f.Locks() {
			if !l.Granted && l.PID == tx.session.owner.pid {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
	f.t.Fatal("nobody waits")
}

func asPgerr(err error) *pgerr.Error { return pgerr.From(err) }
