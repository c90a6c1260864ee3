package frontstore

import (
	"bytes"
	"slices"
)

// span is a range of the keys of one kind, in sorted runs.
type span struct {
	runs         []*run
	first        byte   // of the keys
	lower, upper []byte // nil: open
	size         int    // about
}

// spans cuts the writes, which are sorted, into ranges of keys, in their order: one of
// each kind, and more where a kind has more than size bytes.
func (u *unsorted) spans(size int) (spans []span) {
	for first := range 256 {
		s := span{first: byte(first)}
		for _, r := range u.runs {
			if k := &r.kinds[first]; len(k.writes) > 0 {
				s.runs = append(s.runs, r)
				s.size += int(int64(len(r.body)) * int64(len(k.writes)) / int64(r.writes()))
			}
		}
		if len(s.runs) > 0 {
			spans = append(spans, s.cut(s.size/size)...)
		}
	}
	return spans
}

// writes is the number of all writes.
func (r *run) writes() (n int) {
	for i := range r.kinds {
		n += len(r.kinds[i].writes)
	}
	return n
}

// cut makes n+1 spans of about the same size, or fewer. Where to cut is told by a
// sample of the keys.
func (s *span) cut(n int) []span {
	const sampled = 64 // of a run
	var sample [][]byte
	for _, r := range s.runs {
		writes := r.kinds[s.first].writes
		for i := range sampled {
			sample = append(sample, r.key(writes[i*len(writes)/sampled].at))
		}
	}
	slices.SortFunc(sample, bytes.Compare)
	n = min(n, len(sample)-1)
	var spans []span
	part := span{runs: s.runs, first: s.first, size: s.size / (n + 1)}
	for i := range n {
		part.upper = sample[(i+1)*len(sample)/(n+1)]
		if !bytes.Equal(part.lower, part.upper) {
			spans = append(spans, part)
		}
		part.lower = part.upper
	}
	part.upper = nil
	return append(spans, part)
}

// each calls f for the newest write of each key of the span, in order of the keys. A
// nil value deletes. The slices are valid until the runs are filled again.
func (s *span) each(f func(key, value []byte) error) error {
	m := s.merge()
	var last []byte
	for m.heads != nil {
		h := &m.heads[0]
		key, value := h.run.write(h.writes[0].at)
		// Of writes of one key the newest comes first.
		if last == nil || !bytes.Equal(key, last) {
			if err := f(key, value); err != nil {
				return err
			}
			last = key
		}
		m.next()
	}
	return nil
}

// merge gives the writes of several runs in order: a heap of the runs by their next
// writes.
type merge struct {
	heads  []head // nil at the end
	common int    // bytes that all keys have in common
}

// head is the rest of a run.
type head struct {
	run    *run
	age    int     // 0 is the newest
	writes []place // the first of them is next, and the newest of its key
	warm   int     // how many of them lie in the processor's cache
	warmed byte    // by warmUp, so that it is not for nothing
	order  uint64  // of that key, as in place
	key    []byte
}

func (s *span) merge() *merge {
	m := &merge{common: len(s.runs[0].kinds[s.first].common)}
	for _, r := range s.runs {
		m.common = commonPrefix(s.runs[0].kinds[s.first].common[:m.common], r.kinds[s.first].common)
	}
	for i, r := range s.runs {
		k := &r.kinds[s.first]
		from, to := 0, len(k.writes)
		if s.lower != nil {
			from = r.find(k, s.lower)
		}
		if s.upper != nil {
			to = r.find(k, s.upper)
		}
		if from < to {
			h := head{run: r, age: len(s.runs) - 1 - i, writes: k.writes[from:to]}
			h.look(m.common)
			m.heads = append(m.heads, h)
		}
	}
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m
}

// warmWrites is how many writes of a run are looked at together, and cacheLine the bytes
// that come into the processor's cache at once.
const (
	warmWrites = 16
	cacheLine  = 64
)

// warmUp looks at the next writes. Each lies anywhere in the run: one after the other is
// waited for, many at once take hardly longer than one. Of large ones this is the
// beginning.
func (h *head) warmUp() {
	h.warm = min(len(h.writes), warmWrites)
	var sum byte
	for _, w := range h.writes[:h.warm] {
		sum += h.run.body[w.at] + h.run.body[min(int(w.at)+cacheLine, len(h.run.body)-1)]
	}
	h.warmed += sum
}

// step goes to the next write of the run.
func (h *head) step() {
	h.writes = h.writes[1:]
	h.warm--
}

// look takes in the next write: the newest one of its key.
func (h *head) look(common int) {
	if h.warm <= 0 {
		h.warmUp()
	}
	h.key = h.run.key(h.writes[0].at)
	for len(h.writes) > 1 && h.writes[0].order == h.writes[1].order && bytes.Equal(h.key, h.run.key(h.writes[1].at)) {
		h.step()
	}
	h.order = orderBytes(h.key[common:])
}

// next goes to the next write.
func (m *merge) next() {
	h := &m.heads[0]
	if h.step(); len(h.writes) > 0 {
		h.look(m.common)
	} else {
		last := len(m.heads) - 1
		m.heads[0] = m.heads[last]
		m.heads = m.heads[:last]
		if last == 0 {
			m.heads = nil
			return
		}
	}
	m.down(0)
}

// down moves a head to its place below.
func (m *merge) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heads); child++ {
			if m.heads[child].before(&m.heads[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		m.heads[i], m.heads[least] = m.heads[least], m.heads[i]
		i = least
	}
}

func (h *head) before(other *head) bool {
	if h.order != other.order {
		return h.order < other.order
	}
	if c := bytes.Compare(h.key, other.key); c != 0 {
		return c < 0
	}
	return h.age < other.age
}
