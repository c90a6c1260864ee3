package server

import "github.com/orbit-server/orbit/internal/redis/resp"

// invalidation is the message that keys changed, all of them if none is named. A RESP2 client
// gets it as one of a channel.
func invalidation(keys ...[]byte) *pushed {
	m := &pushed{}
	for i := range m.forms {
		w := resp.Writer{Proto: 2 + i}
		if w.Proto < 3 {
			w.Array(3)
			w.BulkString("message")
			w.BulkString("__redis__:invalidate")
		} else {
			w.Push(2)
			w.BulkString("invalidate")
		}
		if len(keys) == 0 {
			w.NullArray()
		} else {
			w.Array(len(keys))
			for _, key := range keys {
				w.Bulk(key)
			}
		}
		m.forms[i] = w.Buf
	}
	return m
}

// sendInvalidation sends m to the client, or to the one it redirects to.
func (s *session) sendInvalidation(m *pushed) {
	to := s
	if mode := s.shared.tracking.Load(); mode != nil && mode.Redirect != 0 {
		if to = s.worker.srv.clients.get(mode.Redirect); to == nil {
			s.redirectBroken(mode.Redirect)
			return
		}
	}
	if !to.reserve(m) {
		return
	}
	redirected := to != s
	to.worker.post(func() {
		to.shared.posted.Add(-m.size())
		if to.out.Proto >= 3 || (redirected && to.Confined()) {
			to.push(m.forms[to.out.Proto-2])
		}
	})
}

// redirectBroken tells a client that nobody gets its messages any more.
func (s *session) redirectBroken(id int64) {
	s.setFlag(flagBrokenRedirect, true)
	s.worker.post(func() {
		if s.out.Proto < 3 {
			return
		}
		w := resp.Writer{Proto: 3}
		w.Push(2)
		w.BulkString("tracking-redir-broken")
		w.Int(id)
		s.push(w.Buf)
	})
}
