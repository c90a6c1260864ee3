package rdb

import (
	"encoding/binary"
	"strconv"
)

// pending is an entry of a group's list whose consumer is not known yet.
type pending struct{ delivered, count int64 }

// stream reads a stream of any version: nodes of entries, what is known of the
// stream, then its groups.
func (d *valueDecoder) stream(kind byte) {
	n := streamReader{valueDecoder: d}
	for nodes := d.items(); nodes > 0 && d.err == nil; nodes-- {
		n.node()
	}
	i := StreamInfo{Length: d.number(), Last: d.id()}
	if kind == typeStream1 {
		i.First, i.Added = n.first, i.Length
	} else {
		i.First, i.MaxDeleted, i.Added = d.id(), d.id(), d.number()
	}
	if i.Length != n.length || i.Last.Less(n.last) {
		d.bad()
	}
	if d.err != nil {
		return
	}
	d.say(d.to.Info(i))
	for groups := d.items(); groups > 0 && d.err == nil; groups-- {
		d.group(kind, &i)
	}
}

// Less orders ids.
func (a ID) Less(b ID) bool { return a.Ms < b.Ms || a.Ms == b.Ms && a.Seq < b.Seq }

func (d *decoder) id() ID { return ID{d.number(), d.number()} }

// rawID reads an id as streams index them.
func (d *decoder) rawID() ID {
	b := d.take(16)
	if b == nil {
		return ID{}
	}
	return ID{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// group reads a group: the list of its pending entries, then its consumers with
// the ids of theirs.
func (d *valueDecoder) group(kind byte, i *StreamInfo) {
	name, last, read := d.string(), d.id(), int64(0)
	if kind == typeStream1 {
		read = i.readUpTo(last)
	} else {
		read = int64(d.number())
	}
	if d.err != nil {
		return
	}
	d.say(d.to.Group(name, last, read))
	open := map[ID]pending{}
	for n := d.items(); n > 0 && d.err == nil; n-- {
		id, p := d.rawID(), pending{int64(d.uint64()), int64(d.number())}
		if _, twice := open[id]; twice {
			d.bad()
		}
		open[id] = p
	}
	for n := d.items(); n > 0 && d.err == nil; n-- {
		d.consumer(kind, open)
	}
	if len(open) > 0 {
		d.bad() // nobody's
	}
}

func (d *valueDecoder) consumer(kind byte, open map[ID]pending) {
	name, seen := d.string(), int64(d.uint64())
	if kind == typeStream3 {
		d.uint64() // when it last got an entry
	}
	if d.err != nil {
		return
	}
	d.say(d.to.Consumer(name, seen))
	for n := d.items(); n > 0 && d.err == nil; n-- {
		id := d.rawID()
		p, ok := open[id]
		if !ok {
			d.bad()
		}
		delete(open, id)
		if d.err == nil {
			d.say(d.to.Pending(id, p.delivered, p.count))
		}
	}
}

// readUpTo estimates how many entries a group of an old stream has read, which
// tells no more than the ids of its first and last entry; -1 if that is not
// known.
func (i *StreamInfo) readUpTo(id ID) int64 {
	switch {
	case i.Added == 0:
		return 0
	case i.Length == 0 && !i.Last.Less(id), id == i.Last:
		return int64(i.Added)
	case i.Last.Less(id):
		return -1
	case id.Less(i.First):
		return int64(i.Added - i.Length)
	case id == i.First:
		return int64(i.Added - i.Length + 1)
	}
	return -1
}

// streamReader reads the nodes of a stream.
type streamReader struct {
	*valueDecoder
	length      uint64
	first, last ID
}

// node reads a node: its first id, and a listpack of how many entries it has and
// how many deleted ones, the fields they mostly have, and the entries.
func (r *streamReader) node() {
	key, pack := r.string(), r.string()
	if len(key) != 16 {
		r.bad()
	}
	if r.err != nil {
		return
	}
	base := ID{binary.BigEndian.Uint64(key), binary.BigEndian.Uint64(key[8:])}
	var items [][]byte
	if !listpack(pack, func(item []byte) bool { items = append(items, item); return true }) {
		r.bad()
		return
	}
	p := parts{items: items}
	live, deleted := p.count(), p.count()
	fields := p.take(p.count())
	if p.count() != 0 { // ends the fields
		p.bad = true
	}
	begins := true
	seen := uint64(0)
	for n := live + deleted; n > 0 && !p.bad && r.err == nil; n-- {
		id, pairs, gone := p.entry(base, fields)
		if gone || p.bad {
			continue
		}
		if seen++; !r.last.Less(id) {
			p.bad = true
			break
		}
		if r.length == 0 {
			r.first = id
		}
		r.last = id
		r.length++
		r.say(r.to.Entry(id, pairs, begins))
		begins = false
	}
	if p.bad || len(p.items) > 0 || seen != live || live == 0 {
		r.bad()
	}
}

// parts are the items of a node that are not read yet.
type parts struct {
	items [][]byte
	bad   bool
}

func (p *parts) take(n uint64) [][]byte {
	if n > uint64(len(p.items)) {
		p.bad, p.items = true, nil
		return nil
	}
	b := p.items[:n:n]
	p.items = p.items[n:]
	return b
}

func (p *parts) int() int64 {
	b := p.take(1)
	if b == nil {
		return 0
	}
	n, err := strconv.ParseInt(string(b[0]), 10, 64)
	if err != nil {
		p.bad = true
	}
	return n
}

// count reads a number of items, or of entries.
func (p *parts) count() uint64 {
	n := p.int()
	if n < 0 || n > int64(len(p.items)) {
		p.bad = true
		return 0
	}
	return uint64(n)
}

// entry reads an entry: its flags, how far its id is from the node's, its fields
// if they are not the node's, its values, and the number of all these.
func (p *parts) entry(base ID, fields [][]byte) (id ID, pairs [][]byte, deleted bool) {
	before := len(p.items)
	flags := p.int()
	id = ID{base.Ms + uint64(p.int()), base.Seq + uint64(p.int())}
	if flags&entrySameFields != 0 {
		values := p.take(uint64(len(fields)))
		pairs = make([][]byte, 0, 2*len(values))
		for i, value := range values {
			pairs = append(pairs, fields[i], value)
		}
	} else {
		n := p.count()
		pairs = p.take(2 * n)
	}
	used := before - len(p.items)
	if p.int() != int64(used) {
		p.bad = true
	}
	return id, pairs, flags&entryDeleted != 0
}
