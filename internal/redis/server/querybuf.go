package server

import "github.com/orbit-server/orbit/internal/redis/resp"

const (
	// ownQueries is how many sessions of a worker may own a query buffer; the others
	// read into the event loop's, and keep what is incomplete only.
	ownQueries = 1024
	// keepQueries is how many buffers a worker keeps for reuse.
	keepQueries = 64
	// idleAfter is for how long a session does nothing before its query buffer goes,
	// in milliseconds.
	idleAfter = 2000
)

// space is the room in the session's own query buffer. It has one for as long as
// its client is active: what arrives in pieces is not copied, and large requests find
// the room that earlier ones needed. It is nil if too many own one.
func (s *session) space() []byte {
	w := s.worker
	if !s.ownsQuery {
		if w.owners >= ownQueries {
			return nil
		}
		s.ownsQuery = true
		w.owners++
	}
	return s.reader.Space(w.queryBuffer)
}

// filled takes n bytes that were read into space.
func (s *session) filled(n int) {
	s.arrived(n)
	s.reader.Filled(n)
	s.received()
}

// queryBuffer takes an empty query buffer.
func (w *worker) queryBuffer() []byte {
	if n := len(w.queries); n > 0 {
		b := w.queries[n-1]
		w.queries = w.queries[:n-1]
		return b
	}
	return make([]byte, 0, resp.QueryBuffer)
}

// measureQuery notes what the session's requests take.
func (s *session) measureQuery() {
	w := s.worker
	have := int64(s.reader.Capacity())
	if have == s.shared.queryCap.Load() {
		return
	}
	setHeld(&w.srv.memory.input, &s.shared.queryCap, have)
	if _, swollen := w.swollen[s]; !swollen && s.reader.Swollen() {
		if w.srv.memory.input.Load() > heldTotal {
			s.trim(true) // no time to see whether the next request is as large
			return
		}
		w.swollen[s] = struct{}{}
		w.swells.Store(int32(len(w.swollen)))
	}
}

// trim gives up what the session's query buffer does not need: all of it if the
// client is idle.
func (s *session) trim(idle bool) {
	w := s.worker
	unused := s.reader.Trim(idle)
	if cap(unused) == resp.QueryBuffer && len(w.queries) < keepQueries {
		w.queries = append(w.queries, unused)
	}
	if s.ownsQuery && !s.reader.HasBuffer() {
		s.ownsQuery = false
		w.owners--
	}
	setHeld(&w.srv.memory.input, &s.shared.queryCap, int64(s.reader.Capacity()))
}

// trimSwollen shrinks the query buffers that large requests left behind.
func (w *worker) trimSwollen() {
	for s := range w.swollen {
		if s.trim(false); !s.reader.Swollen() {
			delete(w.swollen, s)
		}
	}
	w.swells.Store(int32(len(w.swollen)))
}

// dropBuffers gives up the buffers of a session that has ended.
func (s *session) dropBuffers() {
	w := s.worker
	s.reader.Discard()
	s.trim(true)
	delete(w.swollen, s)
	s.loseBuffer()
}
