package table

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/pebblestore"
)

const benchRows = 100_000

// onDisk is an engine over a pebble store in a temporary directory.
func onDisk(t testing.TB, dir string, d storage.Durability, o Options) (fixture, func()) {
	t.Helper()
	store, err := pebblestore.Open(pebblestore.Options{Dir: dir, Durability: d})
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(store, o)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{t, e}
	return f, func() {
		f.must(e.Close())
		f.must(store.Close())
	}
}

// pgbench makes pgbench's accounts, 100,000 rows, and its history.
func (f fixture) pgbench() (accounts, history *Handle) {
	f.t.Helper()
	f.in(func(tx *Tx) {
		r := f.relation(tx, tableSpec{
			name:    "pgbench_accounts",
			columns: []column{{"aid", types.Int4OID}, {"bid", types.Int4OID}, {"abalance", types.Int4OID}, {"filler", types.BPCharOID}},
			pk:      []int{0},
		})
		f.must(tx.CreateRelation(ctx, r))
		accounts = NewHandle(r, nil)
		filler := types.Text(fmt.Sprintf("%-84s", ""))
		for i := range benchRows {
			f.insert(tx, accounts, []types.Datum{types.Int(int64(i)), types.Int(1), types.Int(0), filler})
		}
	})
	history = f.create(tableSpec{
		name:    "pgbench_history",
		columns: []column{{"aid", types.Int4OID}, {"delta", types.Int4OID}, {"mtime", types.TimestampOID}},
	})
	return accounts, history
}

func benchmarkEach(b *testing.B, d storage.Durability, o Options, do func(f fixture, s *Session, accounts, history *Handle)) {
	f, stop := onDisk(b, b.TempDir(), d, o)
	defer stop()
	accounts, history := f.pgbench()
	b.ReportAllocs()
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		s := f.NewSession(1)
		for p.Next() {
			do(f, s, accounts, history)
		}
	})
}

// hotRows are the first rows, which stand for pgbench's tellers and branches.
const hotRows = 1000

func aid() []types.Datum { return []types.Datum{types.Int(hotRows + rand.Int64N(benchRows-hotRows))} }

func (f fixture) autocommit(s *Session) *Tx {
	tx, err := f.Begin(TxOptions{Database: catalog.PostgresOID, Session: s})
	f.must(err)
	f.must(tx.StartStatement())
	return tx
}

func BenchmarkPointRead(b *testing.B) {
	benchmarkEach(b, storage.Always, Options{}, func(f fixture, s *Session, h, _ *Handle) {
		tx := f.autocommit(s)
		f.must(tx.LockRelation(ctx, h.Rel.OID, AccessShare, false))
		_, _, found, err := tx.Get(h, nil, aid(), GetOptions{Columns: []int{2}, Direct: true}, nil)
		if err != nil || !found {
			f.t.Error(found, err)
		}
		f.must(tx.Commit(ctx))
	})
}

func BenchmarkPointScan(b *testing.B) {
	kinds := []types.Kind{types.KindInt}
	benchmarkEach(b, storage.Always, Options{}, func(f fixture, s *Session, h, _ *Handle) {
		tx := f.autocommit(s)
		f.must(tx.LockRelation(ctx, h.Rel.OID, AccessShare, false))
		sc, err := tx.Scan(h, ScanOptions{Spans: []Span{PointSpan(aid())}, Columns: []int{2}})
		f.must(err)
		n, err := sc.Next(vec.NewBatch(kinds, 1), 1)
		if err != nil || n != 1 {
			f.t.Error(n, err)
		}
		f.must(sc.Close())
		f.must(tx.Commit(ctx))
	})
}

func (f fixture) addTo(tx *Tx, h *Handle, key []types.Datum) {
	f.must(tx.LockRelation(ctx, h.Rel.OID, RowExclusive, false))
	r, found, err := tx.GetForUpdate(ctx, h, key, ForNoKeyUpdate, WaitBlock)
	if err != nil || !found {
		f.t.Fatal(found, err)
	}
	row := append(make([]types.Datum, 0, 8), r.Row...)
	row[2] = types.Int(row[2].Int() + 1)
	_, err = tx.Update(ctx, h, r.TID, r.Row, row)
	f.must(err)
}

func BenchmarkPointUpdate(b *testing.B) {
	benchmarkEach(b, storage.No, Options{}, func(f fixture, s *Session, h, _ *Handle) {
		tx := f.autocommit(s)
		f.addTo(tx, h, aid())
		f.must(tx.Commit(ctx))
	})
}

// tpcb is like pgbench's transaction: three updates (two of them of hot rows), a
// read, an insert.
func tpcb(f fixture, s *Session, h, history *Handle) {
	tx := f.autocommit(s)
	defer tx.Rollback()
	key := aid()
	f.addTo(tx, h, key)
	f.must(tx.StartStatement())
	_, _, _, err := tx.Get(h, nil, key, GetOptions{Columns: []int{2}, Direct: true}, nil)
	f.must(err)
	for _, hot := range []int64{rand.Int64N(100), rand.Int64N(10) + 200} {
		f.must(tx.StartStatement())
		f.addTo(tx, h, []types.Datum{types.Int(hot)})
	}
	f.must(tx.StartStatement())
	_, err = tx.Insert(ctx, history, []types.Datum{key[0], types.Int(1), types.Int(2)})
	f.must(err)
	f.must(tx.Commit(ctx))
}

func BenchmarkTPCB(b *testing.B) {
	b.Run("early", func(b *testing.B) { benchmarkEach(b, storage.Always, Options{}, tpcb) })
	b.Run("hold", func(b *testing.B) {
		benchmarkEach(b, storage.Always, Options{HoldLocks: true}, tpcb)
	})
	b.Run("nofsync", func(b *testing.B) { benchmarkEach(b, storage.No, Options{}, tpcb) })
}

func BenchmarkTableScan(b *testing.B) {
	f, stop := onDisk(b, b.TempDir(), storage.No, Options{})
	defer stop()
	h, _ := f.pgbench()
	batch := vec.NewBatch([]types.Kind{types.KindInt, types.KindInt}, vec.MaxRows)
	var rows atomic.Int64
	b.ResetTimer()
	for range b.N {
		tx := f.autocommit(f.NewSession(1))
		s, err := tx.Scan(h, ScanOptions{Columns: []int{1, 2}})
		f.must(err)
		for {
			batch.Reset()
			n, err := s.Next(batch, vec.MaxRows)
			f.must(err)
			if n == 0 {
				break
			}
			rows.Add(int64(n))
		}
		f.must(s.Close())
		tx.Rollback()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows.Load()), "ns/row")
}

func BenchmarkBulkInsert(b *testing.B) {
	f, stop := onDisk(b, b.TempDir(), storage.No, Options{})
	defer stop()
	for b.Loop() {
		tx := f.autocommit(f.NewSession(1))
		r := f.relation(tx, tableSpec{name: "t", columns: []column{{"a", types.Int4OID}, {"b", types.TextOID}}, pk: []int{0}})
		f.must(tx.CreateRelation(ctx, r))
		h := NewHandle(r, nil)
		for i := range benchRows {
			f.insert(tx, h, []types.Datum{types.Int(int64(i)), types.Text("some text of a usual length, not too long")})
		}
		f.must(tx.DropRelation(ctx, r.OID))
		f.must(tx.Commit(ctx))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchRows), "ns/row")
}
