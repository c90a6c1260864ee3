package keyspace

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestEndsOfASortedSet reads both ends between random changes, some of which are
// given up, and compares with a sorted slice.
func TestEndsOfASortedSet(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		r := openMemory(t).NewRun()
		applied := map[string]float64{}
		for round := range 200 {
			now := maps.Clone(applied)
			check(t, r.Lock(0, [][]byte{[]byte("z")}, true))
			z, err := r.ZSet(0, []byte("z"))
			check(t, err)
			for range random.IntN(6) {
				member := fmt.Sprint("m", random.IntN(300))
				if random.IntN(2) == 0 {
					score := float64(random.IntN(50))
					_, err = z.Add([]byte(member), score)
					now[member] = score
				} else {
					_, err = z.Remove([]byte(member))
					delete(now, member)
				}
				check(t, err)
				checkEnds(t, &z, now, 1+random.IntN(10))
			}
			if len(now) > 0 && random.IntN(2) == 0 { // as ZPOPMIN and ZPOPMAX
				var member []byte
				check(t, z.RangeByRank(0, 0, random.IntN(2) == 0, func(m []byte, _ float64) (bool, error) {
					member = slices.Clone(m)
					return false, nil
				}))
				_, err := z.Remove(member)
				check(t, err)
				delete(now, string(member))
				checkEnds(t, &z, now, popAhead)
			}
			if random.IntN(4) == 0 {
				check(t, r.Abort())
				continue
			}
			apply(t, r)
			applied = now
			if t.Failed() {
				t.Fatalf("seed %d, round %d", seed, round)
			}
		}
	}
}

func checkEnds(t *testing.T, z *ZSet, want map[string]float64, n int) {
	t.Helper()
	sorted := slices.SortedFunc(maps.Keys(want), func(a, b string) int {
		return cmp.Or(cmp.Compare(want[a], want[b]), cmp.Compare(a, b))
	})
	for _, reverse := range []bool{false, true} {
		if reverse {
			slices.Reverse(sorted)
		}
		var got []string
		check(t, z.RangeByRank(0, int64(n-1), reverse, func(m []byte, _ float64) (bool, error) {
			got = append(got, string(m))
			return true, nil
		}))
		if !slices.Equal(got, sorted[:min(n, len(sorted))]) {
			t.Errorf("the first %d, reverse %v: %q, want %q", n, reverse, got, sorted[:min(n, len(sorted))])
		}
	}
}

// TestPopTakesEachMemberOnce pops while members come, go, and come back when a run is
// given up.
func TestPopTakesEachMemberOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	r := openMemory(t).NewRun()
	members := map[string]bool{}
	next := 0
	for len(members) > 0 || next < 3000 {
		now := maps.Clone(members)
		check(t, r.Lock(0, [][]byte{[]byte("s")}, true))
		s, err := r.Set(0, []byte("s"))
		check(t, err)
		for range random.IntN(40) {
			if random.IntN(3) > 0 && next < 3000 {
				next++
				_, err := s.Add(fmt.Append(nil, next))
				check(t, err)
				now[fmt.Sprint(next)] = true
			} else {
				member, err := s.Pop()
				check(t, err)
				if !now[string(member)] && len(now) > 0 {
					t.Fatalf("popped %q, which is none of %d members", member, len(now))
				}
				delete(now, string(member))
			}
		}
		if int(s.Len()) != len(now) {
			t.Fatalf("%d members, want %d", s.Len(), len(now))
		}
		if random.IntN(5) == 0 {
			check(t, r.Abort())
			continue
		}
		apply(t, r)
		members = now
	}
}
