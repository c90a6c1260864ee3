package rdb

import "encoding/binary"

// ID is the id of a stream's entry.
type ID struct{ Ms, Seq uint64 }

// StreamInfo is what a stream has beside its entries and groups.
type StreamInfo struct {
	Length                  uint64
	Last, First, MaxDeleted ID
	Added                   uint64
}

// StreamGroup is a consumer group. Its pending entries and then its consumers
// follow it.
type StreamGroup struct {
	Name      []byte
	Last      ID
	Read      int64 // entries read, -1 if that is unknown
	Pending   int64
	Consumers int64
}

// Flags of an entry in a node.
const (
	entryDeleted    = 1
	entrySameFields = 2
)

// BeginStream begins a stream whose entries are written in this number of nodes.
// The nodes follow, then Info, then the groups.
func (e *Encoder) BeginStream(nodes int64) {
	e.start(typeStream2)
	e.kind, e.left = Stream, nodes
	e.length(uint64(nodes))
}

// Node writes the next entries: their ids, and the fields and values of each in
// turn. A node is held in memory twice.
func (e *Encoder) Node(ids []ID, pairs [][][]byte) {
	e.left--
	e.rawString(appendID(nil, ids[0]))
	p := &e.pack
	p.reset()
	fields := fieldsOf(pairs[0])
	p.int(int64(len(ids)))
	p.int(0) // deleted ones
	p.int(int64(len(fields)))
	for _, f := range fields {
		p.add(f)
	}
	p.int(0)
	for i, id := range ids {
		e.entryOf(p, ids[0], id, fields, pairs[i])
	}
	e.rawString(p.bytes())
}

func (e *Encoder) entryOf(p *listpackBuilder, first, id ID, fields, pairs [][]byte) {
	same := sameFields(fields, pairs)
	from := p.n
	if same {
		p.int(entrySameFields)
	} else {
		p.int(0)
	}
	p.int(int64(id.Ms - first.Ms))
	p.int(int64(id.Seq - first.Seq))
	if same {
		for i := 1; i < len(pairs); i += 2 {
			p.add(pairs[i])
		}
	} else {
		p.int(int64(len(pairs) / 2))
		for _, s := range pairs {
			p.add(s)
		}
	}
	p.int(int64(p.n - from))
}

// Info ends the nodes; groups is the number of groups that follow.
func (e *Encoder) Info(i StreamInfo, groups int64) {
	if e.left != 0 {
		e.fail(errCount)
	}
	e.length(i.Length)
	for _, id := range []ID{i.Last, i.First, i.MaxDeleted} {
		e.id(id)
	}
	e.length(i.Added)
	e.length(uint64(groups))
}

// Group begins a group; its pending entries follow.
func (e *Encoder) Group(g StreamGroup) {
	e.rawString(g.Name)
	e.id(g.Last)
	e.length(uint64(g.Read))
	e.left = g.Pending
	e.length(uint64(g.Pending))
}

// GroupPending writes a pending entry of the group, in the order of ids.
func (e *Encoder) GroupPending(id ID, delivered, count int64) {
	e.left--
	e.buf = appendID(e.buf, id)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(delivered))
	e.length(uint64(count))
	e.drain()
}

// Consumers ends the pending entries of a group; the number of consumers follows.
func (e *Encoder) Consumers(n int64) {
	if e.left != 0 {
		e.fail(errCount)
	}
	e.length(uint64(n))
}

// Consumer begins a consumer; the ids of its pending entries follow.
func (e *Encoder) Consumer(name []byte, seen, pending int64) {
	e.rawString(name)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(seen))
	e.length(uint64(pending))
	e.left = pending
}

// ConsumerPending is one of the group's pending entries that is the consumer's.
func (e *Encoder) ConsumerPending(id ID) {
	e.left--
	e.buf = appendID(e.buf, id)
	e.drain()
}

// EndConsumer ends the pending entries of a consumer.
func (e *Encoder) EndConsumer() {
	if e.left != 0 {
		e.fail(errCount)
	}
}

func (e *Encoder) id(id ID) {
	e.length(id.Ms)
	e.length(id.Seq)
}

// rawString writes a string that is not to be read as a number.
func (e *Encoder) rawString(b []byte) {
	e.length(uint64(len(b)))
	e.buf = append(e.buf, b...)
	e.drain()
}

// appendID writes an id as streams index them.
func appendID(b []byte, id ID) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, id.Ms), id.Seq)
}

func fieldsOf(pairs [][]byte) [][]byte {
	fields := make([][]byte, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, pairs[i])
	}
	return fields
}

func sameFields(fields, pairs [][]byte) bool {
	if 2*len(fields) != len(pairs) {
		return false
	}
	for i, f := range fields {
		if string(f) != string(pairs[2*i]) {
			return false
		}
	}
	return true
}
