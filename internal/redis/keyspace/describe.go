package keyspace

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// DescribeKey says in words what a key of the store is of.
func (ks *Keyspace) DescribeKey(key []byte) string {
	if len(key) == 0 {
		return "nothing"
	}
	ids := ks.dbs.Load().ids
	database := func(b []byte) string {
		id := binary.BigEndian.Uint32(b)
		if db := slices.Index(ids, id); db >= 0 {
			return fmt.Sprintf("database %d", db)
		}
		return fmt.Sprintf("a flushed database (id %d)", id)
	}
	switch tag := key[0]; {
	case tag == tagSystem:
		return fmt.Sprintf("record %q of the keyspace", key[1:])
	case tag == tagMeta && len(key) >= metaKeyLen:
		return fmt.Sprintf("key %q in %s", key[metaKeyLen:], database(key[1:]))
	case tag == tagSub && len(key) >= subPrefixLen:
		return fmt.Sprintf("%s of version %d: %q", sectionNames[key[subPrefixLen-1]], binary.BigEndian.Uint64(key[1:]), subkeyName(key))
	case tag == tagExpiry && len(key) >= expiryPrefixLen, tag == tagFields && len(key) >= expiryPrefixLen:
		return fmt.Sprintf("expiry of %q in %s at %s", key[expiryPrefixLen:], database(key[9:]), timeText(int64(binary.BigEndian.Uint64(key[1:]))))
	case tag == tagCounts && len(key) == 5:
		if binary.BigEndian.Uint32(key[1:]) == garbageID {
			return "counts of garbage"
		}
		return "counts of " + database(key[1:])
	case tag == tagGarbage && len(key) == 10:
		return fmt.Sprintf("garbage: version %d", binary.BigEndian.Uint64(key[2:]))
	}
	return fmt.Sprintf("%x", key)
}

// sectionNames are what the subkeys of each section are.
var sectionNames = map[byte]string{
	sectionChunk: "chunk", sectionMember: "member or field", sectionTTL: "field TTL", sectionDue: "field TTL by time",
	sectionList: "element", sectionOrdered: "member in order", sectionRanks: "rank count",
	sectionEntry: "stream entry", sectionNode: "stream node", sectionGroup: "group", sectionConsumer: "consumer",
	sectionPending: "pending entry", sectionConsumerPending: "pending entry of a consumer",
}

// subkeyName is what a subkey has beyond its version and section, without what only
// orders it.
func subkeyName(key []byte) []byte {
	rest, skip := key[subPrefixLen:], 0
	switch key[subPrefixLen-1] {
	case sectionMember, sectionTTL:
		skip = memberHashLen
	case sectionDue, sectionOrdered, sectionConsumer:
		skip = 8
	case sectionChunk:
		if len(rest) == 4 {
			return fmt.Append(nil, binary.BigEndian.Uint32(rest))
		}
	case sectionList:
		if len(rest) == 8 {
			return fmt.Append(nil, listIndex(key))
		}
	case sectionEntry, sectionNode:
		if len(rest) == streamIDLen {
			id := lastStreamID(key)
			return fmt.Appendf(nil, "%d-%d", id.Ms, id.Seq)
		}
	}
	return rest[min(skip, len(rest)):]
}

// Stored is where a key's parts stand in the store.
type Stored struct {
	Metadata []byte
	// Lower and Upper bound its subkeys; nil if it has none.
	Lower, Upper []byte
}

// Stored tells where a key's parts stand in the store.
func (s *Snapshot) Stored(db int, key []byte) (Stored, error) {
	id, err := s.run.dbid(db)
	if err != nil {
		return Stored{}, err
	}
	m, err := s.run.read(id, key)
	out := Stored{Metadata: appendMetaKey(nil, id, key)}
	if err == nil && m.subkeys() {
		out.Lower, out.Upper = versionBounds(m.version)
	}
	return out, err
}
