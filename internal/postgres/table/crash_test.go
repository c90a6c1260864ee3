package table

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

func TestReopenOnDisk(t *testing.T) {
	dir := t.TempDir()
	f, stop := onDisk(t, dir, storage.Always, Options{})
	h := f.accounts()
	f.in(func(tx *Tx) { f.insert(tx, h, account(1, "a", 10), account(2, "", 20)) })
	f.in(func(tx *Tx) {
		n := *h.Rel
		n.Comment = "money"
		f.must(tx.ReplaceRelation(ctx, &n))
	})
	stop()
	f, stop = onDisk(t, dir, storage.Always, Options{})
	defer stop()
	rel := f.Catalog(catalog.PostgresOID).Lookup(catalog.PublicOID, "accounts")
	if rel == nil || rel.Comment != "money" || len(rel.Indexes) != 3 {
		t.Fatalf("after a restart: %+v", rel)
	}
	h = NewHandle(rel, nil)
	f.want(f.now(h), "1 a 10; 2 - 20")
	tx := f.begin(ReadCommitted)
	if n := tx.RowEstimate(rel); n != 2 {
		t.Fatalf("estimate %v", n)
	}
	oid, err := tx.NewOID()
	f.must(err)
	if oid <= rel.Indexes[2].OID {
		t.Fatalf("OID %d was given before", oid)
	}
	if id, err := tx.ID(); err != nil || id < 5 {
		t.Fatalf("xid %d was given before (%v)", id, err)
	}
}

const (
	crashDir      = "ORBIT_TABLE_CRASH_DIR"
	crashAccounts = 8
	crashRounds   = 5
)

// TestKilled runs itself as a process that moves money between accounts, kills
// it at a random moment and looks: every acknowledged transfer is there, the
// sum is what it was, and the indexes agree with the rows.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		transferForever(t, dir)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	last := map[int]int64{} // newest acknowledged transfer per worker
	for range crashRounds {
		killed(t, dir, last)
		f, stop := onDisk(t, dir, storage.EverySec, Options{})
		rel := f.Catalog(catalog.PostgresOID).Lookup(catalog.PublicOID, "accounts")
		done := f.Catalog(catalog.PostgresOID).Lookup(catalog.PublicOID, "done")
		if rel == nil || done == nil {
			t.Fatal("the tables are gone")
		}
		tx := f.begin(ReadCommitted)
		h := NewHandle(rel, nil)
		rows, _ := f.scan(tx, h, ScanOptions{})
		sum := int64(0)
		for _, r := range rows {
			sum += r[2].Int()
		}
		if len(rows) != crashAccounts || sum != crashAccounts*1000 {
			t.Fatalf("%d accounts, sum %d", len(rows), sum)
		}
		for _, i := range rel.Indexes[1:] {
			if got, _ := f.scan(tx, h, ScanOptions{Index: i}); len(got) != crashAccounts {
				t.Fatalf("index %s has %d entries", i.Name, len(got))
			}
		}
		for worker, n := range last {
			row, _, found, err := tx.Get(NewHandle(done, nil), nil, []types.Datum{types.Int(int64(worker))}, GetOptions{All: true}, nil)
			if err != nil || !found || row[1].Int() < n {
				t.Fatalf("worker %d acknowledged %d, stored %v (%v)", worker, n, row, err)
			}
		}
		tx.Rollback()
		stop()
	}
}

// killed runs the child for a moment and notes what it acknowledged.
func killed(t *testing.T, dir string, last map[int]int64) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	acks := 0
	var end <-chan time.Time
	stopped := make(chan struct{})
	for lines.Scan() {
		var worker int
		var n int64
		if _, err := fmt.Sscanf(lines.Text(), "ack %d %d", &worker, &n); err != nil {
			continue
		}
		last[worker] = n
		if acks++; acks == 20 {
			end = time.After(time.Duration(rand.IntN(50)) * time.Millisecond)
			go func() {
				defer close(stopped)
				<-end
				_ = cmd.Process.Kill() // it may have failed by itself; Wait tells
			}()
		}
	}
	err = cmd.Wait()
	if acks < 20 {
		t.Fatalf("the child ended early: %v", err)
	}
	<-stopped
}

// transferForever is the child: workers move money, some of them with savepoints
// and moved keys, and say so once it is committed.
func transferForever(t *testing.T, dir string) {
	f, _ := onDisk(t, dir, storage.EverySec, Options{})
	v := f.Catalog(catalog.PostgresOID)
	rel, done := v.Lookup(catalog.PublicOID, "accounts"), v.Lookup(catalog.PublicOID, "done")
	if rel == nil {
		f.in(func(tx *Tx) {
			rel = f.relation(tx, tableSpec{
				name:    "accounts",
				columns: []column{{"id", types.Int4OID}, {"owner", types.TextOID}, {"balance", types.Int8OID}},
				pk:      []int{0}, unique: [][]int{{1}}, plain: [][]int{{2}},
			})
			done = f.relation(tx, tableSpec{name: "done", columns: []column{{"worker", types.Int4OID}, {"n", types.Int8OID}}, pk: []int{0}})
			f.must(tx.CreateRelation(ctx, rel))
			f.must(tx.CreateRelation(ctx, done))
			for i := range crashAccounts {
				f.insert(tx, NewHandle(rel, nil), account(i, "o"+strconv.Itoa(i), 1000))
			}
		})
	}
	h, d := NewHandle(rel, nil), NewHandle(done, nil)
	var out sync.Mutex
	var all sync.WaitGroup
	for w := range 3 {
		all.Go(func() {
			for {
				n, err := transfer(f, h, d, w)
				if err != nil {
					continue // a deadlock
				}
				out.Lock()
				if _, err := fmt.Println("ack", w, n); err != nil {
					os.Exit(1)
				}
				out.Unlock()
			}
		})
	}
	all.Wait()
}

func transfer(f fixture, h, d *Handle, w int) (int64, error) {
	tx := f.begin(ReadCommitted)
	defer tx.Rollback()
	amount := rand.IntN(100)
	if err := f.set(tx, h, rand.IntN(crashAccounts), -amount); err != nil {
		return 0, err
	}
	s := tx.Savepoint()
	if err := f.set(tx, h, rand.IntN(crashAccounts), 1000); err != nil {
		return 0, err
	}
	f.must(tx.RollbackTo(s))
	if err := f.set(tx, h, rand.IntN(crashAccounts), amount); err != nil {
		return 0, err
	}
	f.must(tx.StartStatement())
	key := []types.Datum{types.Int(int64(w))}
	r, found, err := tx.GetForUpdate(ctx, d, key, ForNoKeyUpdate, WaitBlock)
	if err != nil {
		return 0, err
	}
	n := int64(1)
	if found {
		n = r.Row[1].Int() + 1
		_, err = tx.Update(ctx, d, r.TID, r.Row, []types.Datum{key[0], types.Int(n)})
	} else {
		_, err = tx.Insert(ctx, d, []types.Datum{key[0], types.Int(n)})
	}
	if err != nil {
		return 0, err
	}
	return n, tx.Commit(ctx)
}

// TestTransfersInParallel is the same in one process, for the race detector.
func TestTransfersInParallel(t *testing.T) {
	f := inMemory(t)
	h := f.accounts()
	f.in(func(tx *Tx) {
		for i := range crashAccounts {
			f.insert(tx, h, account(i, "o"+strconv.Itoa(i), 1000))
		}
	})
	d := f.create(tableSpec{name: "done", columns: []column{{"worker", types.Int4OID}, {"n", types.Int8OID}}, pk: []int{0}})
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for range 50 {
				if _, err := transfer(f, h, d, w); err != nil && !strings.Contains(err.Error(), "40P01") {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	tx := f.begin(ReadCommitted)
	rows, _ := f.scan(tx, h, ScanOptions{})
	sum := int64(0)
	for _, r := range rows {
		sum += r[2].Int()
	}
	if sum != crashAccounts*1000 || len(f.Locks()) != 0 {
		t.Fatalf("sum %d, %d locks", sum, len(f.Locks()))
	}
}
