package actor

import (
	"errors"
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// commit is what one Apply needs beyond the batch.
type commit struct {
	holder *Holder
	// routes are the partitions that the batch's writes concern, one by one.
	routes []route
	// numbers are the partitions written to, ascending.
	numbers []uint64
	seen    [lowNumbers / 64]uint64 // the low ones, as bits
	parts   []*partition
	all     bool // a range delete may concern all partitions
}

// route is the partition that a write concerns; one is false if there may be several.
type route struct {
	number uint64
	one    bool
}

// Apply is storage.Store's. The writes of all partitions become visible at once.
func (s *Store) Apply(b storage.Batch) (storage.Pending, error) { return s.apply(b, beside{}) }

// ApplyWith is Apply together with a batch of Backing: both are visible, or
// neither, and with WriteThrough both outlive the process, or neither. With
// Snapshot that needs keep: b then counts after a crash, if the batch does, though
// the last snapshot lacks it. That holds for one such b, the last one, so whoever
// keeps anything calls Save before. The Pending speaks of the batch of Backing.
func (s *Store) ApplyWith(b, backing storage.Batch, keep bool) (storage.Pending, error) {
	return s.apply(b, beside{batch: backing, keep: keep && s.Persistence == Snapshot})
}

// beside is what a commit gives to the backing store beyond what it writes itself.
type beside struct {
	batch storage.Batch // nil if there is nothing
	keep  bool
}

func (s *Store) apply(b storage.Batch, with beside) (storage.Pending, error) {
	mb, ok := b.(*memstore.Batch)
	if !ok {
		return nil, fmt.Errorf("actor store %s: batch of another store: %T", s.Kind, b)
	}
	ops, err := mb.Take()
	if err != nil {
		return nil, err
	}
	for {
		pending, err := s.commit(ops, with)
		if err != errMoved { //nolint:errorlint // bare, from write
			return pending, err
		}
	}
}

// errMoved says that partitions came or went while a commit prepared for them.
var errMoved = errors.New("actor store: partitions changed")

func (s *Store) commit(ops []memstore.Op, with beside) (storage.Pending, error) {
	c := s.newCommit()
	defer s.endCommit(c)
	s.prepare(c, ops)
	for i, p := range c.parts {
		if err := c.holder.acquire(p); err != nil {
			return nil, errors.Join(err, c.releaseFirst(i))
		}
	}
	pending, err := s.write(c, ops, with)
	if released := c.releaseFirst(len(c.numbers)); released != nil {
		err = errors.Join(err, released)
	}
	return pending, err
}

func (s *Store) newCommit() *commit {
	if c, ok := s.commits.Get().(*commit); ok {
		return c
	}
	return &commit{holder: s.NewHolder()}
}

func (s *Store) endCommit(c *commit) {
	clear(c.parts)
	clear(c.seen[:])
	c.numbers, c.parts, c.all = c.numbers[:0], c.parts[:0], false
	if c.routes = c.routes[:0]; cap(c.routes) > keptRoutes {
		c.routes = nil
	}
	s.commits.Put(c)
}

func (c *commit) releaseFirst(n int) error {
	var errs []error
	for _, p := range c.parts[:n] {
		if err := c.holder.release(p); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// keptRoutes is the most that a commit keeps for the next one.
const keptRoutes = 1 << 12

// prepare finds the partitions that ops write to.
func (s *Store) prepare(c *commit, ops []memstore.Op) {
	for i := range ops {
		r := s.route(&ops[i])
		c.routes = append(c.routes, r)
		if r.one {
			c.note(r.number)
		} else {
			c.all = true
		}
	}
	s.mu.RLock()
	if c.all {
		// The batch's other writes may make partitions that are not there yet.
		for number := range s.partitions.all {
			c.numbers = append(c.numbers, number)
		}
	}
	slices.Sort(c.numbers)
	c.numbers = slices.Compact(c.numbers)
	for _, number := range c.numbers {
		c.parts = append(c.parts, s.partitions.at(number))
	}
	s.mu.RUnlock()
	for i, p := range c.parts {
		if p == nil {
			c.parts[i] = s.partition(c.numbers[i])
		}
	}
}

// note adds a partition to those that are written to.
func (c *commit) note(number uint64) {
	if number < lowNumbers {
		word, bit := &c.seen[number/64], uint64(1)<<(number%64)
		if *word&bit != 0 {
			return
		}
		*word |= bit
	} else if n := len(c.numbers); n > 0 && c.numbers[n-1] == number {
		return
	}
	c.numbers = append(c.numbers, number)
}

// route finds the partition that a write concerns.
func (s *Store) route(o *memstore.Op) route {
	if o.Kind == memstore.OpDeleteRange {
		number, one := s.Route.Range(asBytes(o.Key), o.Value)
		return route{number, one}
	}
	return route{s.Route.Key(asBytes(o.Key)), true}
}

// write makes the writes visible.
func (s *Store) write(c *commit, ops []memstore.Op, with beside) (storage.Pending, error) {
	if err := s.lockWarm(c); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if err := s.checkLimit(ops); err != nil {
		return nil, err
	}
	// Under the lock, so that both stores see the same order.
	pending, err := s.writeBacking(c, ops, with)
	if err != nil {
		return nil, err
	}
	s.writeMemory(c, ops)
	return pending, nil
}

func (s *Store) writeMemory(c *commit, ops []memstore.Op) {
	if len(ops) > 0 {
		s.frozen = nil
	}
	for i := range ops {
		one := ops[i : i+1]
		if r := c.routes[i]; r.one {
			s.writeTo(s.partitions.at(r.number), one)
			continue
		}
		for _, p := range c.parts {
			s.writeTo(p, one)
		}
	}
}

// lockWarm takes the lock on the store when all partitions of the commit are in
// memory.
func (s *Store) lockWarm(c *commit) error {
	for {
		s.mu.Lock()
		cold, err := s.firstCold(c)
		if cold == nil && err == nil {
			return nil
		}
		s.mu.Unlock()
		if err == nil {
			_, err = cold.warm()
		}
		if err != nil {
			return err
		}
	}
}

// firstCold is a view of the commit's partitions that is not in memory, nil if all
// are. The caller holds mu.
func (s *Store) firstCold(c *commit) (*view, error) {
	if s.closed {
		return nil, storage.ErrClosed
	}
	if c.all && len(s.partitions.all) != len(c.parts) {
		return nil, errMoved
	}
	for _, p := range c.parts {
		if s.partitions.at(p.number) != p {
			return nil, errMoved
		}
		if p.view.tree.Load() == nil {
			return p.view, nil
		}
	}
	return nil, nil
}

// writeTo applies writes to one partition. The caller holds mu.
func (s *Store) writeTo(p *partition, ops []memstore.Op) {
	v := p.view
	if v.epoch.Load() != s.epoch {
		v = newView(p, v.tree.Load().Copy(), s.epoch)
		p.view = v
		s.root.Set(p.number, v)
	}
	p.dirty = true
	t := v.tree.Load()
	before := t.Bytes()
	t.Apply(ops)
	s.bytes += t.Bytes() - before
}

// checkLimit refuses writes that would take the store over its limit. Deleting is
// always allowed. The caller holds mu.
func (s *Store) checkLimit(ops []memstore.Op) error {
	if s.Limit == 0 {
		return nil
	}
	room := s.Limit - s.bytes - s.loaded.Load()
	var growth int64
	for i := range ops {
		if ops[i].Kind == memstore.OpSet {
			growth += int64(len(ops[i].Key) + len(ops[i].Value))
		}
	}
	if growth <= room {
		return nil
	}
	// What is replaced makes room, so now exactly.
	growth = 0
	for i := range ops {
		if ops[i].Kind == memstore.OpDeleteRange {
			continue
		}
		p := s.partitions.at(s.Route.Key(asBytes(ops[i].Key)))
		old, err := p.view.tree.Load().Find(asBytes(ops[i].Key))
		switch {
		case err == nil && ops[i].Kind == memstore.OpDelete:
			growth -= int64(len(ops[i].Key) + len(old))
		case err == nil:
			growth += int64(len(ops[i].Value) - len(old))
		case ops[i].Kind == memstore.OpSet:
			growth += int64(len(ops[i].Key) + len(ops[i].Value))
		}
	}
	if growth > 0 && growth > room {
		return fmt.Errorf("%w: there are %d bytes of data and the limit is %d", storage.ErrFull, s.bytes+s.loaded.Load(), s.Limit)
	}
	return nil
}

// done is the Pending of a batch that has nothing to wait for.
type done struct{}

func (done) Wait() error { return nil }
