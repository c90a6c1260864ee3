package keyspace

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// A queue of a few members, through which many pass, does not keep what the ones
// that are gone left in the way of its iterators.
func TestQueuesMoveAwayFromWhatTheyDeleted(t *testing.T) {
	r := openMemory(t).NewRun()
	s, err := r.Set(0, []byte("s"))
	check(t, err)
	h, err := r.Hash(0, []byte("h"))
	check(t, err)
	z, err := r.ZSet(0, []byte("z"))
	check(t, err)
	const live = 5
	versions := map[uint64]bool{}
	for i := range 10 * renewDead {
		name := func(i int) []byte { return fmt.Append(nil, "job", i) }
		_, err := s.Add(name(i))
		check(t, err)
		_, err = h.Set(name(i), name(i))
		check(t, err)
		_, err = z.Add(name(i), float64(i))
		check(t, err)
		if i >= live {
			for _, remove := range []func(...[]byte) (int, error){s.Remove, h.Del, z.Remove} {
				if n, err := remove(name(i - live)); err != nil || n != 1 {
					t.Fatalf("job %d: removed %d, %v", i-live, n, err)
				}
			}
		}
		if i%100 == 0 {
			apply(t, r)
		}
		versions[s.version], versions[h.version], versions[z.version] = true, true, true
	}
	apply(t, r)
	if len(versions) < 3*5 {
		t.Errorf("only %d versions: entries deleted from them pile up", len(versions))
	}
	for _, n := range []int64{s.Len(), h.Len(), z.Len()} {
		if n != live {
			t.Errorf("%d members, want %d", n, live)
		}
	}
	want := 10*renewDead - live
	check(t, z.RangeByRank(0, -1+live, false, func(m []byte, score float64) (bool, error) {
		if string(m) != fmt.Sprint("job", want) || score != float64(want) {
			t.Errorf("got %s %g, want job %d", m, score, want)
		}
		want++
		return true, nil
	}))
	for more := true; more; {
		more, err = r.ks.Collect(1000)
		check(t, err)
	}
	if n := countTags(t, r.ks.store)[tagSub]; n != 4*live {
		t.Errorf("%d subkeys are stored, want %d", n, 4*live)
	}
}

// What a run noted about a sorted set's ends from its own writes is forgotten
// when they do not happen.
func TestEndsAreForgottenWithAnAbortedRun(t *testing.T) {
	ks := openMemory(t)
	r := ks.NewRun()
	z, err := r.ZSet(0, []byte("z"))
	check(t, err)
	for i := range 10 {
		_, err := z.Add([]byte{byte(i)}, float64(i))
		check(t, err)
	}
	apply(t, r)
	ends := func(r *Run) (first, last float64) {
		t.Helper()
		z, err := r.ZSet(0, []byte("z"))
		check(t, err)
		for _, reverse := range []bool{false, true} {
			check(t, z.RangeByRank(0, 0, reverse, func(_ []byte, score float64) (bool, error) {
				if reverse {
					last = score
				} else {
					first = score
				}
				return true, nil
			}))
		}
		return first, last
	}
	for _, step := range []struct {
		change      func() error
		first, last float64
	}{
		{func() error { _, err := z.Remove([]byte{0}, []byte{9}); return err }, 1, 8},
		{func() error { _, err := z.Add([]byte("low"), -5); return err }, -5, 9},
		{func() error { _, err := z.Add([]byte("high"), 50); return err }, 0, 50},
	} {
		if z, err = r.ZSet(0, []byte("z")); err != nil {
			t.Fatal(err)
		}
		check(t, step.change())
		if first, last := ends(r); first != step.first || last != step.last {
			t.Errorf("in the run the ends are %g and %g, want %g and %g", first, last, step.first, step.last)
		}
		check(t, r.Abort())
		if first, last := ends(r); first != 0 || last != 9 {
			t.Errorf("after the run was aborted the ends are %g and %g", first, last)
		}
	}
	check(t, r.Abort())
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	var c recent
	for version := range uint64(3 * recentBytes / recentOverhead) {
		st := c.getOrAdd(version)
		st.noteEnd(binary.BigEndian.AppendUint64(nil, version), false)
	}
	c.keep(7, &stretches{begins: make([]string, 1_000_000), counts: make([]int64, 1_000_000)})
	c.getOrAdd(8)
	sum := 0
	for _, st := range c.byVer {
		sum += st.size
	}
	if sum != c.bytes || c.bytes > recentBytes+recentOverhead*2 {
		t.Errorf("%d bytes are remembered, counted as %d", sum, c.bytes)
	}
}
