package server

import (
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
)

const (
	housekeeping = 100 * time.Millisecond

	// Normally a session may hold this much of unread replies and of unexecuted
	// requests before it must wait.
	heldOutputEach = 32 << 20
	heldInputEach  = 32 << 20
	// When all sessions together hold more than this, each may hold less, so
	// that many clients which do not read cannot fill the memory.
	heldTotal  = 256 << 20
	heldScarce = 256 << 10
)

// mayHold is what one session may hold when all together hold total.
func mayHold(total int64, each int64) int64 {
	if total > heldTotal {
		return heldScarce
	}
	return each
}

// housekeep does what is due by time: idle clients, the end of pauses, rates.
func (s *Server) housekeep() {
	defer s.tasks.Done()
	tick := time.NewTicker(housekeeping)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		if s.idle.Load() {
			continue
		}
		s.rates.sample(time.Now(), s.tel.Totals())
		s.Memory() // notes the peak
		s.answerScripted()
		everySecond := n%10 == 0
		s.giveBack(everySecond)
		if everySecond {
			s.tendReplicas(time.Now())
			s.tendUpstream()
		}
		s.eachSwollen()
		paused := s.endPause(time.Now().UnixMilli())
		if everySecond || paused {
			s.eachWorker(func(w *worker) {
				w.tick()
				if paused {
					w.resumePaused()
				}
				if everySecond {
					w.tendSessions()
				}
			})
		}
	}
}

// StopHousekeeping is command.Server's.
func (s *Server) StopHousekeeping(stop bool) { s.idle.Store(stop) }

// eachSwollen has the workers shrink large query buffers, if there are any.
func (s *Server) eachSwollen() {
	for _, l := range s.loops {
		if w := l.sessions(); w.swells.Load() > 0 {
			w.post(w.trimSwollen)
		}
	}
}

// tendSessions closes the clients that did nothing for the configured timeout, and
// those whose soft output limit has run out, and fits buffers to their use.
func (w *worker) tendSessions() {
	timeout := w.srv.idleTimeout.Load() * 1000
	for s := range w.sessions {
		if s.reader.HasBuffer() && w.now-s.shared.lastActive.Load() > idleAfter {
			s.trim(true)
		}
		s.tuneBuffer()
		if s.conn.queued() > 0 {
			s.checkOutput()
		}
		if timeout > 0 && !s.closed && !s.monitor && s.replica == nil && s.upstream == nil && s.topics.count() == 0 && s.hold&(holdLong|holdPause|holdScript|holdBlocked) == 0 &&
			w.now-s.shared.lastActive.Load() > timeout {
			s.conn.close()
		}
	}
}

// Status is command.Server's.
func (s *Server) Status() command.Status {
	status := command.Status{
		Version: s.opts.Version, RunID: s.runID, Addr: s.Addr(), Started: s.started, Loops: s.opts.Loops,
		Clients: int(s.clients.count.Load()), MaxClients: int(s.maxClients.Load()), Paused: "none",
		Monitors: int(s.monitors.count.Load()), Watched: s.watches.size(),
		InputMem: int(s.memory.input.Load()), OutputMem: int(s.memory.output.Load()),
		ReplyShrinks: s.replyTuning.shrinks.Load(), ReplyExpands: s.replyTuning.expands.Load(),
		Panics: s.panics.Load(), Tracking: s.tracking.stats(),
	}
	if s.pause.active(time.Now().UnixMilli()) {
		status.Paused = "all"
		if s.pause.writesOnly.Load() {
			status.Paused = "write"
		}
	}
	s.clients.each(func(client *session) {
		if client.shared.watching.Load() > 0 {
			status.Watching++
		}
		if client.shared.flags.Load()&flagBlocked != 0 {
			status.Blocked++
		}
	})
	status.OpsPerSec, status.InputKbps, status.OutputKbps = s.rates.mean()
	return status
}
