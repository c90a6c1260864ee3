package hybrid_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/orbit-server/orbit/internal/actor"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// recorded is a home store that remembers what it held after each batch: what a
// crash may leave.
type recorded struct {
	storage.Store
	mu     sync.Mutex
	states []map[string]string
}

func newRecorded() *recorded {
	return &recorded{Store: memstore.New(), states: []map[string]string{{}}}
}

func (r *recorded) Apply(b storage.Batch) (storage.Pending, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, err := r.Store.Apply(b)
	if err != nil {
		return nil, err
	}
	state, err := all(r.Store)
	r.states = append(r.states, state)
	return p, err
}

// applied is how many batches there were.
func (r *recorded) applied() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.states) - 1
}

func all(r storage.Reader) (map[string]string, error) {
	it, err := r.NewIter(storage.IterOptions{})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.Value()
		if err != nil {
			return nil, err
		}
		out[string(it.Key())] = string(v)
	}
	return out, it.Close()
}

// after is a home store as a crash leaves it after n batches.
func (r *recorded) after(t *testing.T, n int) storage.Store {
	t.Helper()
	s := memstore.New()
	b := s.NewBatch()
	for k, v := range r.states[n] {
		must(t, b.Set([]byte(k), []byte(v)))
	}
	_, err := s.Apply(b)
	must(t, err)
	return s
}

// split gives the part of a state at home and the one in memory.
func split(state map[string]string) (home, memory map[string]string) {
	home, memory = map[string]string{}, map[string]string{}
	for k, v := range state {
		if k >= "b" && k < "c" {
			memory[k] = v
		} else {
			home[k] = v
		}
	}
	return home, memory
}

// A crash at any batch of the log finds: with write-through, what had been applied
// then, over both halves; with snapshots, the home half as it was then, and in
// memory the last snapshot, or the last change of a definition if that is later.
func TestCrash(t *testing.T) {
	for _, p := range persistences {
		t.Run(p.String(), func(t *testing.T) {
			for range 20 {
				crashOnce(t, p)
			}
		})
	}
}

func crashOnce(t *testing.T, p actor.Persistence) {
	home := newRecorded()
	system := start(t)
	s := open(t, system, home, p, 0)
	model := map[string]string{}
	// What a crash after so many batches must find, at home and in memory.
	homes, memories := []map[string]string{{}}, []map[string]string{{}}
	saved := map[string]string{}
	// Before the last batch of a step there is what was there before the step.
	note := func() {
		h, m := split(model)
		if p == actor.WriteThrough {
			saved = m
		}
		for len(homes) < home.applied() {
			homes, memories = append(homes, homes[len(homes)-1]), append(memories, memories[len(memories)-1])
		}
		if len(homes) == home.applied() {
			homes, memories = append(homes, h), append(memories, saved)
		}
	}
	save := func() {
		if m := s.Memory(); m != nil && p == actor.Snapshot {
			must(t, m.Save())
			_, saved = split(model)
			note()
		}
	}
	for step := range 40 {
		value := fmt.Sprint(step)
		var pairs []string
		for range 1 + rand.IntN(3) {
			key := string([]byte{"abcd"[rand.IntN(4)], "xyz"[rand.IntN(3)]})
			if key[0] == 'c' {
				key = "b" + key[1:]
			}
			v := value
			if rand.IntN(4) == 0 {
				v = "-"
			}
			pairs = append(pairs, key, v)
		}
		defines := rand.IntN(6) == 0
		if defines || rand.IntN(6) == 0 {
			save() // which a definition does of itself, in as many batches
		}
		if defines {
			pairs = append(pairs, "definition", value)
		}
		must(t, change(s, pairs...))
		for i := 0; i < len(pairs); i += 2 {
			if delete(model, pairs[i]); pairs[i+1] != "-" {
				model[pairs[i]] = pairs[i+1]
			}
		}
		if defines && p == actor.Snapshot {
			_, saved = split(model)
		}
		note()
	}
	must(t, s.Close())
	for n := range homes {
		again := open(t, system, home.after(t, n), p, 0)
		got, err := all(again)
		must(t, err)
		h, m := split(got)
		if !maps.Equal(h, homes[n]) || !maps.Equal(m, memories[n]) {
			t.Fatalf("after %d of %d batches: home %v, want %v; memory %v, want %v", n, len(homes)-1, h, homes[n], m, memories[n])
		}
		must(t, again.Close())
	}
}
