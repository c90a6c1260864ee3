package keyspace

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// streamContents is what is found of a stream. Groups, consumers and pending entries
// are compared by fingerprints of what one kind says of the other.
type streamContents struct {
	first, last StreamID
	payload     int64 // bytes of fields and values
	info        streamInfo
	unread      bool // info did not decode
	nodes       *stretchCheck
	live        int64 // in nodes

	// What groups and consumers say, and what there is: consumers of groups, pending
	// entries of groups and of consumers; pending entries by id and by consumer, and
	// the consumers that they name.
	saidConsumers, consumers     fingerprint
	saidPending, pending         fingerprint
	saidOfConsumer, ofConsumer   fingerprint
	byID, byConsumer             fingerprint
	namedConsumers, ownConsumers fingerprint
	// The run of consumers, pending entries and entries of a consumer that are alike.
	consumerRun, pendingRun, ofRun run
	newest                         uint64 // group number
}

// run counts records that come one after the other under the same prefix.
type run struct {
	prefix []byte
	n      int64
}

// next counts one more; what ended goes to total.
func (r *run) next(prefix []byte, total *fingerprint) {
	if string(prefix) != string(r.prefix) {
		r.end(total)
		r.prefix = append(r.prefix[:0], prefix...)
	}
	r.n++
}

func (r *run) end(total *fingerprint) {
	if r.n > 0 {
		total.add(binary.BigEndian.AppendUint64(slices.Clone(r.prefix), uint64(r.n)))
	}
	r.n = 0
}

// said is a count that a group or consumer has of what stands under a prefix.
func said(total *fingerprint, n int64, prefix ...uint64) {
	if n == 0 {
		return
	}
	var b []byte
	for _, p := range prefix {
		b = binary.BigEndian.AppendUint64(b, p)
	}
	total.add(binary.BigEndian.AppendUint64(b, uint64(n)))
}

func (c *contents) takeStream(section byte, key, value []byte) (err error) {
	s, rest := &c.stream, key[subPrefixLen:]
	switch section {
	case sectionEntry:
		return c.entry(key, value)
	case sectionNode:
		n, err := readNode(key, value)
		if err != nil {
			return c.odd(FaultRecord, key, "a node")
		}
		s.live += n.live
	case sectionGroup:
		g, err := (&Stream{}).readGroup(rest, value)
		if err != nil {
			return c.odd(FaultRecord, key, "a group")
		}
		s.newest = max(s.newest, g.number)
		said(&s.saidConsumers, g.Consumers, g.number)
		said(&s.saidPending, g.Pending, g.number)
	case sectionConsumer:
		consumer, err := readConsumer(rest[8:], value)
		if err != nil {
			return c.odd(FaultRecord, key, "a consumer")
		}
		s.consumerRun.next(rest[:8], &s.consumers)
		said(&s.saidOfConsumer, consumer.Pending, binary.BigEndian.Uint64(rest), consumer.number)
		s.ownConsumers.addTimes(named(rest[:8], consumer.number, consumer.Name), consumer.Pending)
	case sectionPending:
		p, err := readPending(lastStreamID(key), value)
		if err != nil {
			return c.odd(FaultRecord, key, "a pending entry")
		}
		s.pendingRun.next(rest[:8], &s.pending)
		s.namedConsumers.add(named(rest[:8], p.number, p.Consumer))
		s.byID.add(appendStreamID(binary.BigEndian.AppendUint64(slices.Clone(rest[:8]), p.number), p.ID))
	case sectionConsumerPending:
		s.ofRun.next(rest[:16], &s.ofConsumer)
		s.byConsumer.add(rest)
	}
	return nil
}

func named(group []byte, consumer uint64, name []byte) []byte {
	return append(binary.BigEndian.AppendUint64(slices.Clone(group), consumer), name...)
}

func (c *contents) entry(key, value []byte) (err error) {
	s, id := &c.stream, lastStreamID(key)
	pairs, err := decodeEntry(value)
	if err != nil {
		return c.odd(FaultRecord, key, "an entry")
	}
	for _, p := range pairs {
		s.payload += int64(len(p))
	}
	if c.sections[sectionEntry] == 1 {
		s.first = id
		s.info, err = decodeStreamInfo(c.owner.value)
		s.unread = err != nil
		if !s.unread && s.info.nodes > min(s.info.tail.live, 1) {
			s.nodes, err = c.v.stretches(c.sub(sectionNode, nil), func(value []byte) (int64, error) {
				var n streamNode
				d := record{b: value}
				n.decode(&d)
				return n.live, d.err()
			})
			if err != nil {
				return err
			}
		}
	}
	s.last = id
	if s.info.tail.live > 0 && !id.Less(s.info.tail.id) {
		return nil // of the last node, which the metadata has
	}
	return s.nodes.pass(key[subPrefixLen:])
}

// endStream compares a stream's metadata with what was found.
func (c *contents) endStream(m *Meta) error {
	s := &c.stream
	s.consumerRun.end(&s.consumers)
	s.pendingRun.end(&s.pending)
	s.ofRun.end(&s.ofConsumer)
	info, err := decodeStreamInfo(m.value)
	if err != nil {
		c.beyond = true
		return c.v.report(c.fault(FaultMetadata, "what a stream has beyond its length", fmt.Sprintf("%x", m.value)))
	}
	c.count(m, c.sections[sectionEntry])
	if c.beyond {
		return nil
	}
	was := info
	if info.first != s.first {
		c.faults = append(c.faults, c.fault(FaultStream, fmt.Sprintf("the first entry at %d-%d", s.first.Ms, s.first.Seq), fmt.Sprintf("at %d-%d", info.first.Ms, info.first.Seq)))
		info.first = s.first
	}
	if info.last.Less(s.last) {
		c.faults = append(c.faults, c.fault(FaultStream, fmt.Sprintf("the last id at %d-%d at least", s.last.Ms, s.last.Seq), fmt.Sprintf("at %d-%d", info.last.Ms, info.last.Seq)))
		info.last = s.last
	}
	if n := c.sections[sectionGroup]; info.groups != n || info.lastGroup < s.newest {
		c.faults = append(c.faults, c.fault(FaultStream, countText(n, "groups"), countText(info.groups, "groups")))
		info.groups, info.lastGroup = n, max(info.lastGroup, s.newest)
	}
	if err := c.nodes(m, &info); err != nil {
		return err
	}
	if info != was {
		m.value = info.append(nil)
	}
	return c.groups()
}

// nodes compares the counts of nodes with the entries in them.
func (c *contents) nodes(m *Meta, info *streamInfo) error {
	s, kept := &c.stream, c.sections[sectionNode]
	wrong, err := s.nodes.end()
	if err != nil {
		return err
	}
	tail := int64(0)
	if info.tail.live > 0 {
		tail = 1
	}
	switch {
	case wrong != "":
	case info.nodes != kept+tail:
		wrong = fmt.Sprintf("%d nodes, the metadata says %d", kept+tail, info.nodes)
	case s.live+info.tail.live != m.Size:
		wrong = fmt.Sprintf("nodes of %d entries in all, of %d", s.live+info.tail.live, m.Size)
	default:
		return nil
	}
	f := c.fault(FaultNodes, "a count for each node", wrong)
	info.tail, info.nodes = streamNode{}, 0
	if m.Size > 0 {
		// One node of all that there is, from which others go on.
		info.tail, info.nodes = streamNode{id: s.first, live: m.Size, total: m.Size, bytes: s.payload}, 1
	}
	key, lower := appendMetaKey(nil, c.owner.id, []byte(c.owner.key)), c.sub(sectionNode, nil)
	f.Mend = func(w storage.Writer) error {
		if err := w.DeleteRange(lower, storage.PrefixEnd(lower)); err != nil {
			return err
		}
		return w.Set(key, appendMeta(nil, m))
	}
	c.faults = append(c.faults, f)
	return nil
}

// groups compares groups, consumers and pending entries.
func (c *contents) groups() error {
	s := &c.stream
	if s.saidConsumers == s.consumers && s.saidPending == s.pending && s.saidOfConsumer == s.ofConsumer &&
		s.byID == s.byConsumer && s.namedConsumers == s.ownConsumers {
		return nil
	}
	c.beyond = true // bytes follow
	return c.eachGroup()
}
