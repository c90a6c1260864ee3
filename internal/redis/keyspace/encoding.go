package keyspace

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/orbit-server/orbit/internal/storage"
)

// The store's keys, by their first byte. Numbers are big-endian, so that byte
// order is number order.
//
//	S name                          the keyspace's own records (see system.go)
//	k dbid:4 key                    metadata of key; a short string's value is in it
//	s version:8 section:1 rest      a subkey of the value with that version
//	x expiry-ms:8 dbid:4 key        expiry index: exactly the keys with a TTL
//	y expiry-ms:8 dbid:4 key        exactly the hashes with a field that has a TTL,
//	                                at the time of the earliest (see fieldttl.go)
//	c dbid:4                        counts of a database; 0: of version garbage (see counts.go)
//	g v version:8                   garbage: subkeys of a version (see collect.go)
//	g d dbid:4                      garbage: a flushed database
//	g w                             garbage: all subkeys below a version
//
// Subkeys carry the version only, not the key's name: RENAME and MOVE move one
// metadata entry, whatever the collection's size. The database numbers of the
// protocol map to dbids, so FLUSHDB and SWAPDB change that map alone.
//
// Sections of a value:
//
//	b index:4         chunk of a long string (see chunks.go)
//	m hash:6 name     hash field → value; set member → ""; zset member → score
//	t hash:6 name     hash field → expiry-ms:8, of the fields with a TTL
//	d expiry-ms:8 name  the same fields in the order of time
//	l index:8         list element; the first one's index is in the metadata
//	o score:8 member  zset members in order
//	r place           zset rank counts (see ranks.go)
//	e n g c p q       a stream's entries, nodes and groups (see streamkeys.go)
//
// Members lie in the order of a 48-bit hash of their name. That makes the
// cursor of HSCAN, SSCAN and ZSCAN a plain number that stays right while
// members come and go (48 bits, because some clients read cursors as doubles),
// and a seek to a random number a random member.
const (
	tagSystem  = 'S'
	tagMeta    = 'k'
	tagSub     = 's'
	tagExpiry  = 'x'
	tagFields  = 'y'
	tagCounts  = 'c'
	tagGarbage = 'g'

	sectionChunk   = 'b'
	sectionMember  = 'm'
	sectionTTL     = 't'
	sectionDue     = 'd'
	sectionList    = 'l'
	sectionOrdered = 'o'
	sectionRanks   = 'r'
)

// Type is the kind of value a key holds. The numbers are stored.
type Type uint8

// The types of values. TypeNone is a key that does not exist.
const (
	TypeNone Type = iota
	TypeString
	TypeList
	TypeSet
	TypeZSet
	TypeHash
	TypeStream
)

var typeNames = [...]string{"none", "string", "list", "set", "zset", "hash", "stream"}

// String is the name that TYPE replies.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown"
}

// Meta is the metadata of a key.
type Meta struct {
	Type   Type
	Expire int64 // unix milliseconds; 0 without a TTL
	Size   int64 // members, elements or bytes

	version uint64 // of the subkeys; 0 if there are none, as of a short string
	bytes   int64  // what the subkeys take (see footprint.go)
	chunk   int64  // string with subkeys: the length of a chunk
	head    int64  // list: index of the first element
	ranked  bool   // zset: rank counts are kept
	turned  bool   // string: edited in place; set: had a member that is no integer
	timed   bool   // hash: a field has, or once had, a TTL
	due     int64  // hash: when its first field expires, 0 if none does
	value   []byte // a short string's value; what a stream's metadata has beyond
}

const (
	metaTypeMask  = 0x0f
	metaHasExpire = 0x10
	metaRanked    = 0x20
	metaTurned    = 0x20 // of strings and sets
	metaTimed     = 0x40
	metaChunked   = 0x40 // of strings, since encoding version 4
	metaSized     = 0x80 // the bytes are there; always, since encoding version 2
)

var errMeta = errors.New("metadata does not decode")

func (m *Meta) collection() bool { return m.Type > TypeString }

// subkeys says whether the value has any, or may have.
func (m *Meta) subkeys() bool { return m.version != 0 }

// appendMeta encodes m: type and flags, expiry, then a short string's value or the
// version of the subkeys, the size and what else the type needs.
func appendMeta(b []byte, m *Meta) []byte {
	first := byte(m.Type)
	if m.Expire != 0 {
		first |= metaHasExpire
	}
	if m.ranked || m.turned {
		first |= metaRanked
	}
	if m.timed {
		first |= metaTimed
	}
	if m.chunked() {
		first |= metaChunked
	}
	if m.collection() {
		first |= metaSized
	}
	b = append(b, first)
	if m.Expire != 0 {
		b = binary.BigEndian.AppendUint64(b, uint64(m.Expire))
	}
	if m.Type == TypeString && !m.subkeys() {
		return append(b, m.value...)
	}
	b = binary.AppendUvarint(b, m.version)
	b = binary.AppendUvarint(b, uint64(m.Size))
	if m.Type == TypeString {
		return binary.AppendUvarint(b, uint64(m.chunk))
	}
	b = binary.AppendUvarint(b, uint64(m.bytes))
	if m.Type == TypeList {
		b = binary.AppendVarint(b, m.head)
	}
	if m.timed { // a hash
		b = binary.AppendUvarint(b, uint64(m.due))
	}
	if m.Type == TypeStream {
		b = append(b, m.value...)
	}
	return b
}

// decodeMeta reads what appendMeta wrote; a string's value shares b.
func decodeMeta(b []byte) (Meta, error) {
	if len(b) == 0 {
		return Meta{}, corrupt(errMeta)
	}
	m := Meta{Type: Type(b[0] & metaTypeMask), ranked: b[0]&metaRanked != 0, timed: b[0]&metaTimed != 0}
	if m.ranked && m.Type <= TypeSet {
		m.ranked, m.turned = false, true
	}
	hasExpire, sized, chunked := b[0]&metaHasExpire != 0, b[0]&metaSized != 0, false
	if m.timed && m.Type == TypeString {
		m.timed, chunked = false, true
	}
	b = b[1:]
	if hasExpire {
		if len(b) < 8 {
			return Meta{}, corrupt(errMeta)
		}
		m.Expire = int64(binary.BigEndian.Uint64(b))
		b = b[8:]
	}
	if m.Type == TypeString && !chunked {
		m.value, m.Size = b, int64(len(b))
		return m, nil
	}
	var n int
	if m.version, n = binary.Uvarint(b); n <= 0 {
		return Meta{}, corrupt(errMeta)
	}
	b = b[n:]
	size, n := binary.Uvarint(b)
	if n <= 0 {
		return Meta{}, corrupt(errMeta)
	}
	m.Size = int64(size)
	b = b[n:]
	if chunked {
		return m, m.decodeChunk(b)
	}
	if sized {
		bytes, n := binary.Uvarint(b)
		if n <= 0 {
			return Meta{}, corrupt(errMeta)
		}
		m.bytes = int64(bytes)
		b = b[n:]
	}
	if m.Type == TypeStream {
		m.value = b
	}
	if m.Type == TypeList {
		if m.head, n = binary.Varint(b); n <= 0 {
			return Meta{}, corrupt(errMeta)
		}
	}
	if m.timed && m.Type == TypeHash {
		due, n := binary.Uvarint(b)
		if n <= 0 {
			return Meta{}, corrupt(errMeta)
		}
		m.due = int64(due)
	}
	return m, nil
}

func corrupt(err error) error { return fmt.Errorf("keyspace: %w: %w", storage.ErrCorrupt, err) }

func appendMetaKey(b []byte, dbid uint32, key []byte) []byte {
	b = append(b, tagMeta)
	b = binary.BigEndian.AppendUint32(b, dbid)
	return append(b, key...)
}

// metaKeyLen is the length of a metadata key before the user's key.
const metaKeyLen = 1 + 4

func appendSubPrefix(b []byte, version uint64, section byte) []byte {
	b = append(b, tagSub)
	b = binary.BigEndian.AppendUint64(b, version)
	return append(b, section)
}

// GroupBytes is the length of what all subkeys of a value have in common. The byte after
// it is the section: a store that has to put keys in order to walk over them walks over
// those.
const GroupBytes = 1 + 8

// subPrefixLen is the length of a subkey before what its section adds.
const subPrefixLen = 1 + 8 + 1

func versionBounds(version uint64) (lower, upper []byte) {
	lower = binary.BigEndian.AppendUint64([]byte{tagSub}, version)
	upper = binary.BigEndian.AppendUint64([]byte{tagSub}, version+1)
	return lower, upper
}

// expiryPrefixLen is the length of an expiry index entry before the user's key.
const expiryPrefixLen = 1 + 8 + 4

// appendExpiryKey builds an entry of one of the two expiry indexes: tagExpiry's
// of keys or tagFields' of hashes.
func appendExpiryKey(b []byte, tag byte, ms int64, dbid uint32, key []byte) []byte {
	b = append(b, tag)
	b = binary.BigEndian.AppendUint64(b, uint64(ms))
	b = binary.BigEndian.AppendUint32(b, dbid)
	return append(b, key...)
}

// splitExpiryKey undoes appendExpiryKey; key shares b.
func splitExpiryKey(b []byte) (ms int64, dbid uint32, key []byte, err error) {
	if len(b) < expiryPrefixLen || (b[0] != tagExpiry && b[0] != tagFields) {
		return 0, 0, nil, corrupt(errors.New("expiry index entry does not decode"))
	}
	return int64(binary.BigEndian.Uint64(b[1:])), binary.BigEndian.Uint32(b[9:]), b[expiryPrefixLen:], nil
}

// memberHashLen is the length of the hash that precedes a member's name, and
// memberHashMax the largest hash.
const (
	memberHashLen = 6
	memberHashMax = 1<<48 - 1
)

func memberHash(name []byte) uint64 { return xxhash.Sum64(name) >> 16 }

func appendUint48(b []byte, v uint64) []byte {
	return append(b, byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func uint48(b []byte) uint64 {
	return uint64(b[0])<<40 | uint64(b[1])<<32 | uint64(b[2])<<24 |
		uint64(b[3])<<16 | uint64(b[4])<<8 | uint64(b[5])
}
