package keyspace

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// Group is a consumer group of an open stream. Changes of its exported fields,
// and of the counts of it and its consumers, are written by Save.
type Group struct {
	LastID      StreamID // the last entry delivered
	EntriesRead int64    // entries read so far, -1 if that is unknown
	Pending     int64
	Consumers   int64

	s            *Stream
	name         []byte
	number       uint64
	lastConsumer uint64               // the newest consumer's number
	open         map[string]*Consumer // by name; nil: there is none
}

// Consumer is a consumer of a group.
type Consumer struct {
	Name     []byte
	SeenTime int64 // unix milliseconds
	Pending  int64

	number  uint64
	changed bool
}

// PendingEntry is one that was delivered and not acknowledged.
type PendingEntry struct {
	ID       StreamID
	Consumer []byte // its name
	Time     int64  // of the last delivery, in unix milliseconds
	Count    int64  // of deliveries

	number uint64 // the consumer's
}

func (s *Stream) groupKey(name []byte) []byte {
	s.r.subBuf = append(s.sub(sectionGroup), name...)
	return s.r.subBuf
}

// Group finds a consumer group. O(1).
func (s *Stream) Group(name []byte) (g *Group, ok bool, err error) {
	if !s.Exists() || len(name) > MaxKey {
		return nil, false, nil
	}
	raw, err := s.r.w.Get(s.groupKey(name))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	g, err = s.readGroup(name, raw)
	return g, err == nil, err
}

func (s *Stream) readGroup(name, raw []byte) (*Group, error) {
	d := record{b: raw}
	g := &Group{s: s, name: slices.Clone(name), open: map[string]*Consumer{}}
	g.LastID, g.EntriesRead, g.Pending, g.Consumers = d.id(), d.int(), d.int(), d.int()
	g.number, g.lastConsumer = d.uint(), d.uint()
	return g, d.err()
}

// CreateGroup makes a group; ok is false if there is one of this name.
func (s *Stream) CreateGroup(name []byte, last StreamID, read int64) (ok bool, err error) {
	if len(name) > MaxKey {
		return false, ErrKeyTooLong
	}
	if _, taken, err := s.Group(name); err != nil || taken {
		return false, err
	}
	s.info.groups++
	s.info.lastGroup++
	g := Group{s: s, name: name, number: s.info.lastGroup, LastID: last, EntriesRead: read}
	if err := g.Save(); err != nil {
		return false, err
	}
	s.bytes += groupBytes + int64(len(name))
	return true, s.saveInfo()
}

// EachGroup calls fn for every group in the order of names. O(groups).
func (s *Stream) EachGroup(fn func(name []byte, g *Group) error) error {
	if !s.Exists() {
		return nil
	}
	lower, upper := s.section(sectionGroup)
	return s.r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		g, err := s.readGroup(key[subPrefixLen:], value)
		if err != nil {
			return false, err
		}
		return true, fn(g.name, g)
	})
}

// Save writes the group and those of its consumers that changed.
func (g *Group) Save() error {
	if err := g.s.r.w.Set(g.s.groupKey(g.name), g.encode()); err != nil {
		return err
	}
	for _, c := range g.open {
		if c == nil || !c.changed {
			continue
		}
		if err := g.s.r.w.Set(g.consumerKey(c.Name), c.encode()); err != nil {
			return err
		}
		c.changed = false
	}
	if g.s.bytes != g.s.stored.bytes {
		return g.s.saveInfo()
	}
	return nil
}

func (g *Group) encode() []byte {
	b := binary.AppendVarint(appendRecordID(nil, g.LastID), g.EntriesRead)
	b = binary.AppendVarint(binary.AppendVarint(b, g.Pending), g.Consumers)
	return binary.AppendUvarint(binary.AppendUvarint(b, g.number), g.lastConsumer)
}

func (c *Consumer) encode() []byte {
	return binary.AppendUvarint(binary.AppendVarint(binary.AppendVarint(nil, c.SeenTime), c.Pending), c.number)
}

// Destroy removes the group. O(1) for each pending entry and consumer.
func (g *Group) Destroy() error {
	g.s.bytes -= groupBytes + int64(len(g.name))
	prefix := g.prefix(sectionConsumer)
	err := g.s.r.scanRange(prefix, storage.PrefixEnd(prefix), false, func(key, value []byte) (bool, error) {
		c, err := readConsumer(key[len(prefix):], value)
		if err == nil {
			g.s.bytes -= consumerBytes + int64(len(c.Name)) + c.Pending*(pendingBytes+int64(len(c.Name)))
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	for _, section := range []byte{sectionConsumer, sectionPending, sectionConsumerPending} {
		if err := g.s.removePrefix(g.prefix(section)); err != nil {
			return err
		}
	}
	if err := g.s.r.w.Delete(g.s.groupKey(g.name)); err != nil {
		return err
	}
	g.s.info.groups--
	return g.s.saveInfo()
}

func (s *Stream) removePrefix(prefix []byte) error {
	return s.r.scanRange(prefix, storage.PrefixEnd(prefix), false, func(key, _ []byte) (bool, error) {
		return true, s.r.w.Delete(key)
	})
}

// prefix is what all subkeys of the group in a section begin with, for the
// caller to keep.
func (g *Group) prefix(section byte) []byte {
	return binary.BigEndian.AppendUint64(appendSubPrefix(nil, g.s.version, section), g.number)
}

func (g *Group) consumerKey(name []byte) []byte {
	g.s.r.subBuf = append(binary.BigEndian.AppendUint64(g.s.sub(sectionConsumer), g.number), name...)
	return g.s.r.subBuf
}

// Consumer finds a consumer. O(1).
func (g *Group) Consumer(name []byte) (c *Consumer, ok bool, err error) {
	if c, seen := g.open[string(name)]; seen {
		return c, c != nil, nil
	}
	if len(name) > MaxKey {
		return nil, false, nil
	}
	raw, err := g.s.r.w.Get(g.consumerKey(name))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		g.open[string(name)] = nil
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	if c, err = readConsumer(name, raw); err != nil {
		return nil, false, err
	}
	g.open[string(name)] = c
	return c, true, nil
}

func readConsumer(name, raw []byte) (*Consumer, error) {
	d := record{b: raw}
	c := &Consumer{Name: slices.Clone(name), SeenTime: d.int(), Pending: d.int(), number: d.uint()}
	return c, d.err()
}

// Use finds a consumer, or makes it, and notes that it was seen now.
func (g *Group) Use(name []byte, now int64) (c *Consumer, created bool, err error) {
	c, ok, err := g.Consumer(name)
	if err != nil {
		return nil, false, err
	}
	if !ok {
		if len(name) > MaxKey {
			return nil, false, ErrKeyTooLong
		}
		g.lastConsumer++
		g.Consumers++
		g.s.bytes += consumerBytes + int64(len(name))
		c = &Consumer{Name: slices.Clone(name), number: g.lastConsumer}
		g.open[string(name)] = c
	}
	c.SeenTime, c.changed = now, true
	return c, !ok, nil
}

// EachConsumer calls fn for every consumer in the order of names.
func (g *Group) EachConsumer(fn func(c *Consumer) error) error {
	prefix := g.prefix(sectionConsumer)
	return g.s.r.scanRange(prefix, storage.PrefixEnd(prefix), false, func(key, value []byte) (bool, error) {
		c, err := readConsumer(key[len(prefix):], value)
		if err != nil {
			return false, err
		}
		return true, fn(c)
	})
}

// RemoveConsumer removes a consumer with its pending entries.
func (g *Group) RemoveConsumer(c *Consumer) error {
	err := g.EachPendingOf(c, StreamID{}, func(p PendingEntry) (bool, error) { return true, g.Acknowledge(p) })
	if err != nil {
		return err
	}
	g.open[string(c.Name)] = nil
	g.Consumers--
	g.s.bytes -= consumerBytes + int64(len(c.Name))
	return g.s.r.w.Delete(g.consumerKey(c.Name))
}

func (g *Group) pendingKey(id StreamID) []byte {
	g.s.r.subBuf = appendStreamID(binary.BigEndian.AppendUint64(g.s.sub(sectionPending), g.number), id)
	return g.s.r.subBuf
}

func (g *Group) consumerPendingKey(consumer uint64, id StreamID) []byte {
	b := binary.BigEndian.AppendUint64(g.s.sub(sectionConsumerPending), g.number)
	g.s.r.subBuf = appendStreamID(binary.BigEndian.AppendUint64(b, consumer), id)
	return g.s.r.subBuf
}

// PendingEntry finds a pending entry. O(1).
func (g *Group) PendingEntry(id StreamID) (p PendingEntry, ok bool, err error) {
	raw, err := g.s.r.w.Get(g.pendingKey(id))
	if errors.Is(err, storage.ErrNotFound) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p, err = readPending(id, raw)
	return p, err == nil, err
}

func readPending(id StreamID, raw []byte) (PendingEntry, error) {
	d := record{b: raw}
	p := PendingEntry{ID: id, number: d.uint(), Time: d.int(), Count: d.int(), Consumer: slices.Clone(d.bytes())}
	return p, d.err()
}

// EachPending calls fn for the pending entries from start to end, both included,
// until it returns false; fn may change them.
func (g *Group) EachPending(start, end StreamID, fn func(p PendingEntry) (more bool, err error)) error {
	lower := slices.Clone(g.pendingKey(start))
	upper := append(slices.Clone(g.pendingKey(end)), 0)
	return g.s.r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		p, err := readPending(lastStreamID(key), value)
		if err != nil {
			return false, err
		}
		return fn(p)
	})
}

// EachPendingOf is EachPending from start on for one consumer.
func (g *Group) EachPendingOf(c *Consumer, start StreamID, fn func(p PendingEntry) (more bool, err error)) error {
	return g.eachPendingID(c, start, func(id StreamID) (bool, error) {
		p, ok, err := g.PendingEntry(id)
		if err != nil || !ok {
			return err == nil, err
		}
		return fn(p)
	})
}

// EachPendingID calls fn for the ids of a consumer's pending entries, in order.
func (g *Group) EachPendingID(c *Consumer, fn func(id StreamID) error) error {
	return g.eachPendingID(c, StreamID{}, func(id StreamID) (bool, error) { return true, fn(id) })
}

func (g *Group) eachPendingID(c *Consumer, start StreamID, fn func(id StreamID) (bool, error)) error {
	lower := slices.Clone(g.consumerPendingKey(c.number, start))
	upper := append(slices.Clone(g.consumerPendingKey(c.number, MaxStreamID)), 0)
	return g.s.r.scanRange(lower, upper, false, func(key, _ []byte) (bool, error) {
		return fn(lastStreamID(key))
	})
}

// Assign makes an entry pending for c, whoever had it before.
func (g *Group) Assign(id StreamID, c *Consumer, time, count int64) error {
	old, had, err := g.PendingEntry(id)
	if err != nil {
		return err
	}
	if had && old.number != c.number {
		if err := g.Acknowledge(old); err != nil {
			return err
		}
		had = false
	}
	if !had {
		g.Pending++
		c.Pending++
		c.changed = true
		g.s.bytes += pendingBytes + int64(len(c.Name))
		if err := g.s.r.w.Set(g.consumerPendingKey(c.number, id), nil); err != nil {
			return err
		}
	}
	b := binary.AppendUvarint(nil, c.number)
	b = appendRecordBytes(binary.AppendVarint(binary.AppendVarint(b, time), count), c.Name)
	return g.s.r.w.Set(g.pendingKey(id), b)
}

// Acknowledge removes a pending entry. O(1).
func (g *Group) Acknowledge(p PendingEntry) error {
	c, ok, err := g.Consumer(p.Consumer)
	if err != nil {
		return err
	}
	if ok {
		c.Pending--
		c.changed = true
	}
	g.Pending--
	g.s.bytes -= pendingBytes + int64(len(p.Consumer))
	if err := g.s.r.w.Delete(g.consumerPendingKey(p.number, p.ID)); err != nil {
		return err
	}
	return g.s.r.w.Delete(g.pendingKey(p.ID))
}

// PendingEnds are the first and the last pending id of a group that has some.
func (g *Group) PendingEnds() (first, last StreamID, err error) {
	prefix := g.prefix(sectionPending)
	for _, end := range []struct {
		id      *StreamID
		reverse bool
	}{{&first, false}, {&last, true}} {
		err := g.s.r.scanRange(prefix, storage.PrefixEnd(prefix), end.reverse, func(key, _ []byte) (bool, error) {
			*end.id = lastStreamID(key)
			return false, nil
		})
		if err != nil {
			return first, last, err
		}
	}
	return first, last, nil
}
