package keyspace

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// groupsFound are the groups of a stream about which something is wrong, read whole.
type groupsFound struct {
	c      *contents
	groups map[uint64]*groupFound
}

type groupFound struct {
	Group
	key       []byte
	consumers map[string]*consumerFound
	pending   int64
}

type consumerFound struct {
	Consumer
	key     []byte
	pending int64
}

// eachGroup reports what is wrong with a stream's groups.
func (c *contents) eachGroup() error {
	f := groupsFound{c: c, groups: map[uint64]*groupFound{}}
	for _, step := range []func() error{f.readGroups, f.readConsumers, f.readPending, f.readByConsumer, f.report} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (f *groupsFound) each(section byte, fn func(key, rest, value []byte) error) error {
	lower := f.c.sub(section, nil)
	return f.c.v.each(lower, storage.PrefixEnd(lower), func(key, value []byte) error {
		if !wellFormed(section, key[subPrefixLen:]) {
			return nil // reported
		}
		return fn(key, key[subPrefixLen:], value)
	})
}

func (f *groupsFound) readGroups() error {
	return f.each(sectionGroup, func(key, rest, value []byte) error {
		g, err := (&Stream{}).readGroup(rest, value)
		if err != nil {
			return nil //nolint:nilerr // reported
		}
		f.groups[g.number] = &groupFound{Group: *g, key: slices.Clone(key), consumers: map[string]*consumerFound{}}
		return nil
	})
}

func (f *groupsFound) readConsumers() error {
	return f.each(sectionConsumer, func(key, rest, value []byte) error {
		consumer, err := readConsumer(rest[8:], value)
		if err != nil {
			return nil //nolint:nilerr // reported
		}
		g := f.groups[binary.BigEndian.Uint64(rest)]
		if g == nil {
			return f.c.v.report(f.c.fault(FaultGroups, "a group for consumer "+fmt.Sprintf("%q", rest[8:]), "none"))
		}
		g.consumers[string(consumer.Name)] = &consumerFound{Consumer: *consumer, key: slices.Clone(key)}
		return nil
	})
}

func (f *groupsFound) readPending() error {
	return f.each(sectionPending, func(key, rest, value []byte) error {
		p, err := readPending(lastStreamID(key), value)
		if err != nil {
			return nil //nolint:nilerr // reported
		}
		what := fmt.Sprintf("pending entry %d-%d of consumer %q", p.ID.Ms, p.ID.Seq, p.Consumer)
		g := f.groups[binary.BigEndian.Uint64(rest)]
		if g == nil {
			return f.c.v.report(f.c.fault(FaultGroups, "a group for "+what, "none"))
		}
		g.pending++
		consumer := g.consumers[string(p.Consumer)]
		if consumer == nil || consumer.number != p.number {
			return f.c.v.report(f.c.fault(FaultPending, "a consumer for "+what, "none"))
		}
		consumer.pending++
		other := f.c.sub(sectionConsumerPending, appendStreamID(binary.BigEndian.AppendUint64(slices.Clone(rest[:8]), p.number), p.ID))
		if raw, err := f.c.v.get(other); err != nil || raw != nil {
			return err
		}
		fault := f.c.fault(FaultPending, what+" under its consumer too", "it by id alone")
		fault.Mend = func(w storage.Writer) error { return w.Set(other, nil) }
		return f.c.v.report(fault)
	})
}

func (f *groupsFound) readByConsumer() error {
	return f.each(sectionConsumerPending, func(key, rest, _ []byte) error {
		id := lastStreamID(key)
		raw, err := f.c.v.get(f.c.sub(sectionPending, append(slices.Clone(rest[:8]), rest[16:]...)))
		if err != nil {
			return err
		}
		if p, err := readPending(id, raw); raw != nil && err == nil && p.number == binary.BigEndian.Uint64(rest[8:]) {
			return nil
		}
		entry := slices.Clone(key)
		fault := f.c.fault(FaultPending, fmt.Sprintf("pending entry %d-%d by id, of that consumer", id.Ms, id.Seq), "it by consumer alone")
		fault.Mend = func(w storage.Writer) error { return w.Delete(entry) }
		return f.c.v.report(fault)
	})
}

// report compares the counts.
func (f *groupsFound) report() error {
	for _, g := range f.groups {
		if n := int64(len(g.consumers)); g.Consumers != n || g.Pending != g.pending {
			fault := f.c.fault(FaultGroups, fmt.Sprintf("group %q with %d consumers, %d pending", g.name, n, g.pending),
				fmt.Sprintf("%d consumers, %d pending", g.Consumers, g.Pending))
			fixed := Group{LastID: g.LastID, EntriesRead: g.EntriesRead, Pending: g.pending, Consumers: n, number: g.number, lastConsumer: g.lastConsumer}
			fault.Mend = func(w storage.Writer) error { return w.Set(g.key, fixed.encode()) }
			if err := f.c.v.report(fault); err != nil {
				return err
			}
		}
		for _, consumer := range g.consumers {
			if consumer.Pending == consumer.pending {
				continue
			}
			fault := f.c.fault(FaultGroups, fmt.Sprintf("consumer %q of group %q with %d pending", consumer.Name, g.name, consumer.pending),
				countText(consumer.Pending, "pending"))
			fixed := consumer.Consumer
			fixed.Pending = consumer.pending
			fault.Mend = func(w storage.Writer) error { return w.Set(consumer.key, fixed.encode()) }
			if err := f.c.v.report(fault); err != nil {
				return err
			}
		}
	}
	return nil
}
