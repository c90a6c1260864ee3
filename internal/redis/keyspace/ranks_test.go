package keyspace

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

func openMemory(t testing.TB) *Keyspace {
	t.Helper()
	ks, err := Open(memstore.New(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

type scored struct {
	score  float64
	member string
}

func compareScored(a, b scored) int {
	return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.member, b.member))
}

// ranked is a sorted set and its members in order.
type ranked struct {
	t     *testing.T
	run   *Run
	order []scored
}

func (r *ranked) open() ZSet {
	r.t.Helper()
	z, err := r.run.ZSet(0, []byte("z"))
	if err != nil {
		r.t.Fatal(err)
	}
	return z
}

func (r *ranked) add(z *ZSet, s scored) {
	r.t.Helper()
	if _, err := z.Add([]byte(s.member), s.score); err != nil {
		r.t.Fatal(err)
	}
}

// check compares ranks, the members at ranks, and counts of ranges.
func (r *ranked) check(samples int) {
	r.t.Helper()
	slices.SortFunc(r.order, compareScored)
	if rand.IntN(2) == 0 {
		r.run.ks.recent = recent{}
	}
	z := r.open()
	if z.Len() != int64(len(r.order)) {
		r.t.Fatalf("length %d, want %d", z.Len(), len(r.order))
	}
	if z.ranked != (len(r.order) >= unrankedBelow) && len(r.order) >= rankedFrom {
		r.t.Fatalf("%d members, counted: %v", len(r.order), z.ranked)
	}
	if len(r.order) == 0 {
		return
	}
	for range samples {
		i := rand.IntN(len(r.order))
		want := r.order[i]
		rank, score, ok, err := z.Rank([]byte(want.member))
		if err != nil || !ok || score != want.score || rank != int64(i) {
			r.t.Fatalf("rank of %v is %d %v %v %v, want %d", want, rank, score, ok, err, i)
		}
		j := min(len(r.order)-1, i+rand.IntN(5))
		for _, reverse := range []bool{false, true} {
			from, to, wanted := int64(i), int64(j), slices.Clone(r.order[i:j+1])
			if reverse {
				slices.Reverse(wanted)
				from, to = z.Len()-1-to, z.Len()-1-from
			}
			var got []scored
			err = z.RangeByRank(from, to, reverse, func(m []byte, s float64) (bool, error) {
				got = append(got, scored{s, string(m)})
				return true, nil
			})
			if err != nil || !slices.Equal(got, wanted) {
				r.t.Fatalf("ranks %d to %d (reverse %v): %v %v, want %v", from, to, reverse, got, err, wanted)
			}
		}
		lo, hi := ScoreBound{want.score, rand.IntN(2) == 0}, ScoreBound{r.order[rand.IntN(len(r.order))].score, rand.IntN(2) == 0}
		count := int64(0)
		for _, s := range r.order {
			above := s.score > lo.Score || (s.score == lo.Score && !lo.Exclusive)
			below := s.score < hi.Score || (s.score == hi.Score && !hi.Exclusive)
			if above && below {
				count++
			}
		}
		if got, err := z.CountByScore(lo, hi); err != nil || got != count {
			r.t.Fatalf("count from %v to %v is %d %v, want %d", lo, hi, got, err, count)
		}
	}
}

// A set grows past where counts begin, and shrinks again. Its counts are read
// from storage as well as kept in memory.
func TestRanksOfLargeSortedSets(t *testing.T) {
	r := &ranked{t: t, run: openMemory(t).NewRun()}
	const size = 20_000
	z := r.open()
	for i := range size {
		s := scored{float64(rand.IntN(2000)), fmt.Sprint("member", i)}
		r.order = append(r.order, s)
		r.add(&z, s)
		if i == rankedFrom-2 || i == rankedFrom-1 || i == 5000 {
			r.check(20)
		}
	}
	apply(t, r.run)
	r.check(50)
	z = r.open()
	if n := r.rows(&z, sectionRanks); n < size/2/rankFanout {
		t.Fatalf("%d stretches", n)
	}

	// Scores change.
	for range 2000 {
		i := rand.IntN(len(r.order))
		r.order[i].score = rand.Float64() * 2000
		r.add(&z, r.order[i])
	}
	r.check(50)

	// Whole stretches empty, then nearly everything goes, then all.
	for _, keep := range []int{10_000, 1000, unrankedBelow + 1, unrankedBelow - 1, 3, 0} {
		for len(r.order) > keep {
			i := len(r.order) - 1
			if _, err := z.Remove([]byte(r.order[i].member)); err != nil {
				t.Fatal(err)
			}
			r.order = r.order[:i]
		}
		r.check(20)
	}
	apply(t, r.run)
	for more := true; more; { // a small remainder moved to another version
		var err error
		if more, err = r.run.ks.Collect(1000); err != nil {
			t.Fatal(err)
		}
	}
	it, err := r.run.ks.store.NewIter(storage.IterOptions{Lower: []byte{tagSub}, Upper: []byte{tagSub + 1}})
	if err != nil {
		t.Fatal(err)
	}
	if it.First() {
		t.Errorf("subkey %x is left of an empty set", it.Key())
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
}

func (r *ranked) rows(z *ZSet, section byte) (n int) {
	lower, upper := z.section(section)
	err := r.run.scanRange(lower, upper, false, func(_, _ []byte) (bool, error) {
		n++
		return true, nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestScoresSortAsBytes(t *testing.T) {
	scores := []float64{
		math.Inf(-1), -math.MaxFloat64, -1.5, -1, -math.SmallestNonzeroFloat64, 0,
		math.SmallestNonzeroFloat64, 0.1, 1, 1.5, math.MaxFloat64, math.Inf(1),
	}
	for i := range scores {
		a := appendScore(nil, scores[i])
		if back, _ := splitOrdered(a); back != scores[i] {
			t.Errorf("%g comes back as %g", scores[i], back)
		}
		if i > 0 && bytes.Compare(appendScore(nil, scores[i-1]), a) >= 0 {
			t.Errorf("%g does not sort before %g", scores[i-1], scores[i])
		}
	}
}

func TestLexRanges(t *testing.T) {
	run := openMemory(t).NewRun()
	z, err := run.ZSet(0, []byte("z"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"a", "b", "bb", "c", "d"} {
		if _, err := z.Add([]byte(m), 5); err != nil {
			t.Fatal(err)
		}
	}
	in := func(s string) LexBound { return LexBound{Member: []byte(s)} }
	ex := func(s string) LexBound { return LexBound{Member: []byte(s), Exclusive: true} }
	first, last := LexBound{Infinite: -1}, LexBound{Infinite: 1}
	for _, row := range []struct {
		lo, hi LexBound
		want   string
	}{
		{first, last, "a b bb c d"},
		{in("b"), in("c"), "b bb c"},
		{ex("b"), ex("c"), "bb"},
		{first, ex("b"), "a"},
		{in("bb"), last, "bb c d"},
		{last, first, ""},
		{in("c"), in("a"), ""},
		{in("x"), last, ""},
	} {
		got := ""
		err := z.RangeByLex(row.lo, row.hi, false, 0, -1, func(m []byte, _ float64) (bool, error) {
			got += " " + string(m)
			return true, nil
		})
		n, countErr := z.CountByLex(row.lo, row.hi)
		if err != nil || countErr != nil || got != "" && got[1:] != row.want || got == "" && row.want != "" || n != int64(len(bytes.Fields([]byte(got)))) {
			t.Errorf("%v to %v: %q, %d, %v %v; want %q", row.lo, row.hi, got, n, err, countErr, row.want)
		}
	}
}
