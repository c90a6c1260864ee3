package rdb

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Decode reads a payload of DUMP. What it returns shares payload's bytes. A
// hostile payload costs at most some hundred times its size.
func Decode(payload []byte) (*Object, error) {
	body, err := checkFooter(payload)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, ErrFormat
	}
	d := decoder{rest: body[1:]}
	o := d.object(body[0])
	if d.failed || len(d.rest) > 0 || !o.valid() {
		return nil, ErrFormat
	}
	return o, nil
}

// valid says whether the value is one that redis-server could have: no empty
// collection, no member twice, no NaN.
func (o *Object) valid() bool {
	if o.Kind == String {
		return true
	}
	if len(o.Items) == 0 || (o.Kind == Hash && len(o.Items)%2 != 0) {
		return false
	}
	for _, s := range o.Scores {
		if math.IsNaN(s) {
			return false
		}
	}
	if o.Kind == List {
		return true
	}
	step := 1
	if o.Kind == Hash {
		step = 2
	}
	seen := make(map[string]struct{}, len(o.Items)/step)
	for i := 0; i < len(o.Items); i += step {
		seen[string(o.Items[i])] = struct{}{}
	}
	return len(seen) == len(o.Items)/step
}

// decoder reads from the front of rest. After a failure it yields zeros.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) fail() {
	d.failed, d.rest = true, nil
}

func (d *decoder) object(kind byte) *Object {
	switch kind {
	case typeString:
		return &Object{Kind: String, Value: d.string()}
	case typeList:
		return &Object{Kind: List, Items: d.strings(1)}
	case typeSet:
		return &Object{Kind: Set, Items: d.strings(1)}
	case typeHash:
		return &Object{Kind: Hash, Items: d.strings(2)}
	case typeZSet, typeZSet2:
		return d.sortedSet(kind == typeZSet2)
	case typeListZiplist:
		return &Object{Kind: List, Items: d.packed(ziplist)}
	case typeHashZiplist:
		return &Object{Kind: Hash, Items: d.packed(ziplist)}
	case typeHashListpack:
		return &Object{Kind: Hash, Items: d.packed(listpack)}
	case typeSetListpack:
		return &Object{Kind: Set, Items: d.packed(listpack)}
	case typeSetIntset:
		return &Object{Kind: Set, Items: d.packed(intset)}
	case typeZSetZiplist:
		return d.scored(d.packed(ziplist))
	case typeZSetListpack:
		return d.scored(d.packed(listpack))
	case typeListQuicklist:
		return d.quicklist(false)
	case typeListQuick2:
		return d.quicklist(true)
	}
	d.fail()
	return &Object{}
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.fail()
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

// length reads a length; encoded says that it is the number of a special
// encoding of strings instead.
func (d *decoder) length() (n uint64, encoded bool) {
	first := d.byte()
	switch first & 0xc0 {
	case len6:
		return uint64(first & 0x3f), false
	case len14:
		return uint64(first&0x3f)<<8 | uint64(d.byte()), false
	case lenEncoded:
		return uint64(first & 0x3f), true
	}
	switch first {
	case len32:
		if b := d.take(4); b != nil {
			return uint64(binary.BigEndian.Uint32(b)), false
		}
	case len64:
		if b := d.take(8); b != nil {
			return binary.BigEndian.Uint64(b), false
		}
	}
	d.fail()
	return 0, false
}

// count reads the number of things that follow, each of at least one byte.
func (d *decoder) count() uint64 {
	n, encoded := d.length()
	if encoded || n > uint64(len(d.rest)) {
		d.fail()
		return 0
	}
	return n
}

func (d *decoder) string() []byte {
	n, encoded := d.length()
	if !encoded {
		return d.take(n)
	}
	switch n {
	case encInt8:
		return strconv.AppendInt(nil, int64(int8(d.byte())), 10)
	case encInt16:
		if b := d.take(2); b != nil {
			return strconv.AppendInt(nil, int64(int16(binary.LittleEndian.Uint16(b))), 10)
		}
	case encInt32:
		if b := d.take(4); b != nil {
			return strconv.AppendInt(nil, int64(int32(binary.LittleEndian.Uint32(b))), 10)
		}
	case encLZF:
		return d.compressed()
	}
	d.fail()
	return nil
}

// strings reads a count and so many times each strings.
func (d *decoder) strings(each uint64) [][]byte {
	n := d.count() * each
	items := make([][]byte, 0, min(n, uint64(len(d.rest))))
	for ; n > 0 && !d.failed; n-- {
		items = append(items, d.string())
	}
	return items
}

func (d *decoder) sortedSet(binaryScores bool) *Object {
	o := &Object{Kind: ZSet}
	for n := d.count(); n > 0 && !d.failed; n-- {
		o.Items = append(o.Items, d.string())
		if binaryScores {
			score := uint64(0)
			if b := d.take(8); b != nil {
				score = binary.LittleEndian.Uint64(b)
			}
			o.Scores = append(o.Scores, math.Float64frombits(score))
		} else {
			o.Scores = append(o.Scores, d.textScore())
		}
	}
	return o
}

// textScore reads a score as old versions wrote it: its length, then digits.
func (d *decoder) textScore() float64 {
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

func (d *decoder) parseScore(b []byte) float64 {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		d.fail()
	}
	return f
}

// scored makes a sorted set of members and scores in turn.
func (d *decoder) scored(items [][]byte) *Object {
	if len(items)%2 != 0 {
		d.fail()
		return &Object{}
	}
	o := &Object{Kind: ZSet}
	for i := 0; i < len(items); i += 2 {
		o.Items = append(o.Items, items[i])
		o.Scores = append(o.Scores, d.parseScore(items[i+1]))
	}
	return o
}

// quicklist reads a list of packed nodes; the newer kind has nodes of a single
// large element among them.
func (d *decoder) quicklist(newer bool) *Object {
	const plain, packed = quickPlain, quickPacked
	o := &Object{Kind: List}
	for n := d.count(); n > 0 && !d.failed; n-- {
		if !newer {
			o.Items = append(o.Items, d.packed(ziplist)...)
			continue
		}
		container, encoded := d.length()
		switch {
		case !encoded && container == plain:
			o.Items = append(o.Items, d.string())
		case !encoded && container == packed:
			o.Items = append(o.Items, d.packed(listpack)...)
		default:
			d.fail()
		}
	}
	return o
}
