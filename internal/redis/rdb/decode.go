package rdb

import (
	"math"
	"strconv"
)

// Receiver takes what is decoded, part by part: String alone, or Begin and the
// parts of a collection. Its error ends the decoding.
//
// Slices stay valid and may be kept, but not modified.
type Receiver interface {
	String(value []byte) error
	Begin(k Kind) error
	// Element is the next of a list's elements, or a set's member.
	Element(b []byte) error
	// Field is a hash's field; expire is its own expiry time in unix
	// milliseconds, 0 if it has none.
	Field(field, value []byte, expire int64) error
	Member(member []byte, score float64) error
	StreamReceiver
}

// StreamReceiver takes the parts of a stream: entries in the order of ids, then
// Info, then groups, each followed by its consumers, each followed by its pending
// entries.
type StreamReceiver interface {
	// Entry is an entry, pairs its fields and values in turn; begins says that it
	// is the first of a node.
	Entry(id ID, pairs [][]byte, begins bool) error
	Info(i StreamInfo) error
	Group(name []byte, last ID, read int64) error
	Consumer(name []byte, seen int64) error
	Pending(id ID, delivered, count int64) error
}

// Decode reads a payload of DUMP and hands on its value. Parts of it may have been
// handed on when it turns out to be bad. A hostile payload costs little memory
// here; what Receiver keeps of it may be some hundred times its size.
//
// ErrEmpty says that the value is a collection without members, ErrFooter and
// ErrFormat that the payload is bad.
func Decode(payload []byte, to Receiver) error {
	body, err := checkFooter(payload)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return ErrFormat
	}
	d := valueDecoder{decoder: decoder{buf: body[1:]}, to: to}
	if err := d.value(body[0]); err != nil {
		return err
	}
	if d.rest() > 0 {
		return ErrFormat
	}
	return nil
}

// valueDecoder hands on what it reads.
type valueDecoder struct {
	decoder
	to   Receiver
	size uint64 // parts handed on of this value
}

// say fails with a receiver's error.
func (d *valueDecoder) say(err error) {
	d.size++
	if err != nil {
		d.fail(err)
	}
}

// value reads a value of the given type. After ErrEmpty it stands where the next
// thing begins.
func (d *valueDecoder) value(kind byte) error {
	if kind == typeString {
		if value := d.string(); d.err == nil {
			d.say(d.to.String(value))
		}
		return d.err
	}
	k, ok := kindOf(kind)
	if !ok {
		d.fail(unknownType(kind))
		return d.err
	}
	d.say(d.to.Begin(k))
	d.size = 0
	if k == Stream {
		d.stream(kind)
	} else if d.collection(kind); d.err == nil && d.size == 0 {
		return ErrEmpty
	}
	return d.err
}

func kindOf(kind byte) (Kind, bool) {
	switch kind {
	case typeList, typeListZiplist, typeListQuicklist, typeListQuick2:
		return List, true
	case typeSet, typeSetIntset, typeSetListpack:
		return Set, true
	case typeZSet, typeZSet2, typeZSetZiplist, typeZSetListpack:
		return ZSet, true
	case typeHash, typeHashZipmap, typeHashZiplist, typeHashListpack, typeHashTTL0, typeHashTTL, typeHashListpackTTL0, typeHashListpackTTL:
		return Hash, true
	case typeStream1, typeStream2, typeStream3:
		return Stream, true
	}
	return 0, false
}

func (d *valueDecoder) collection(kind byte) {
	switch kind {
	case typeList, typeSet:
		for n := d.items(); n > 0 && d.err == nil; n-- {
			d.element(d.string())
		}
	case typeHash:
		for n := d.items(); n > 0 && d.err == nil; n-- {
			field := d.string()
			d.field(field, d.string())
		}
	case typeHashTTL0, typeHashTTL:
		d.expiringFields(kind == typeHashTTL)
	case typeHashListpackTTL0, typeHashListpackTTL:
		d.expiringListpack(kind == typeHashListpackTTL)
	case typeZSet, typeZSet2:
		d.sortedSet(kind == typeZSet2)
	case typeListZiplist:
		d.packed(ziplist, d.element)
	case typeSetListpack:
		d.packed(listpack, d.element)
	case typeSetIntset:
		d.packed(intset, d.element)
	case typeHashZipmap:
		d.pairs(zipmap, d.field)
	case typeHashZiplist:
		d.pairs(ziplist, d.field)
	case typeHashListpack:
		d.pairs(listpack, d.field)
	case typeZSetZiplist:
		d.pairs(ziplist, d.scored)
	case typeZSetListpack:
		d.pairs(listpack, d.scored)
	case typeListQuicklist:
		for n := d.items(); n > 0 && d.err == nil; n-- {
			d.packed(ziplist, d.element)
		}
	case typeListQuick2:
		d.quicklist()
	}
}

func (d *valueDecoder) element(b []byte) {
	if d.err == nil {
		d.say(d.to.Element(b))
	}
}

func (d *valueDecoder) field(field, value []byte) { d.expiringField(field, value, 0) }

func (d *valueDecoder) expiringField(field, value []byte, expire int64) {
	if expire < 0 {
		d.bad()
	}
	if d.err == nil {
		d.say(d.to.Field(field, value, expire))
	}
}

// expiringFields reads a hash whose fields have expiry times: the first of them,
// and each relative to that (before redis-server 7.4 was released, absolute).
func (d *valueDecoder) expiringFields(relative bool) {
	first := int64(1)
	if relative {
		first = int64(d.uint64())
	}
	for n := d.items(); n > 0 && d.err == nil; n-- {
		expire := int64(d.number())
		if expire != 0 {
			expire += first - 1
		}
		field := d.string()
		d.expiringField(field, d.string(), expire)
	}
}

// expiringListpack reads fields, values and expiry times in turn.
func (d *valueDecoder) expiringListpack(first bool) {
	if first {
		d.uint64() // the first expiry time
	}
	var field, value []byte
	n := 0
	d.packed(listpack, func(item []byte) {
		switch n++; n % 3 {
		case 1:
			field = item
		case 2:
			value = item
		default:
			expire, err := strconv.ParseInt(string(item), 10, 64)
			if err != nil {
				d.bad()
			}
			d.expiringField(field, value, expire)
		}
	})
	if n%3 != 0 {
		d.bad()
	}
}

func (d *valueDecoder) member(member []byte, score float64) {
	if math.IsNaN(score) {
		d.bad()
	}
	if d.err == nil {
		d.say(d.to.Member(member, score))
	}
}

func (d *valueDecoder) sortedSet(binaryScores bool) {
	for n := d.items(); n > 0 && d.err == nil; n-- {
		member := d.string()
		if binaryScores {
			d.member(member, math.Float64frombits(d.uint64()))
		} else {
			d.member(member, d.textScore())
		}
	}
}

// textScore reads a score as old versions wrote it: its length, then digits.
func (d *valueDecoder) textScore() float64 {
	switch n := d.byte(); n {
	case 253:
		return math.NaN()
	case 254:
		return math.Inf(1)
	case 255:
		return math.Inf(-1)
	default:
		return d.parseScore(d.take(uint64(n)))
	}
}

func (d *valueDecoder) parseScore(b []byte) float64 {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		d.bad()
	}
	return f
}

func (d *valueDecoder) scored(member, score []byte) { d.member(member, d.parseScore(score)) }

// quicklist reads a list of packed nodes with nodes of a single large element
// among them.
func (d *valueDecoder) quicklist() {
	for n := d.items(); n > 0 && d.err == nil; n-- {
		switch d.number() {
		case quickPlain:
			d.element(d.string())
		case quickPacked:
			d.packed(listpack, d.element)
		default:
			d.bad()
		}
	}
}

// packed reads a string that holds a compact collection.
func (d *valueDecoder) packed(read func([]byte, func([]byte) bool) bool, each func([]byte)) {
	b := d.string()
	if d.err != nil {
		return
	}
	ok := read(b, func(item []byte) bool {
		each(item)
		return d.err == nil
	})
	if !ok {
		d.bad()
	}
}

// pairs is packed for items that belong together by two.
func (d *valueDecoder) pairs(read func([]byte, func([]byte) bool) bool, each func(a, b []byte)) {
	var first []byte
	half := false
	d.packed(read, func(item []byte) {
		if half = !half; half {
			first = item
		} else {
			each(first, item)
		}
	})
	if half {
		d.bad()
	}
}
