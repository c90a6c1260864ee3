package keyspace

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/orbit-server/orbit/internal/storage"
)

// Stream is an open stream. Unlike other collections it may be empty.
//
// Entries stand under their ids. Methods that change the stream write its
// metadata, too; of several changes in one command each costs a write to the
// run's buffer.
type Stream struct {
	object
	info streamInfo
}

// streamInfo is what the metadata of a stream has beyond its length.
type streamInfo struct {
	last, first, maxDeleted StreamID
	added                   uint64
	groups                  int64
	lastGroup               uint64 // the newest group's number
	nodes                   int64  // the tail included
	tail                    streamNode
}

func (i *streamInfo) append(b []byte) []byte {
	b = appendRecordID(appendRecordID(appendRecordID(b, i.last), i.first), i.maxDeleted)
	b = binary.AppendUvarint(b, i.added)
	b = binary.AppendVarint(b, i.groups)
	b = binary.AppendUvarint(b, i.lastGroup)
	b = binary.AppendVarint(b, i.nodes)
	return i.tail.append(appendRecordID(b, i.tail.id))
}

func decodeStreamInfo(b []byte) (i streamInfo, err error) {
	d := record{b: b}
	i.last, i.first, i.maxDeleted = d.id(), d.id(), d.id()
	i.added, i.groups, i.lastGroup, i.nodes = d.uint(), d.int(), d.uint(), d.int()
	i.tail.id = d.id()
	i.tail.decode(&d)
	return i, d.err()
}

// Stream opens a key for a command on streams: WRONGTYPE if it is another type.
// A key that does not exist is an empty stream, which Append or Create create.
func (r *Run) Stream(db int, key []byte) (Stream, error) {
	o, err := r.open(db, key, TypeStream)
	s := Stream{object: o}
	if err == nil && s.Exists() {
		s.info, err = decodeStreamInfo(s.value)
	}
	return s, err
}

// LastID is the greatest id ever added, or set by SetLast.
func (s *Stream) LastID() StreamID { return s.info.last }

// FirstID is the id of the first entry, 0-0 if there is none.
func (s *Stream) FirstID() StreamID { return s.info.first }

// MaxDeleted is the greatest id that Delete removed.
func (s *Stream) MaxDeleted() StreamID { return s.info.maxDeleted }

// Added is the number of entries ever added.
func (s *Stream) Added() uint64 { return s.info.added }

// Groups is the number of consumer groups.
func (s *Stream) Groups() int64 { return s.info.groups }

// Nodes is the number of nodes that redis-server would keep the entries in.
func (s *Stream) Nodes() int64 { return s.info.nodes }

// Create makes the stream exist, empty, if it does not.
func (s *Stream) Create() error {
	if s.Exists() {
		return nil
	}
	if err := s.create(TypeStream); err != nil {
		return err
	}
	return s.saveInfo()
}

// saveInfo writes the metadata.
func (s *Stream) saveInfo() error {
	if s.aside {
		return nil
	}
	s.value = s.info.append(nil)
	if err := s.r.put(s.id, s.key, &s.stored, &s.Meta); err != nil {
		return err
	}
	s.stored = s.Meta
	return nil
}

// SetLast sets the last id and what XSETID sets with it.
func (s *Stream) SetLast(last StreamID, added uint64, maxDeleted StreamID) error {
	s.info.last, s.info.added, s.info.maxDeleted = last, added, maxDeleted
	return s.saveInfo()
}

// entryKey builds an entry's subkey in the run's buffer.
func (s *Stream) entryKey(id StreamID) []byte {
	s.r.subBuf = appendStreamID(s.sub(sectionEntry), id)
	return s.r.subBuf
}

// Append adds an entry whose id must be greater than LastID. pairs are fields
// and values in turn. O(1).
func (s *Stream) Append(id StreamID, pairs [][]byte, limits NodeLimits) error {
	if err := s.create(TypeStream); err != nil {
		return err
	}
	size := 0
	value := binary.AppendUvarint(nil, uint64(len(pairs)))
	for _, p := range pairs {
		size += len(p)
		value = appendRecordBytes(value, p)
	}
	if err := s.r.setNew(s.entryKey(id), value); err != nil {
		return err
	}
	s.bytes += streamEntryBytes(value)
	if err := s.countInNode(id, int64(size), limits); err != nil {
		return err
	}
	s.sumEntry(id, streamEntryBytes(value))
	s.Size++
	s.info.added++
	s.info.last = id
	if s.Size == 1 {
		s.info.first = id
	}
	return s.saveInfo()
}

// streamEntryBytes is what an entry takes.
func streamEntryBytes(value []byte) int64 {
	return entryBytes(subPrefixLen+streamIDLen, len(value))
}

func decodeEntry(b []byte) ([][]byte, error) {
	d := record{b: b}
	n := d.uint()
	if n > uint64(len(b)) {
		return nil, corrupt(errStream)
	}
	pairs := make([][]byte, n)
	for i := range pairs {
		pairs[i] = d.bytes()
	}
	return pairs, d.err()
}

// Get is an entry's fields and values in turn; ok is false if there is none with
// this id. O(1).
func (s *Stream) Get(id StreamID) (pairs [][]byte, ok bool, err error) {
	raw, err := s.entry(id)
	if err != nil || raw == nil {
		return nil, false, err
	}
	pairs, err = decodeEntry(raw)
	return pairs, err == nil, err
}

// entry is an entry as it is stored, nil if there is none.
func (s *Stream) entry(id StreamID) ([]byte, error) {
	if !s.Exists() {
		return nil, nil
	}
	raw, err := s.r.w.Get(s.entryKey(id))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return raw, err
}

// Range calls fn for the entries from start to end, both included, in order or
// in reverse, until it returns false. The slices are valid during the call only;
// fn may change the stream. O(1) for each entry.
func (s *Stream) Range(start, end StreamID, reverse bool, fn func(id StreamID, pairs [][]byte) (more bool, err error)) error {
	return s.scanEntries(start, end, reverse, func(id StreamID, value []byte) (bool, error) {
		pairs, err := decodeEntry(value)
		if err != nil {
			return false, err
		}
		return fn(id, pairs)
	})
}

func (s *Stream) scanEntries(start, end StreamID, reverse bool, fn func(id StreamID, value []byte) (bool, error)) error {
	// What trimming deleted stands before the first entry: do not walk over it.
	if start.Less(s.info.first) {
		start = s.info.first
	}
	if s.Size == 0 || end.Less(start) {
		return nil
	}
	lower := slices.Clone(s.entryKey(start))
	upper := append(slices.Clone(s.entryKey(end)), 0)
	return s.r.scanRange(lower, upper, reverse, func(key, value []byte) (bool, error) {
		return fn(lastStreamID(key), value)
	})
}

// TopID is the id of the last entry there is; ok is false if there is none. O(1).
func (s *Stream) TopID() (top StreamID, ok bool, err error) {
	err = s.scanEntries(StreamID{}, MaxStreamID, true, func(id StreamID, _ []byte) (bool, error) {
		top, ok = id, true
		return false, nil
	})
	return top, ok, err
}

// Delete removes entries and returns how many were there. O(1) each.
func (s *Stream) Delete(ids ...StreamID) (deleted int64, err error) {
	for _, id := range ids {
		raw, err := s.entry(id)
		if err != nil {
			return deleted, err
		}
		if raw == nil {
			continue
		}
		s.bytes -= streamEntryBytes(raw)
		if err := s.r.w.Delete(s.entryKey(id)); err != nil {
			return deleted, err
		}
		s.unsumEntry(id, streamEntryBytes(raw))
		if err := s.uncount(id); err != nil {
			return deleted, err
		}
		if s.info.maxDeleted.Less(id) {
			s.info.maxDeleted = id
		}
		s.Size--
		deleted++
	}
	if deleted == 0 {
		return 0, nil
	}
	if err := s.findFirst(); err != nil {
		return deleted, err
	}
	return deleted, s.saveInfo()
}

// findFirst corrects the first id after entries were removed.
func (s *Stream) findFirst() error {
	if s.Size == 0 {
		s.info.first = StreamID{}
		return nil
	}
	return s.scanEntries(s.info.first, MaxStreamID, false, func(id StreamID, _ []byte) (bool, error) {
		s.info.first = id
		return false, nil
	})
}
