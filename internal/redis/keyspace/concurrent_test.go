package keyspace

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Several runs move amounts between the same few counters, with runs of mixed
// length, while others flush, swap, expire and collect: the sum stays, because
// no command sees another one half done.
func TestRunsOverTheSameKeysDoNotInterleave(t *testing.T) {
	inEachHouse(t, func(t *testing.T, house *house) { runOverTheSameKeys(t, house.keyspace(t)) })
}

func runOverTheSameKeys(t *testing.T, ks *Keyspace) {
	const accounts, workers, rounds, start = 5, 8, 400, 1000
	key := func(i int) []byte { return fmt.Appendf(nil, "account%d", i) }
	run := ks.NewRun()
	for i := range accounts {
		if err := run.SetString(0, key(i), binary.AppendVarint(nil, start)); err != nil {
			t.Fatal(err)
		}
	}
	apply(t, run)

	amount := func(r *Run, i int) int64 {
		raw, ok, err := r.GetString(0, key(i))
		if err != nil || !ok {
			t.Errorf("account %d: %v %v", i, ok, err)
		}
		n, _ := binary.Varint(raw)
		return n
	}
	var wg sync.WaitGroup
	var done atomic.Bool
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := ks.NewRun()
			for round := range rounds {
				for range rand.IntN(4) + 1 {
					from, to := rand.IntN(accounts), rand.IntN(accounts)
					if from == to {
						continue
					}
					if err := r.Lock(0, [][]byte{key(from), key(to)}, true); err != nil {
						t.Error(err)
						return
					}
					a, b := amount(r, from), amount(r, to)
					for i, n := range map[int]int64{from: a - 1, to: b + 1} {
						if err := r.SetString(0, key(i), binary.AppendVarint(nil, n)); err != nil {
							t.Error(err)
						}
					}
				}
				if err := mix(r, w, round); err != nil {
					t.Error(err)
					return
				}
				p, err := r.Apply()
				if err == nil && p != nil {
					err = p.Wait()
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	var readers sync.WaitGroup
	readers.Add(2)
	go func() {
		defer readers.Done()
		all := make([][]byte, accounts)
		for i := range all {
			all[i] = key(i)
		}
		for r := ks.NewRun(); !done.Load(); {
			if err := r.Lock(0, all, false); err != nil {
				t.Error(err)
			}
			sum := int64(0)
			for i := range accounts {
				sum += amount(r, i)
			}
			if sum != accounts*start {
				t.Errorf("a reader saw the sum %d", sum)
			}
			if _, err := r.Apply(); err != nil {
				t.Error(err)
			}
		}
	}()
	go func() {
		defer readers.Done()
		for !done.Load() {
			if _, err := ks.ExpireDue(50); err != nil {
				t.Error(err)
			}
			if _, err := ks.Collect(50); err != nil {
				t.Error(err)
			}
		}
	}()
	wg.Wait()
	done.Store(true)
	readers.Wait()

	r := ks.NewRun()
	n, err := r.DBSize(0)
	if err != nil {
		t.Fatal(err)
	}
	live := int64(0)
	if err := r.EachKey(0, nil, func([]byte, Meta) (bool, error) { live++; return true, nil }); err != nil {
		t.Fatal(err)
	}
	if n < live || n > live+workers {
		t.Errorf("size %d, %d keys", n, live)
	}
}

// mix does other things in the same run: short-lived keys, collections that come
// and go, and now and then something to the whole of database 1 or 2.
func mix(r *Run, worker, round int) error {
	name := fmt.Appendf(nil, "temporary%d", rand.IntN(3))
	db := 1 + worker%2
	if round%50 == worker {
		if err := r.SwapDB(1, 2); err != nil {
			return err
		}
		if worker == 0 {
			return r.FlushDB(1)
		}
	}
	if err := r.Lock(db, [][]byte{name}, true); err != nil {
		return err
	}
	k, err := r.Key(db, name)
	if err != nil {
		return err
	}
	if k.Exists() && k.Type != TypeSet {
		return k.SetString([]byte("x"), r.Now()+1)
	}
	if k.Exists() && round%3 == 0 {
		return k.Delete()
	}
	if round%7 == 0 {
		return k.SetString([]byte("x"), r.Now()+1)
	}
	s, err := r.Set(db, name)
	if err != nil {
		return err
	}
	_, err = s.Add(fmt.Append(nil, round), fmt.Append(nil, worker))
	return err
}

// A run that holds one key and wants another one, which is held by a run that
// wants the first, gives way instead of waiting for ever.
func TestOppositeOrdersDoNotDeadlock(t *testing.T) {
	ks := openMemory(t)
	done := make(chan error, 2)
	for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		go func() {
			r := ks.NewRun()
			for range 2000 {
				for _, key := range order {
					if err := r.Lock(0, [][]byte{[]byte(key)}, true); err != nil {
						done <- err
						return
					}
					if err := r.SetString(0, []byte(key), []byte(order[0])); err != nil {
						done <- err
						return
					}
				}
				p, err := r.Apply()
				if err == nil {
					err = p.Wait()
				}
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("the runs wait for each other")
		}
	}
}
