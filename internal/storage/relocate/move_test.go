package relocate_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
	"github.com/orbit-server/orbit/internal/storage/relocate"
)

func set(t *testing.T, s storage.Store, b storage.Batch, key, value string) {
	t.Helper()
	if err := b.Set([]byte(key), []byte(value)); err != nil {
		t.Fatal(err)
	}
	pending, err := s.Apply(b)
	if err == nil {
		err = pending.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
}

func wantValue(t *testing.T, s storage.Reader, key, want string) {
	t.Helper()
	got, err := s.Get([]byte(key))
	if want == "" && err == storage.ErrNotFound {
		return
	}
	if err != nil || string(got) != want {
		t.Errorf("%s is %q, %v, want %q", key, got, err, want)
	}
}

// What is on its way when the home changes arrives.
func TestBatchOfAnEarlierHome(t *testing.T) {
	s := relocate.New(openFront(t, t.TempDir()))
	first := s.Home()
	b := s.NewBatch()
	if err := b.Set([]byte("a"), []byte("1")); err != nil {
		t.Fatal(err)
	}
	snapshot := s.NewSnapshot()
	if err := s.Move(context.Background(), openPebble(t, t.TempDir()), relocate.MoveOptions{}); err != nil {
		t.Fatal(err)
	}
	if relocate.Handles(first) != 1 {
		t.Errorf("%d handles are open in the first home, want the snapshot's", relocate.Handles(first))
	}
	if first.Close() == nil {
		t.Error("the first home was closed under a snapshot")
	}
	set(t, s, b, "b", "2") // the same batch
	set(t, s, b, "c", "3") // after Reset
	for key, want := range map[string]string{"a": "1", "b": "2", "c": "3"} {
		wantValue(t, s, key, want)
		wantValue(t, snapshot, key, "")
	}
	if err := errors.Join(b.Close(), snapshot.Close(), first.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}

var errNo = errors.New("no")

// A move that fails changes nothing, at whatever moment.
func TestFailedMove(t *testing.T) {
	tests := map[string]func(cancel func()) relocate.MoveOptions{
		"commit": func(func()) relocate.MoveOptions {
			return relocate.MoveOptions{Commit: func() error { return errNo }}
		},
		"cancelled while it copies": func(cancel func()) relocate.MoveOptions {
			return relocate.MoveOptions{Keep: func([]byte) bool { cancel(); return true }}
		},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			s := relocate.New(memstore.New())
			home := s.Home()
			b := s.NewBatch()
			set(t, s, b, "a", "1")
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if err := s.Move(ctx, memstore.New(), options(cancel)); !errors.Is(err, errNo) && !errors.Is(err, context.Canceled) {
				t.Errorf("move: %v", err)
			}
			if s.Home() != home {
				t.Error("the home changed")
			}
			set(t, s, b, "b", "2")
			wantValue(t, s, "a", "1")
			wantValue(t, s, "b", "2")
			if err := s.Move(context.Background(), memstore.New(), relocate.MoveOptions{}); err != nil {
				t.Fatal(err)
			}
			wantValue(t, s, "b", "2")
		})
	}
}

// A copy of many chunks, under writers that set, delete and delete ranges on both
// sides of where it is, ends with what the home has.
func TestMoveUnderWriters(t *testing.T) {
	s := relocate.New(memstore.New())
	fill := s.NewBatch()
	large := make([]byte, 64<<10)
	for i := range 400 { // 25 MB
		if err := fill.Set(fmt.Appendf(nil, "%03d", i), large); err != nil {
			t.Fatal(err)
		}
	}
	set(t, s, fill, "filled", "1")
	for round := range 3 {
		home := s.Home()
		stop := make(chan struct{})
		var writers sync.WaitGroup
		for w := range 3 {
			writers.Go(func() { scribble(t, s, w, stop) })
		}
		var told relocate.Progress
		err := s.Move(context.Background(), openPebble(t, t.TempDir()), relocate.MoveOptions{
			Progress: func(p relocate.Progress) { told = p },
			Commit: func() error {
				close(stop)
				return nil
			},
		})
		writers.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if told.Keys == 0 || told.Bytes == 0 {
			t.Errorf("round %d: no progress was told", round)
		}
		sameUpTo(t, home, s)
		if round > 0 {
			if err := home.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func scribble(t *testing.T, s storage.Store, w int, stop chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		b := s.NewBatch()
		at := (i * 37) % 400
		err := errors.Join(
			b.Set(fmt.Appendf(nil, "%03d", at), fmt.Appendf(nil, "%d of %d", i, w)),
			b.Set(fmt.Appendf(nil, "%03d-%d", at, w), fmt.Append(nil, i)),
			b.Delete(fmt.Appendf(nil, "%03d", (at+200)%400)),
			b.DeleteRange(fmt.Appendf(nil, "%03d-", (at+100)%400), fmt.Appendf(nil, "%03d-", (at+103)%400)),
		)
		if err == nil {
			var pending storage.Pending
			if pending, err = s.Apply(b); err == nil {
				err = pending.Wait()
			}
		}
		if err = errors.Join(err, b.Close()); err != nil {
			t.Error(err)
			return
		}
	}
}

// sameUpTo compares the home that was left with a store that went on: what it has
// more was written after the move.
func sameUpTo(t *testing.T, left, now storage.Store) {
	t.Helper()
	differ := 0
	a, err := left.NewIter(storage.IterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := now.NewIter(storage.IterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	okA, okB := a.First(), b.First()
	for okA && okB {
		if string(a.Key()) != string(b.Key()) {
			differ++
			if string(a.Key()) < string(b.Key()) {
				okA = a.Next()
			} else {
				okB = b.Next()
			}
			continue
		}
		va, errA := a.Value()
		vb, errB := b.Value()
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if string(va) != string(vb) {
			differ++
		}
		okA, okB = a.Next(), b.Next()
	}
	if err := errors.Join(a.Error(), b.Error(), a.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	// Each of the three writers may have made one batch more.
	if differ > 3*(3+3*3) || okA != okB && differ == 0 {
		t.Errorf("%d keys differ", differ)
	}
}
