package stream

import "github.com/orbit-server/orbit/internal/redis/keyspace"

// unknownRead is the count of entries read when it is not known.
const unknownRead = -1

// tombstoneFrom says whether an entry at start or after it may have been deleted
// by XDEL, so that counting on from there would go wrong.
func tombstoneFrom(s *keyspace.Stream, start keyspace.StreamID) bool {
	deleted := s.MaxDeleted()
	if s.Len() == 0 || deleted.IsZero() || deleted.Less(s.FirstID()) {
		return false
	}
	return !deleted.Less(start)
}

// readUpTo is how many entries were ever added up to id, unknownRead if that
// cannot be told.
func readUpTo(s *keyspace.Stream, id keyspace.StreamID) int64 {
	added, last, first := int64(s.Added()), s.LastID(), s.FirstID()
	switch {
	case added == 0:
		return 0
	case s.Len() == 0 && !last.Less(id), id == last:
		return added
	case last.Less(id):
		return unknownRead
	case s.MaxDeleted().IsZero() || s.MaxDeleted().Less(first):
		if id.Less(first) {
			return added - s.Len()
		}
		if id == first {
			return added - s.Len() + 1
		}
	}
	return unknownRead
}

// lag is how many entries the group has not read; ok is false if that cannot be
// told.
func lag(s *keyspace.Stream, g *keyspace.Group) (n int64, ok bool) {
	added := int64(s.Added())
	if added == 0 {
		return 0, true
	}
	if g.EntriesRead != unknownRead && !tombstoneFrom(s, g.LastID) {
		return added - g.EntriesRead, true
	}
	if read := readUpTo(s, g.LastID); read != unknownRead {
		return added - read, true
	}
	return 0, false
}

// advance moves the group on to an entry that it reads.
func advance(s *keyspace.Stream, g *keyspace.Group, id keyspace.StreamID) {
	if !g.LastID.Less(id) {
		return
	}
	if g.EntriesRead != unknownRead && !tombstoneFrom(s, id) {
		g.EntriesRead++
	} else if s.Added() > 0 {
		g.EntriesRead = readUpTo(s, id)
	}
	g.LastID = id
}
