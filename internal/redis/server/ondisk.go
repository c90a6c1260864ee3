package server

import "github.com/orbit-server/orbit/internal/storage"

// OnDisk is command.Server's.
func (s *Server) OnDisk() (place uint64, ok bool) {
	if p, is := s.keys.Store().(storage.Progress); is {
		_, place, ok = p.Progress()
	}
	return place, ok
}

// SyncSoon is command.Server's.
func (s *Server) SyncSoon() {
	if s.syncing.Swap(true) {
		s.syncAgain.Store(true) // what was written since may have come too late
		return
	}
	s.long.Add(1)
	go func() {
		defer s.long.Add(-1)
		for again := true; again; {
			s.syncAgain.Store(false)
			if err := s.keys.Store().Flush(); err != nil {
				s.log.Error("syncing for WAITAOF", "err", err)
			}
			s.waiters.acknowledged(s)
			s.syncing.Store(false)
			again = s.syncAgain.Load() && !s.syncing.Swap(true)
		}
	}()
}

// notePlace remembers where the stream and the journal were after the session's last
// write.
func (s *session) notePlace() {
	if !s.unacked || s.replica != nil || s.multi.active {
		return
	}
	srv := s.worker.srv
	s.writeOffset, s.unacked = srv.feed.Offset(), false
	if p, is := srv.keys.Store().(storage.Progress); is {
		s.writePlace, _, _ = p.Progress()
	}
}

// WriteOffset is command.Replica's.
func (s *session) WriteOffset() int64 {
	s.notePlace()
	return s.writeOffset
}

// WritePlace is command.Replica's.
func (s *session) WritePlace() uint64 {
	s.notePlace()
	return s.writePlace
}

// AcknowledgeOnDisk is command.Replica's.
func (s *session) AcknowledgeOnDisk(offset int64) {
	if r := s.replica; r != nil {
		r.onDisk.Store(max(offset, r.onDisk.Load()))
		s.worker.srv.waiters.acknowledged(s.worker.srv)
	}
}

// AcknowledgedOnDisk is command.Server's.
func (s *Server) AcknowledgedOnDisk(offset int64) int {
	n := 0
	for _, r := range s.replicas.all() {
		if r.is(replicaOnline) && r.onDisk.Load() >= offset {
			n++
		}
	}
	return n
}
