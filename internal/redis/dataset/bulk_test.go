package dataset_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/all"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/rdb"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// onDisk is a keyspace in the store that the server uses, which takes a replacement
// past its log.
func onDisk(t *testing.T) *commandtest.Harness {
	t.Helper()
	store, err := frontstore.Open(frontstore.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	h := commandtest.Over(t, store, all.Groups()...)
	h.Advance(time.Since(h.Now()))
	return h
}

// replace loads a file in the place of all data.
func replace(t *testing.T, h *commandtest.Harness, file []byte, o dataset.LoadOptions) (dataset.LoadStats, error) {
	t.Helper()
	run := h.KS.NewRun()
	p, err := run.Replace()
	if err != nil {
		t.Fatal(err)
	}
	stats, err := dataset.Load(bytes.NewReader(file), p.Run(), o)
	if err == nil {
		err = p.Commit()
	} else {
		err = errors.Join(err, p.Abandon())
	}
	pending, applied := run.Apply()
	if applied == nil && pending != nil {
		applied = pending.Wait()
	}
	return stats, errors.Join(err, applied)
}

// A file loaded through the store's way for loads is what it is without.
func TestReplacementOnDisk(t *testing.T) {
	h := filled(t)
	for i, size := range []int{511, 512, 513, 70_000} { // around where ranks are counted, and more than are gathered
		for from := 0; from < size; from += 1000 {
			words := []string{"ZADD", fmt.Sprint("ranked", i)}
			for n := from; n < min(size, from+1000); n++ {
				words = append(words, fmt.Sprint(n*7919%1000), fmt.Sprint("m", n))
			}
			h.Raw(words...)
		}
	}
	file, want := saved(t, h, dataset.SaveOptions{Limits: rdb.DefaultLimits})
	disk := onDisk(t)
	disk.Do("SET old 1")
	for range 2 {
		stats, err := replace(t, disk, file, dataset.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if stats.Keys != want.Keys {
			t.Errorf("%d keys, want %d", stats.Keys, want.Keys)
		}
		again, _ := saved(t, disk, dataset.SaveOptions{Limits: rdb.DefaultLimits, NoFunctions: true})
		if without, _ := saved(t, h, dataset.SaveOptions{Limits: rdb.DefaultLimits, NoFunctions: true}); !bytes.Equal(withoutHeader(again), withoutHeader(without)) {
			t.Error("the replacement is not what was loaded")
		}
		for i := range 4 {
			for _, line := range []string{"ZRANK ranked%d m400", "ZRANGE ranked%d 300 310", "ZREVRANGE ranked%d 0 5", "ZCOUNT ranked%d 100 200"} {
				line = fmt.Sprintf(line, i)
				if got, want := disk.Do(line), h.Do(line); got != want {
					t.Errorf("%s: %s, want %s", line, got, want)
				}
			}
		}
	}
	disk.Reopen()
	disk.Check([][2]string{{"DBSIZE", fmt.Sprint(":", len(keysOf(h, 0)))}, {"ZCARD ranked3", ":70000"}, {"EXISTS old", ":0"}})
}

// A key that is in a file twice is found though nothing of it is in the store yet.
func TestAKeyTwiceInAReplacement(t *testing.T) {
	var file bytes.Buffer
	w := rdb.NewWriter(&file, rdb.DefaultLimits)
	w.SelectDB(0, 3, 0)
	for i, key := range []string{"a", "b", "a"} {
		w.Key([]byte(key), 0)
		w.String(fmt.Append(nil, "value ", i))
	}
	w.Key([]byte("b"), 4e12)
	w.Begin(rdb.Set, 2)
	w.Item([]byte("x"))
	w.Item([]byte("y"))
	w.End()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	h := onDisk(t)
	h.Do("SET old 1")
	if _, err := replace(t, h, file.Bytes(), dataset.LoadOptions{}); !errors.Is(err, dataset.ErrExists) {
		t.Errorf("a key twice: %v", err)
	}
	h.Check([][2]string{{"DBSIZE", ":1"}, {"GET old", `"1"`}})
	if _, err := replace(t, h, file.Bytes(), dataset.LoadOptions{Replace: true}); err != nil {
		t.Fatal(err)
	}
	h.Check([][2]string{{"DBSIZE", ":2"}, {"GET a", `"value 2"`}, {"SCARD b", ":2"}, {"PEXPIRETIME b", ":4000000000000"}})
}

// A member that is in a collection twice is bad, however the collection is stored.
func TestAMemberTwiceInAReplacement(t *testing.T) {
	for _, kind := range []rdb.Kind{rdb.Set, rdb.Hash, rdb.ZSet} {
		var file bytes.Buffer
		w := rdb.NewWriter(&file, rdb.Limits{})
		w.SelectDB(0, 1, 0)
		w.Key([]byte("k"), 0)
		w.Begin(kind, 3)
		for _, name := range []string{"a", "b", "a"} {
			w.Item([]byte(name))
			switch kind {
			case rdb.Hash:
				w.Item([]byte("v"))
			case rdb.ZSet:
				w.Score(1)
			}
		}
		w.End()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := replace(t, onDisk(t), file.Bytes(), dataset.LoadOptions{}); !errors.Is(err, rdb.ErrFormat) {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}
