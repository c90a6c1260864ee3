package server

import (
	"sync/atomic"
	"unsafe"
)

const (
	// replyLeast and replyMost bound a session's own reply buffer
	// (PROTO_REPLY_MIN_BYTES, PROTO_REPLY_CHUNK_BYTES).
	replyLeast = 1 << 10
	replyMost  = 16 << 10
	// keepBuffer is the largest reply buffer that a worker keeps for reuse,
	// keepBuffers how many of up to replyMost, keepLarge how many larger ones.
	keepBuffer  = 64 << 10
	keepBuffers = 256
	keepLarge   = 64
)

// ownReplies is the buffer that a session writes its replies into. It doubles when a
// reply has no room and shrinks when none needed half of it of late. Replies beyond
// it go on in buffers that the worker's sessions share, as do those that are written
// while the own one waits to be sent.
type ownReplies struct {
	buf     []byte // nil until the first reply, and when the system has it
	size    int    // that it is to have; 0 is replyLeast
	writing bool   // the replies under way began in it
	waiting bool   // it holds replies that wait to be sent
	peakAt  int64  // when the peak was last reset, ms
}

// replyTuning is DEBUG REPLYBUFFER.
type replyTuning struct {
	peakReset        atomic.Int64 // ms; negative: never
	fixed            atomic.Bool  // sizes do not change
	shrinks, expands atomic.Int64
}

// TuneReplies is command.Server's.
func (s *Server) TuneReplies(reset int64) { s.replyTuning.peakReset.Store(reset) }

// ResizeReplies is command.Server's.
func (s *Server) ResizeReplies(on bool) { s.replyTuning.fixed.Store(!on) }

// replyBuffer takes an empty buffer for replies: the session's own if it is free.
func (s *session) replyBuffer() []byte {
	o := &s.own
	if o.writing || o.waiting || s.closed {
		return s.worker.buffer()
	}
	if o.buf == nil {
		if o.size == 0 {
			o.size, o.peakAt = replyLeast, s.worker.now
		}
		s.setOwn(make([]byte, 0, o.size))
	}
	o.writing = true
	return o.buf
}

// written ends the writing of out. It reports whether out is the own buffer, which
// waits then until recycle.
func (s *session) written(out []byte) (own bool) {
	o := &s.own
	if !o.writing {
		return false
	}
	o.writing = false
	if n := int64(min(len(out), cap(o.buf))); n > s.shared.replyPeak.Load() {
		s.shared.replyPeak.Store(n)
	}
	if unsafe.SliceData(out) == unsafe.SliceData(o.buf) {
		o.waiting = true
		return true
	}
	if tuning := &s.worker.srv.replyTuning; o.size < replyMost && !tuning.fixed.Load() {
		o.size *= 2
		tuning.expands.Add(1)
		s.setOwn(make([]byte, 0, o.size))
	}
	return false
}

// recycle gives a reply buffer back. own says that it is the session's own.
func (s *session) recycle(out []byte, own bool) {
	if own {
		s.own.waiting = false
		return
	}
	s.worker.recycle(out)
}

// loseBuffer says that the own buffer belongs to the transport now.
func (s *session) loseBuffer() {
	s.own.waiting, s.own.writing = false, false
	s.setOwn(nil)
}

func (s *session) setOwn(b []byte) {
	s.own.buf = b
	setHeld(&s.worker.srv.memory.output, &s.shared.replyCap, int64(cap(b)))
}

// tuneBuffer shrinks the own reply buffer to what was needed of late.
func (s *session) tuneBuffer() {
	o, tuning := &s.own, &s.worker.srv.replyTuning
	if o.buf == nil || tuning.fixed.Load() {
		return
	}
	peak := s.shared.replyPeak.Load()
	if half := o.size / 2; half >= replyLeast && peak < int64(half) && !o.writing && !o.waiting {
		o.size = max(replyLeast, int(peak)+1)
		tuning.shrinks.Add(1)
		s.setOwn(make([]byte, 0, o.size))
	}
	if reset := tuning.peakReset.Load(); reset >= 0 && s.worker.now-o.peakAt >= reset {
		s.shared.replyPeak.Store(0)
		o.peakAt = s.worker.now
	}
}

// buffer takes an empty reply buffer of those that sessions share.
func (w *worker) buffer() []byte {
	if n := len(w.buffers); n > 0 {
		b := w.buffers[n-1]
		w.buffers = w.buffers[:n-1]
		return b
	}
	return make([]byte, 0, replyLeast)
}

// largeBuffer takes one of at least size bytes.
func (w *worker) largeBuffer(size int) []byte {
	if n := len(w.large); n > 0 && size <= keepBuffer {
		b := w.large[n-1]
		w.large = w.large[:n-1]
		if cap(b) >= size {
			return b
		}
	}
	return make([]byte, 0, size+size/8)
}

// recycle gives a shared reply buffer back.
func (w *worker) recycle(b []byte) {
	switch n := cap(b); {
	case n == 0 || n > keepBuffer:
	case n <= replyMost && len(w.buffers) < keepBuffers:
		w.buffers = append(w.buffers, b[:0])
	case n > replyMost && len(w.large) < keepLarge:
		w.large = append(w.large, b[:0])
	}
}
