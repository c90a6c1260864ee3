package table

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/storage"
)

// validator makes SERIALIZABLE transactions serializable: each notes what it
// reads, keys and ranges, and at its commit checks that no transaction that
// committed since its snapshot wrote any of it. So those that write take effect
// at their commits, and those that only read at their snapshots. It fails more
// often than PostgreSQL's SSI, never less. Commits of other levels are noted
// while a serializable transaction runs, and cost nothing otherwise.
type validator struct {
	// entering orders the beginning of serializable transactions with commits:
	// a commit is either in their snapshot, or noted for them.
	entering sync.RWMutex
	active   atomic.Int32

	mu      sync.Mutex
	seq     uint64
	commits []noted
	keys    int // in commits
	running map[*serialTx]struct{}
}

// noted is what a commit wrote.
type noted struct {
	seq    uint64
	keys   []string // ascending
	ranges [][2]string
}

// serialTx is what a serializable transaction has read since its snapshot.
type serialTx struct {
	seq uint64
	// outrun says that more was written since than is noted: it cannot be checked.
	outrun bool
	points map[string]struct{}
	ranges [][2]string
}

// maxPoints is how many single keys are noted; beyond that, ranges from the first
// to the last of each table would be no worse, so they are merged into one.
const maxPoints = 10_000

// maxNoted bounds the keys noted for running transactions. Those that began
// before fail at their commits.
const maxNoted = 1 << 20

// begin takes a serializable transaction's snapshot.
func (v *validator) begin(tx *Tx, s *snapshot) {
	v.entering.Lock()
	defer v.entering.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	tx.serial = &serialTx{seq: v.seq, points: make(map[string]struct{})}
	if v.running == nil {
		v.running = make(map[*serialTx]struct{})
	}
	v.running[tx.serial] = struct{}{}
	v.active.Add(1)
	tx.e.moves.open(s)
}

// forget ends a serializable transaction.
func (v *validator) forget(tx *Tx) {
	if tx.serial == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.running, tx.serial)
	tx.serial = nil
	v.active.Add(-1)
	oldest := v.seq
	for s := range v.running {
		oldest = min(oldest, s.seq)
	}
	for len(v.commits) > 0 && v.commits[0].seq <= oldest {
		v.keys -= len(v.commits[0].keys)
		v.commits = v.commits[1:]
	}
}

// apply applies a transaction's batch: for a serializable one if it may commit,
// for any, if one is running, noting what it writes.
func (v *validator) apply(tx *Tx, b storage.Batch) (storage.Pending, error) {
	v.entering.RLock()
	defer v.entering.RUnlock()
	if v.active.Load() == 0 {
		return tx.e.apply(b)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if tx.serial != nil {
		if tx.serial.outrun {
			return nil, notSerializable()
		}
		for i := range v.commits {
			if c := &v.commits[i]; c.seq > tx.serial.seq && c.wrote(tx.serial) {
				return nil, notSerializable()
			}
		}
	}
	p, err := tx.e.apply(b)
	if err != nil {
		return nil, err
	}
	v.seq++
	n := noted{seq: v.seq}
	tx.own.Ascend(func(key string, _ []byte, _ bool) bool {
		n.keys = append(n.keys, strings.Clone(key)) // its value lies beside it
		return true
	})
	tx.own.AscendRanges(func(lower, upper string) bool {
		n.ranges = append(n.ranges, [2]string{lower, upper})
		return true
	})
	v.commits = append(v.commits, n)
	if v.keys += len(n.keys); v.keys > maxNoted {
		for s := range v.running {
			s.outrun = true
		}
		v.commits, v.keys = nil, 0
	}
	return p, nil
}

// wrote tells whether the commit wrote anything that s has read.
func (n *noted) wrote(s *serialTx) bool {
	for _, r := range s.ranges {
		i, _ := slices.BinarySearch(n.keys, r[0])
		if i < len(n.keys) && n.keys[i] < r[1] {
			return true
		}
		for _, w := range n.ranges {
			if w[0] < r[1] && r[0] < w[1] {
				return true
			}
		}
	}
	if len(s.points) == 0 {
		return false
	}
	for _, k := range n.keys {
		if _, ok := s.points[k]; ok {
			return true
		}
	}
	for k := range s.points {
		for _, w := range n.ranges {
			if w[0] <= k && k < w[1] {
				return true
			}
		}
	}
	return false
}

// readPoint notes that a serializable transaction read a key, there or not.
func (tx *Tx) readPoint(key []byte) {
	s := tx.serial
	if s == nil {
		return
	}
	s.points[string(key)] = struct{}{}
	if len(s.points) > maxPoints {
		s.merge()
	}
}

// merge turns the single keys into one range per storage id.
func (s *serialTx) merge() {
	bounds := map[string][2]string{}
	for k := range s.points {
		_, rest, _ := decodeOrdered([]byte(k), prefixRows)
		id := k[:len(k)-len(rest)]
		b, ok := bounds[id]
		if !ok {
			b = [2]string{k, k}
		}
		bounds[id] = [2]string{min(b[0], k), max(b[1], k)}
	}
	for _, b := range bounds {
		s.add(b[0], b[1]+"\x00")
	}
	clear(s.points)
}

// readRange notes that a serializable transaction read [lower, upper).
func (tx *Tx) readRange(lower, upper []byte) {
	if tx.serial != nil {
		tx.serial.add(string(lower), string(upper))
	}
}

// add notes a range, unless one that was noted holds it. When they become many,
// those that overlap become one.
func (s *serialTx) add(lower, upper string) {
	for _, r := range s.ranges {
		if r[0] <= lower && upper <= r[1] {
			return
		}
	}
	s.ranges = append(s.ranges, [2]string{lower, upper})
	if len(s.ranges)%256 != 0 {
		return
	}
	slices.SortFunc(s.ranges, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	out := s.ranges[:1]
	for _, r := range s.ranges[1:] {
		if last := &out[len(out)-1]; r[0] <= last[1] {
			last[1] = max(last[1], r[1])
		} else {
			out = append(out, r)
		}
	}
	s.ranges = out
}

// notSerializable is PostgreSQL's error for a cycle of reads and writes.
func notSerializable() error {
	return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to read/write dependencies among transactions").
		WithDetail("Reason code: Canceled on commit, a concurrent transaction wrote what this one has read.").
		WithHint("The transaction might succeed if retried.")
}
