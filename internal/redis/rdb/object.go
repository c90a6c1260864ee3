package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
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

// String is the name that TYPE replies.
func (k Kind) String() string { return kindNames[k] }

var kindNames = [...]string{String: "string", List: "list", Set: "set", ZSet: "zset", Hash: "hash", Stream: "stream"}

// Errors of Decode.
var (
	// ErrFooter says that the version is newer than what is understood, or the
	// checksum is wrong.
	ErrFooter = errors.New("rdb: payload version or checksum are wrong")
	// ErrFormat says that the value does not decode.
	ErrFormat = errors.New("rdb: bad data format")
	// ErrEmpty says that a collection other than a stream has no members, which
	// cannot be.
	ErrEmpty = errors.New("rdb: an empty collection")
)

// ErrModule says that a value belongs to a module of redis-server. A Reader has
// skipped it.
var ErrModule = errors.New("rdb: the value of a module")

// unknownType is ErrFormat for a type of value that is not read.
func unknownType(kind byte) error {
	if kind == typeModule || kind == typeModule2 {
		return fmt.Errorf("%w: %w", ErrFormat, ErrModule)
	}
	return fmt.Errorf("%w: values of type %d are not known", ErrFormat, kind)
}

// Versions of the RDB format: written, so that redis-server 7.0 can read it,
// and the newest that is read.
const (
	writtenVersion  = 10
	expiringVersion = 12 // of a hash whose fields expire
	newestVersion   = 12
)

// footerLen is the length of the version and the checksum at the end.
const footerLen = 2 + 8

// jones is the table of the CRC-64 that redis-server uses.
var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

// checksum is CRC-64/Jones, which begins with 0 and does not invert its end.
func checksum(b []byte) uint64 { return ^crc64.Update(^uint64(0), jones, b) }

func appendFooter(b []byte, version uint16) []byte {
	b = binary.LittleEndian.AppendUint16(b, version)
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
	typeModule        = 6
	typeModule2       = 7
	typeHashZipmap    = 9
	typeListZiplist   = 10
	typeSetIntset     = 11
	typeZSetZiplist   = 12
	typeHashZiplist   = 13
	typeListQuicklist = 14
	typeStream1       = 15
	typeHashListpack  = 16
	typeZSetListpack  = 17
	typeListQuick2    = 18
	typeStream2       = 19
	typeSetListpack   = 20
	typeStream3       = 21

	// Hashes whose fields expire, in redis-server 7.4, and 0: before its release.
	typeHashTTL0         = 22
	typeHashListpackTTL0 = 23
	typeHashTTL          = 24
	typeHashListpackTTL  = 25
)

// What stands between the values of a file.
const (
	opSlotInfo  = 244
	opFunction  = 245
	opFunction1 = 246 // of release candidates
	opModuleAux = 247
	opIdle      = 248
	opFreq      = 249
	opAux       = 250
	opResizeDB  = 251
	opExpireMs  = 252
	opExpire    = 253
	opSelectDB  = 254
	opEOF       = 255
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
