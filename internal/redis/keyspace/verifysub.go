package keyspace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// contents are the subkeys of one version, as they come, and what they add up to.
type contents struct {
	v       *verifier
	version uint64
	owner   *owner // nil: nobody owns them
	ignored bool   // they are garbage, or come or go

	entries, bytes int64
	sections       [256]int64 // entries in each

	// Of a sorted set members by name and in order, of a hash TTLs likewise.
	byName, inOrder fingerprint
	ranks           *stretchCheck
	firstDue        int64
	loose           int64 // TTLs of no field
	first, last     int64 // indexes of a list's elements
	stream          streamContents

	faults []Fault // those whose mending is other metadata
	beyond bool    // there is a fault that metadata cannot mend
}

// sectionsOf are the sections that each type has.
var sectionsOf = [...]string{
	TypeString: string(rune(sectionChunk)),
	TypeList:   string(rune(sectionList)),
	TypeSet:    string(rune(sectionMember)),
	TypeZSet:   string([]byte{sectionMember, sectionOrdered, sectionRanks}),
	TypeHash:   string([]byte{sectionMember, sectionTTL, sectionDue}),
	TypeStream: string([]byte{
		sectionEntry, sectionNode, sectionGroup, sectionConsumer, sectionPending, sectionConsumerPending,
	}),
}

// take looks at the next subkey.
func (c *contents) take(key, value []byte) error {
	if c.ignored {
		return nil
	}
	c.entries++
	section, rest := key[subPrefixLen-1], key[subPrefixLen:]
	if c.owner == nil {
		c.bytes += entryBytes(len(key), len(value))
		return nil
	}
	if bytes.IndexByte([]byte(sectionsOf[c.owner.Type]), section) < 0 {
		return c.odd(FaultForeign, key, "a subkey of a "+c.owner.Type.String())
	}
	if !wellFormed(section, rest) {
		return c.odd(FaultRecord, key, "a subkey of its section")
	}
	c.sections[section]++
	n, err := measureEntry(key, value)
	if err != nil {
		return c.odd(FaultRecord, key, "a value of its section")
	}
	c.bytes += n
	switch section {
	case sectionChunk:
		m := &c.owner.Meta
		if at := int64(binary.BigEndian.Uint32(rest)) * m.chunk; int64(len(value)) > min(m.chunk, m.Size-at) {
			return c.odd(FaultChunk, key, fmt.Sprintf("a chunk of %d bytes of a string of %d", m.chunk, m.Size))
		}
	case sectionMember:
		return c.member(key, rest, value)
	case sectionOrdered:
		c.inOrder.add(rest)
		if err := c.openRanks(); err != nil {
			return err
		}
		return c.ranks.pass(rest)
	case sectionTTL:
		return c.fieldTTL(key, rest, value)
	case sectionDue:
		if c.firstDue == 0 {
			c.firstDue = int64(binary.BigEndian.Uint64(rest))
		}
		c.inOrder.add(rest)
	case sectionList:
		c.last = listIndex(key)
		if c.sections[section] == 1 {
			c.first = c.last
		}
	case sectionEntry, sectionNode, sectionGroup, sectionConsumer, sectionPending, sectionConsumerPending:
		return c.takeStream(section, key, value)
	}
	return nil
}

// wellFormed says whether a subkey has what its section adds.
func wellFormed(section byte, rest []byte) bool {
	switch section {
	case sectionMember, sectionTTL:
		return len(rest) >= memberHashLen
	case sectionDue, sectionOrdered, sectionConsumer:
		return len(rest) >= 8
	case sectionList:
		return len(rest) == 8
	case sectionChunk:
		return len(rest) == 4
	case sectionEntry, sectionNode:
		return len(rest) == streamIDLen
	case sectionPending:
		return len(rest) == 8+streamIDLen
	case sectionConsumerPending:
		return len(rest) == 8+8+streamIDLen
	}
	return true
}

func (c *contents) member(key, rest, value []byte) error {
	name := rest[memberHashLen:]
	if uint48(rest) != memberHash(name) {
		return c.odd(FaultMember, key, "a member under the hash of its name")
	}
	switch c.owner.Type {
	case TypeZSet:
		score, err := decodeScore(value)
		if err != nil {
			return c.odd(FaultRecord, key, "a score")
		}
		c.byName.add(appendOrdered(nil, score, name))
	case TypeSet:
		if len(value) > 0 {
			return c.odd(FaultRecord, key, "a member without a value")
		}
	}
	return nil
}

func (c *contents) fieldTTL(key, rest, value []byte) error {
	name := rest[memberHashLen:]
	if uint48(rest) != memberHash(name) {
		return c.odd(FaultMember, key, "a field under the hash of its name")
	}
	if _, err := decodeFieldExpiry(value); err != nil {
		return c.odd(FaultRecord, key, "a time")
	}
	c.byName.add(append(slices.Clone(value), name...))
	field, err := c.v.get(c.sub(sectionMember, rest))
	if err == nil && field == nil {
		c.loose++
	}
	return err
}

// sub is a subkey of this version.
func (c *contents) sub(section byte, rest []byte) []byte {
	return append(appendSubPrefix(nil, c.version, section), rest...)
}

// fault is one of the collection's key, or of no key.
func (c *contents) fault(code, expected, found string) Fault {
	f := Fault{Code: code, DB: -1, Expected: expected, Found: found}
	if c.owner != nil {
		f.DB, f.Key = c.v.number(c.owner.id), []byte(c.owner.key)
	}
	return f
}

// odd reports a subkey that is not as it should be.
func (c *contents) odd(code string, key []byte, expected string) error {
	c.beyond = true
	return c.v.report(c.fault(code, expected, fmt.Sprintf("section %q, %x", key[subPrefixLen-1], key[subPrefixLen:])))
}

func (c *contents) close() error {
	if c == nil {
		return nil
	}
	return errors.Join(c.ranks.close(), c.stream.nodes.close())
}

// end compares what was found with the metadata.
func (c *contents) end() error {
	if c == nil || c.ignored {
		return c.close()
	}
	if c.owner == nil {
		return c.orphans()
	}
	m := c.owner.Meta // as it should be
	var err error
	switch m.Type {
	case TypeString:
		return c.close() // what it lacks is zeros
	case TypeHash:
		err = c.endHash(&m)
	case TypeZSet:
		err = c.endZSet(&m)
	case TypeList:
		err = c.endList(&m)
	case TypeStream:
		err = c.endStream(&m)
	default:
		c.count(&m, c.sections[sectionMember])
	}
	if err != nil {
		return errors.Join(err, c.close())
	}
	if c.bytes != m.bytes && !c.beyond {
		c.faults = append(c.faults, c.fault(FaultBytes, countText(c.bytes, "bytes"), countText(m.bytes, "bytes")))
		m.bytes = c.bytes
	}
	return errors.Join(c.reportMeta(&m), c.close())
}

// count corrects the number of elements. A collection of which nothing is left stays as
// it is: what it has lost nobody can tell.
func (c *contents) count(m *Meta, n int64) {
	switch {
	case n == m.Size && (n > 0 || m.Type == TypeStream):
	case n == 0 && m.Type != TypeStream:
		c.beyond = true
		c.faults = append(c.faults, c.fault(FaultLost, countText(m.Size, "elements"), "none"))
	default:
		c.faults = append(c.faults, c.fault(FaultCount, countText(n, "elements"), countText(m.Size, "elements")))
		m.Size = n
	}
}

// reportMeta reports the faults that the corrected metadata m mends, all at once.
func (c *contents) reportMeta(m *Meta) error {
	key := appendMetaKey(nil, c.owner.id, []byte(c.owner.key))
	for i := range c.faults {
		if f := &c.faults[i]; f.Mend == nil && !c.beyond {
			f.Mend = func(w storage.Writer) error { return w.Set(key, appendMeta(nil, m)) }
		}
		if err := c.v.report(c.faults[i]); err != nil {
			return err
		}
	}
	return nil
}

// orphans reports subkeys that nobody owns. The collector removes them, unless there is
// metadata that does not decode, which may be that of the owner.
func (c *contents) orphans() error {
	if c.v.loading {
		return nil
	}
	f := c.fault(FaultOrphans, "a key or a record of garbage for version "+fmt.Sprint(c.version), countText(c.entries, "subkeys"))
	if !c.v.undecoded {
		m := Meta{Size: c.entries, bytes: c.bytes}
		f.Mend = func(w storage.Writer) error { return w.Set(appendVersionGarbage(nil, c.version), appendSizes(nil, &m)) }
	}
	return c.v.report(f)
}

func (c *contents) endList(m *Meta) error {
	n := c.sections[sectionList]
	if n > 0 && c.last-c.first != n-1 {
		c.beyond = true
		f := c.fault(FaultList, countText(n, "elements one after the other"), fmt.Sprintf("places %d to %d, some of them empty", c.first, c.last))
		return c.v.report(f)
	}
	c.count(m, n)
	if n > 0 && m.head != c.first {
		c.faults = append(c.faults, c.fault(FaultList, fmt.Sprintf("the first element at %d", c.first), fmt.Sprintf("%d in the metadata", m.head)))
		m.head = c.first
	}
	return nil
}

func (c *contents) endHash(m *Meta) error {
	c.count(m, c.sections[sectionMember])
	if c.byName != c.inOrder || c.loose > 0 {
		c.beyond = true // bytes and due follow
		return c.fieldTTLs()
	}
	if timed := m.timed || c.firstDue != 0; m.due != c.firstDue || m.timed != timed {
		c.faults = append(c.faults, c.fault(FaultFieldTTL, "the first field due at "+timeText(c.firstDue), "at "+timeText(m.due)))
		m.due, m.timed = c.firstDue, timed
	}
	return nil
}

// fieldTTLs reports the TTLs of fields that differ by name and by time, or are of no
// field. What is there by name counts.
func (c *contents) fieldTTLs() error {
	lower := c.sub(sectionTTL, nil)
	err := c.v.each(lower, storage.PrefixEnd(lower), func(key, value []byte) error {
		rest := slices.Clone(key[subPrefixLen:])
		if len(rest) < memberHashLen || len(value) != 8 {
			return nil // reported
		}
		due := append(c.sub(sectionDue, value), rest[memberHashLen:]...)
		field, err := c.v.get(c.sub(sectionMember, rest))
		if err != nil {
			return err
		}
		if field == nil {
			f := c.fault(FaultFieldTTL, fmt.Sprintf("a field %q", rest[memberHashLen:]), "its TTL alone")
			f.Mend = func(w storage.Writer) error {
				return errors.Join(w.Delete(c.sub(sectionTTL, rest)), w.Delete(due))
			}
			return c.v.report(f)
		}
		if entry, err := c.v.get(due); err != nil || entry != nil {
			return err
		}
		f := c.fault(FaultFieldTTL, fmt.Sprintf("field %q in the order of time", rest[memberHashLen:]), "it by name alone")
		f.Mend = func(w storage.Writer) error { return w.Set(due, nil) }
		return c.v.report(f)
	})
	if err != nil {
		return err
	}
	lower = c.sub(sectionDue, nil)
	return c.v.each(lower, storage.PrefixEnd(lower), func(key, _ []byte) error {
		rest := slices.Clone(key[subPrefixLen:])
		if len(rest) < 8 {
			return nil // reported
		}
		name := rest[8:]
		at, err := c.v.get(c.sub(sectionTTL, append(appendUint48(nil, memberHash(name)), name...)))
		if err != nil || bytes.Equal(at, rest[:8]) {
			return err
		}
		f := c.fault(FaultFieldTTL, fmt.Sprintf("a TTL of field %q at that time", name), "its place in the order of time")
		f.Mend = func(w storage.Writer) error { return w.Delete(c.sub(sectionDue, rest)) }
		return c.v.report(f)
	})
}
