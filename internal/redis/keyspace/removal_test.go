package keyspace

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// removals are large collections that lose and gain members at random, and what they
// must hold.
type removals struct {
	t      *testing.T
	run    *Run
	random *rand.Rand
	next   int // names what comes

	list   []string
	set    map[string]bool
	zset   map[string]float64
	stream []StreamID
}

// removalSize is the size to which a collection that has become small is filled.
const removalSize = 2500

// count draws how many to remove of n: few, many, about as many as make a range of them,
// or nearly all.
func (m *removals) count(n int) int {
	if n == 0 {
		return 0
	}
	most := []int{3, discardFrom + 10, rangeDeleteSize + 10, n, n, max(n-rangeDeleteSize/8, 1)}[m.random.IntN(6)]
	return min(m.random.IntN(most)+1, n)
}

func (m *removals) name() string {
	m.next++
	return fmt.Sprint("member ", m.next)
}

func (m *removals) doList() {
	l, err := m.run.List(0, []byte("list"))
	check(m.t, err)
	for len(m.list) < 10 || len(m.list) < removalSize && m.random.IntN(100) == 0 {
		for range removalSize {
			name := m.name()
			if m.random.IntN(2) == 0 {
				check(m.t, l.PushFront([]byte(name)))
				m.list = slices.Insert(m.list, 0, name)
			} else {
				check(m.t, l.PushBack([]byte(name)))
				m.list = append(m.list, name)
			}
		}
	}
	n := m.count(len(m.list))
	var got []string
	pop := func(value []byte) { got = append(got, string(value)) }
	switch m.random.IntN(6) {
	case 3:
		i, name := m.random.IntN(len(m.list)), m.name()+" in the place of another"
		check(m.t, l.Replace(int64(i), []byte(name)))
		m.list = slices.Clone(m.list)
		m.list[i] = name
	case 4:
		i, name := m.random.IntN(len(m.list)), m.name()
		check(m.t, l.Insert(int64(i), []byte(name)))
		m.list = slices.Insert(slices.Clone(m.list), i, name)
	case 5:
		places := []int64{}
		m.list = slices.Clone(m.list)
		for i := len(m.list) - 1; i > 0; i -= 1 + m.random.IntN(len(m.list)) {
			places = append(places, int64(i))
			m.list = slices.Delete(m.list, i, i+1)
		}
		slices.Reverse(places)
		check(m.t, l.RemoveAt(places))
	case 0:
		from := m.random.IntN(n + 1)
		if m.random.IntN(2) == 0 {
			from = n
		}
		m.list = m.list[from : len(m.list)-n+from]
		check(m.t, l.Trim(int64(from), int64(from+len(m.list)-1)))
	case 1:
		check(m.t, l.PopFrontMany(int64(n), pop))
		if !slices.Equal(got, m.list[:n]) {
			m.t.Fatalf("popped %d elements, not the first %d", len(got), n)
		}
		m.list = m.list[n:]
	default:
		check(m.t, l.PopBackMany(int64(n), pop))
		if slices.Reverse(got); !slices.Equal(got, m.list[len(m.list)-n:]) {
			m.t.Fatalf("popped %d elements, not the last %d", len(got), n)
		}
		m.list = m.list[:len(m.list)-n]
	}
	m.list = slices.Clone(m.list)
	m.checkSums(&l)
}

// checkSums compares what is remembered of what the list's blocks take.
func (m *removals) checkSums(l *List) {
	s := l.sums()
	if s == nil {
		return
	}
	want := map[int64]int64{}
	for i, value := range m.list {
		want[sumBlock(l.head+int64(i))] += elementBytes(len(value))
	}
	for i, sum := range s.bytes {
		if block := s.first + int64(i); sum != unknownSum && sum != want[block] {
			m.t.Fatalf("block %d of blocks %d to %d takes %d, want %d", block, s.first, s.first+int64(len(s.bytes))-1, sum, want[block])
		}
	}
}

func (m *removals) doSet() {
	s, err := m.run.Set(0, []byte("set"))
	check(m.t, err)
	for len(m.set) < 10 {
		for range removalSize {
			name := m.name()
			_, err := s.Add([]byte(name))
			check(m.t, err)
			m.set[name] = true
		}
	}
	n := m.count(len(m.set))
	gone, err := s.PopMany(int64(n))
	check(m.t, err)
	for _, name := range gone {
		if !m.set[string(name)] {
			m.t.Fatalf("popped %q, which is no member", name)
		}
		delete(m.set, string(name))
	}
	if len(gone) != n {
		m.t.Fatalf("popped %d members, want %d", len(gone), n)
	}
}

func (m *removals) doZSet() {
	z, err := m.run.ZSet(0, []byte("zset"))
	check(m.t, err)
	for len(m.zset) < 10 || len(m.zset) < removalSize && m.random.IntN(10) == 0 {
		of := []int{1, 20, 1_000_000}[m.random.IntN(3)]
		for range removalSize {
			name, score := m.name(), float64(m.random.IntN(of))
			_, err := z.Add([]byte(name), score)
			check(m.t, err)
			m.zset[name] = score
		}
	}
	var order []scored
	for name, score := range m.zset {
		order = append(order, scored{score, name})
	}
	slices.SortFunc(order, compareScored)
	n := m.count(len(order))
	from := m.random.IntN(len(order) - n + 1)
	if m.random.IntN(3) == 0 {
		from = 0
	}
	var removed int64
	switch op := m.random.IntN(5); op {
	case 0:
		removed, err = z.RemoveByRank(int64(from), int64(from+n-1))
	case 1, 2:
		lo, hi := ScoreBound{order[from].score, op == 2}, ScoreBound{order[from+n-1].score, false}
		removed, err = z.RemoveByScore(lo, hi)
		in := func(s scored) bool { return s.score > lo.Score || s.score == lo.Score && !lo.Exclusive }
		from, n = 0, 0
		for i, s := range order {
			if in(s) && s.score <= hi.Score {
				if n == 0 {
					from = i
				}
				n++
			}
		}
	default:
		last := op == 4
		from = 0
		if last {
			from = len(order) - n
		}
		check(m.t, z.Pop(int64(n), last, func(member []byte, score float64) {
			at := from + int(removed)
			if last {
				at = len(order) - 1 - int(removed)
			}
			if (scored{score, string(member)}) != order[at] {
				m.t.Fatalf("popped %s %g, want %v", member, score, order[at])
			}
			removed++
		}))
	}
	check(m.t, err)
	if int(removed) != n {
		m.t.Fatalf("removed %d members, want %d", removed, n)
	}
	for _, s := range order[from : from+n] {
		delete(m.zset, s.member)
	}
	checkEnds(m.t, &z, m.zset, 1+m.random.IntN(10))
}

func (m *removals) doStream() {
	s, err := m.run.Stream(0, []byte("stream"))
	check(m.t, err)
	for len(m.stream) < 10 || len(m.stream) < removalSize && m.random.IntN(100) == 0 {
		for range removalSize {
			m.next++
			id := StreamID{uint64(m.next), 1}
			check(m.t, s.Append(id, [][]byte{[]byte("f"), []byte(m.name())}, NodeLimits{Entries: 10}))
			m.stream = append(m.stream, id)
		}
	}
	n := m.count(len(m.stream))
	switch op := m.random.IntN(3); op {
	case 0: // some of a stretch, so that nodes have gaps
		gone := slices.DeleteFunc(slices.Clone(m.stream[:n]), func(StreamID) bool { return m.random.IntN(2) == 0 })
		_, err := s.Delete(gone...)
		check(m.t, err)
		m.stream = slices.DeleteFunc(slices.Clone(m.stream), func(id StreamID) bool { return slices.Contains(gone, id) })
		m.checkNodeSums(&s)
		return
	case 1:
		removed, err := s.Trim(Trim{MaxLen: int64(len(m.stream) - n)})
		check(m.t, err)
		if int(removed) != n {
			m.t.Fatalf("trimmed %d entries, want %d", removed, n)
		}
	default:
		t := Trim{ByID: true, Approx: m.random.IntN(2) == 0, MinID: MaxStreamID}
		if n < len(m.stream) {
			t.MinID = m.stream[n]
		}
		removed, err := s.Trim(t)
		check(m.t, err)
		if int(removed) > n || !t.Approx && int(removed) < n {
			m.t.Fatalf("trimmed %d entries, want %d (%+v)", removed, n, t)
		}
		n = int(removed)
	}
	m.stream = slices.Clone(m.stream[n:])
	m.checkNodeSums(&s)
}

// checkNodeSums compares what is remembered of what the stream's nodes take.
func (m *removals) checkNodeSums(s *Stream) {
	sums := s.nodeSums()
	if sums == nil {
		return
	}
	want := map[StreamID]int64{}
	check(m.t, s.scanEntries(StreamID{}, MaxStreamID, false, func(id StreamID, value []byte) (bool, error) {
		for i := len(sums.nodes) - 1; i >= 0; i-- {
			if node := sums.nodes[i].id; !id.Less(node) {
				want[node] += streamEntryBytes(value)
				break
			}
		}
		return true, nil
	}))
	for _, node := range sums.nodes {
		if node.bytes != want[node.id] {
			m.t.Fatalf("the node %v of %d takes %d, want %d", node.id, len(sums.nodes), node.bytes, want[node.id])
		}
	}
}

// check compares all that there is.
func (m *removals) check() {
	m.t.Helper()
	var list []string
	l, err := m.run.List(0, []byte("list"))
	check(m.t, err)
	check(m.t, l.Range(0, l.Len()-1, func(_ int64, value []byte) (bool, error) {
		list = append(list, string(value))
		return true, nil
	}))
	if !slices.Equal(list, m.list) {
		m.t.Fatalf("the list has %d elements, want %d", len(list), len(m.list))
	}
	set := map[string]bool{}
	s, err := m.run.Set(0, []byte("set"))
	check(m.t, err)
	check(m.t, s.Each(func(member []byte) (bool, error) {
		set[string(member)] = true
		return true, nil
	}))
	if !maps.Equal(set, m.set) {
		m.t.Fatalf("the set has %d members, want %d", len(set), len(m.set))
	}
	order := ranked{t: m.t, run: m.run}
	for name, score := range m.zset {
		order.order = append(order.order, scored{score, name})
	}
	slices.SortFunc(order.order, compareScored)
	z, err := m.run.ZSet(0, []byte("zset"))
	check(m.t, err)
	for range 20 {
		if len(order.order) == 0 {
			break
		}
		i := m.random.IntN(len(order.order))
		if rank, _, ok, err := z.Rank([]byte(order.order[i].member)); err != nil || !ok || rank != int64(i) {
			m.t.Fatalf("rank %d %v %v, want %d", rank, ok, err, i)
		}
	}
	var stream []StreamID
	x, err := m.run.Stream(0, []byte("stream"))
	check(m.t, err)
	check(m.t, x.Range(StreamID{}, MaxStreamID, false, func(id StreamID, _ [][]byte) (bool, error) {
		stream = append(stream, id)
		return true, nil
	}))
	if !slices.Equal(stream, m.stream) || x.Len() != int64(len(stream)) {
		m.t.Fatalf("the stream has %d entries and says %d, want %d", len(stream), x.Len(), len(m.stream))
	}
}

// TestRemovalsAgreeWithTheirModel removes stretches of large collections, also in runs
// that are given up, and sees each time that counts, ranks and bytes agree.
func TestRemovalsAgreeWithTheirModel(t *testing.T) {
	test := func(t *testing.T, ks *Keyspace, rounds int) {
		ks.aheadFrom, ks.aheadBatch = 32<<10, 16<<10
		m := &removals{t: t, run: ks.NewRun(), random: rand.New(rand.NewPCG(5, 1)), set: map[string]bool{}, zset: map[string]float64{}}
		keys := [][]byte{[]byte("list"), []byte("set"), []byte("zset"), []byte("stream")}
		for round := range rounds {
			check(t, m.run.Lock(0, keys, true))
			before := *m
			before.set, before.zset = maps.Clone(m.set), maps.Clone(m.zset)
			for range 1 + m.random.IntN(3) {
				[]func(){m.doList, m.doSet, m.doZSet, m.doStream}[m.random.IntN(4)]()
			}
			if m.random.IntN(5) == 0 {
				next := m.next
				*m = before
				m.next = next
				check(t, m.run.Abort())
			} else {
				apply(t, m.run)
			}
			if round%10 == 9 {
				check(t, m.run.Lock(0, keys, false))
				m.check()
				apply(t, m.run)
				collectAll(t, ks)
				mustMeasure(t, ks)
			}
		}
	}
	inEachHouse(t, func(t *testing.T, house *house) { test(t, house.keyspace(t), 120) })
	t.Run("disk", func(t *testing.T) {
		store, err := frontstore.Open(frontstore.Options{Dir: t.TempDir(), TableBytes: 256 << 10, GroupBytes: GroupBytes})
		check(t, err)
		ks, err := Open(store, Options{})
		check(t, err)
		test(t, ks, 120)
		check(t, store.Close())
	})
}
