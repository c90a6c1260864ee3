package rdb

import (
	"encoding/binary"
	"errors"
	"hash/crc64"
)

// Kind is the type of a value.
type Kind uint8

// The kinds of values that can be serialized.
const (
	String Kind = iota
	List
	Set
	ZSet
	Hash
	Stream
)

// Object is a value in plain form.
type Object struct {
	Kind Kind
	// Value is the value of a string.
	Value []byte
	// Items are a list's elements in order, a set's or sorted set's members, or
	// a hash's fields and values in turn.
	Items [][]byte
	// Scores belong to a sorted set's Items.
	Scores []float64
}

// Errors of Decode.
var (
	// ErrFooter says that the version is newer than what is understood, or the
	// checksum is wrong.
	ErrFooter = errors.New("rdb: payload version or checksum are wrong")
	// ErrFormat says that the value does not decode.
	ErrFormat = errors.New("rdb: bad data format")
)

// Versions of the RDB format: written, so that redis-server 7.0 can read it,
// and the newest that is read.
const (
	writtenVersion = 10
	newestVersion  = 12
)

// footerLen is the length of the version and the checksum at the end.
const footerLen = 2 + 8

// jones is the table of the CRC-64 that redis-server uses.
var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

// checksum is CRC-64/Jones, which begins with 0 and does not invert its end.
func checksum(b []byte) uint64 { return ^crc64.Update(^uint64(0), jones, b) }

func appendFooter(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, writtenVersion)
	return binary.LittleEndian.AppendUint64(b, checksum(b))
}

// checkFooter returns payload without its footer.
func checkFooter(payload []byte) ([]byte, error) {
	n := len(payload) - footerLen
	if n < 0 || binary.LittleEndian.Uint16(payload[n:]) > newestVersion {
		return nil, ErrFooter
	}
	sum := binary.LittleEndian.Uint64(payload[n+2:])
	// A zero means that the writer computed none.
	if sum != 0 && sum != checksum(payload[:n+2]) {
		return nil, ErrFooter
	}
	return payload[:n], nil
}

// The types of values as RDB numbers them.
const (
	typeString        = 0
	typeList          = 1
	typeSet           = 2
	typeZSet          = 3
	typeHash          = 4
	typeZSet2         = 5
	typeListZiplist   = 10
	typeSetIntset     = 11
	typeZSetZiplist   = 12
	typeHashZiplist   = 13
	typeListQuicklist = 14
	typeHashListpack  = 16
	typeZSetListpack  = 17
	typeListQuick2    = 18
	typeStream2       = 19
	typeSetListpack   = 20
)

// What stands between the values of a file.
const (
	opFunction = 245
	opFreq     = 249
	opIdle     = 248
	opAux      = 250
	opResizeDB = 251
	opExpireMs = 252
	opSelectDB = 254
	opEOF      = 255
)

// Lengths begin with two bits that say how they go on.
const (
	len6       = 0x00
	len14      = 0x40
	len32      = 0x80
	len64      = 0x81
	lenEncoded = 0xc0 // not a length: a string in a special encoding

	// A list's nodes are plain strings or listpacks.
	quickPlain  = 1
	quickPacked = 2

	encInt8  = 0
	encInt16 = 1
	encInt32 = 2
	encLZF   = 3
)
