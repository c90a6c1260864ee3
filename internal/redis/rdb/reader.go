package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Errors of a Reader.
var (
	// ErrNotRDB says that a file does not begin as one.
	ErrNotRDB = errors.New("rdb: not an RDB file")
	// ErrChecksum says that a file was changed since it was written.
	ErrChecksum = errors.New("rdb: the checksum of the file is wrong")
)

// Reader reads a file of redis-server from version 1 to 12 of the format, one
// entry after the other. A hostile file costs no more memory than it has bytes.
type Reader struct {
	d       valueDecoder
	version int
	db      int
	kind    byte
	value   bool // a value has to be read, or skipped
}

// Entry is a key, whose value Reader.Value reads, or something else of a file.
type Entry struct {
	Aux *AuxField
	// Function is the code of a library.
	Function []byte

	DB     int
	Key    []byte // nil if the entry is none of a key
	Expire int64  // unix milliseconds, 0 if there is none
	Idle   int64  // seconds since the key was last used, -1 if that is not known
	Freq   int    // how often it is used, -1 if that is not known
}

// AuxField is a field that describes a file.
type AuxField struct{ Name, Value []byte }

// NewReader reads the header of a file. The reader below needs no buffer.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{d: valueDecoder{decoder: decoder{in: in, sum: ^uint64(0)}}}
	header := r.d.take(9)
	if header == nil || string(header[:5]) != "REDIS" {
		if r.d.err != nil && !errors.Is(r.d.err, io.ErrUnexpectedEOF) {
			return nil, r.d.err
		}
		return nil, ErrNotRDB
	}
	var err error
	if r.version, err = strconv.Atoi(string(header[5:])); err != nil {
		return nil, ErrNotRDB
	}
	if r.version < 1 || r.version > newestVersion {
		return nil, fmt.Errorf("rdb: version %d of the format is not known, only 1 to %d are", r.version, newestVersion)
	}
	return r, nil
}

// Next reads up to the next entry, and io.EOF after the last one. The value of the
// entry before must have been read.
func (r *Reader) Next() (e Entry, err error) {
	if r.value {
		return e, errors.New("rdb: the value of an entry was not read")
	}
	e.Idle, e.Freq = -1, -1
	for r.d.err == nil {
		op := r.d.byte()
		if r.d.err != nil {
			break
		}
		switch op {
		case opEOF:
			return e, r.end()
		case opAux:
			e.Aux = &AuxField{r.d.string(), r.d.string()}
			return e, r.d.err
		case opFunction:
			e.Function = r.d.string()
			return e, r.d.err
		case opFunction1:
			r.d.fail(fmt.Errorf("%w: functions of a release candidate", ErrFormat))
		case opSelectDB:
			r.selectDB()
		case opModuleAux:
			r.d.number() // which module
			r.d.skipModule()
		default:
			if r.attribute(op, &e) {
				continue
			}
			e.DB, e.Key = r.db, r.d.string()
			r.kind, r.value = op, true
			return e, r.d.err
		}
	}
	return e, r.d.err
}

func (r *Reader) selectDB() {
	db := r.d.number()
	if db > 1<<31-1 {
		r.d.bad()
	}
	r.db = int(db)
}

// attribute reads what precedes a key, or is a hint; false: op is none.
func (r *Reader) attribute(op byte, e *Entry) bool {
	switch op {
	case opExpireMs:
		e.Expire = int64(r.d.uint64())
	case opExpire:
		if b := r.d.take(4); b != nil {
			e.Expire = int64(int32(binary.LittleEndian.Uint32(b))) * 1000
		}
	case opFreq:
		e.Freq = int(r.d.byte())
	case opIdle:
		e.Idle = int64(r.d.number())
	case opResizeDB:
		_, _ = r.d.number(), r.d.number()
	case opSlotInfo:
		_, _, _ = r.d.number(), r.d.number(), r.d.number()
	default:
		return false
	}
	return true
}

// Kind is the kind of the value of the key that Next gave; ok is false for one of
// a module.
func (r *Reader) Kind() (k Kind, ok bool) {
	if r.kind == typeString {
		return String, true
	}
	return kindOf(r.kind)
}

// Value reads the value of the key that Next gave and hands it on. After ErrEmpty
// and ErrModule the reader can go on.
func (r *Reader) Value(to Receiver) error {
	r.value = false
	if r.kind == typeModule2 {
		r.d.number() // which module
		if r.d.skipModule(); r.d.err != nil {
			return r.d.err
		}
		return ErrModule
	}
	r.d.to = to
	return r.d.value(r.kind)
}

// Payload reads the value of the key that Next gave, and checks it, as a payload of
// DUMP. After ErrEmpty and ErrModule the reader can go on.
func (r *Reader) Payload() ([]byte, error) {
	payload := []byte{r.kind}
	r.d.copied = &payload
	err := r.Value(Skip{})
	r.d.copied = nil
	if err != nil {
		return nil, err
	}
	return appendFooter(payload, uint16(r.version)), nil
}

// Rest is what follows the file, once Next has given io.EOF: the commands of an
// append-only file that begins with one.
func (r *Reader) Rest() io.Reader {
	return io.MultiReader(bytes.NewReader(r.d.buf[r.d.pos:]), r.d.in)
}

// end reads the checksum.
func (r *Reader) end() error {
	if r.version < 5 {
		return io.EOF
	}
	r.d.count()
	want := ^r.d.sum
	if sum := r.d.uint64(); r.d.err == nil && sum != 0 && sum != want {
		return ErrChecksum
	}
	if r.d.err != nil {
		return r.d.err
	}
	return io.EOF
}

// skipModule reads over what a module wrote: pieces that each say what they are.
func (d *decoder) skipModule() {
	for d.err == nil {
		switch d.number() {
		case 0:
			return
		case 1, 2: // integers
			d.number()
		case 3: // float
			d.take(4)
		case 4: // double
			d.take(8)
		case 5:
			d.string()
		default:
			d.bad()
		}
	}
}

// Skip is a Receiver of values that nobody wants.
type Skip struct{}

var _ Receiver = Skip{}

// String is Receiver's.
func (Skip) String([]byte) error { return nil }

// Begin is Receiver's.
func (Skip) Begin(Kind) error { return nil }

// Element is Receiver's.
func (Skip) Element([]byte) error { return nil }

// Field is Receiver's.
func (Skip) Field(_, _ []byte, _ int64) error { return nil }

// Member is Receiver's.
func (Skip) Member([]byte, float64) error { return nil }

// Entry is Receiver's.
func (Skip) Entry(ID, [][]byte, bool) error { return nil }

// Info is Receiver's.
func (Skip) Info(StreamInfo) error { return nil }

// Group is Receiver's.
func (Skip) Group([]byte, ID, int64) error { return nil }

// Consumer is Receiver's.
func (Skip) Consumer([]byte, int64) error { return nil }

// Pending is Receiver's.
func (Skip) Pending(ID, int64, int64) error { return nil }
