package server

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/replication"
)

// replicaState says how far a replica is.
type replicaState int32

const (
	replicaWaits   replicaState = iota // for the data set to be begun
	replicaLoads                       // takes the data set
	replicaAcks                        // has been sent it, and must say that it has it
	replicaOnline                      // follows the stream
	replicaLeaving                     // wanted the data set only and has been sent it
)

func (s replicaState) String() string {
	switch s {
	case replicaWaits:
		return "wait_bgsave"
	case replicaLoads:
		return "send_bulk"
	}
	return "online"
}

const (
	// replicaQueue is how much of the stream waits in a replica's connection; the
	// rest stays in the feed, which the replicas share.
	replicaQueue = 128 << 10
	// replicaTurn is how much is sent before other clients get their turn.
	replicaTurn = 1 << 20
	// loadAhead is how much of a data set is made before it can be sent.
	loadAhead = 1 << 20
)

// replica is a session whose client follows the stream. What it is sent comes
// from the data set's writer first, and then from the feed.
type replica struct {
	session *session
	host    string
	port    int
	old     bool // SYNC: it tells nothing of itself, and is told nothing but data
	// Set when it attaches, under mu.
	reader *replication.Reader

	state   atomic.Int32
	ack     atomic.Int64
	onDisk  atomic.Int64 // how much its append-only file has for good
	ackTime atomic.Int64 // unix ms

	mu      sync.Mutex
	pending []byte        // of the data set
	room    chan struct{} // has an element when pending was taken
	ended   chan struct{} // closed with the connection
}

func newReplica(s *session, old bool) *replica {
	r := &replica{
		session: s, host: s.handshake.Host, port: s.handshake.Port, old: old,
		room: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	r.ackTime.Store(s.worker.now)
	return r
}

func (r *replica) is(state replicaState) bool { return r.state.Load() == int32(state) }

func (r *replica) become(state replicaState) { r.state.Store(int32(state)) }

// wake has the worker send what there is. Safe for concurrent use.
func (r *replica) wake() { r.session.worker.post(r.pump) }

var (
	errReplicaGone  = errors.New("the replica is gone")
	errReplicaStuck = errors.New("the replica takes nothing")
)

// Write sends a part of the data set. It waits for the replica to take what came
// before.
func (r *replica) Write(p []byte) (int, error) {
	r.mu.Lock()
	r.pending = append(r.pending, p...)
	full := len(r.pending) > loadAhead
	r.mu.Unlock()
	r.wake()
	for full {
		timeout := time.NewTimer(r.session.worker.srv.replicationTimeout())
		select {
		case <-r.room:
		case <-r.ended:
			timeout.Stop()
			return 0, errReplicaGone
		case <-timeout.C:
			return 0, errReplicaStuck
		}
		timeout.Stop()
		r.mu.Lock()
		full = len(r.pending) > loadAhead
		r.mu.Unlock()
	}
	select {
	case <-r.ended:
		return 0, errReplicaGone
	default:
		return len(p), nil
	}
}

// take is the next bytes to send, nil if there are none.
func (r *replica) take() ([]byte, error) {
	r.mu.Lock()
	b, reader := r.pending, r.reader
	r.pending = nil
	r.mu.Unlock()
	if len(b) > 0 {
		select {
		case r.room <- struct{}{}:
		default:
		}
		return b, nil
	}
	if !r.is(replicaOnline) {
		return nil, nil
	}
	return reader.Next(nil, replicaQueue)
}

// pump sends what the connection takes, on the session's worker.
func (r *replica) pump() {
	s := r.session
	if !s.closed && r.lost() {
		r.cut()
		return
	}
	for sent := 0; !s.closed && s.unsettled == 0 && s.conn.queued() < replicaQueue; {
		if sent >= replicaTurn {
			r.wake()
			return
		}
		b, err := r.take()
		if err != nil {
			r.cut()
			return
		}
		if len(b) == 0 {
			if r.is(replicaLeaving) {
				s.Close()
				s.closeIfDone()
			}
			return
		}
		sent += len(b)
		s.worker.shard.OutputBytes.Add(uint64(len(b)))
		s.conn.write(b)
		s.checkOutput()
	}
}

// cut ends the connection of a replica that the stream does not wait for any more.
func (r *replica) cut() {
	s := r.session
	s.worker.srv.tel.OutputLimited.Add(1)
	s.worker.srv.log.Warn("closing a replica that exceeded client-output-buffer-limit", "client", s.addr)
	s.conn.close()
}

func (r *replica) lost() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reader != nil && r.reader.Lost()
}

// behind is what the feed keeps for the replica.
func (r *replica) behind() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := int64(len(r.pending))
	if r.reader != nil {
		n += r.reader.Lag()
	}
	return n
}

// follow gives the replica its place in the stream; false: its connection has
// ended.
func (r *replica) follow(reader *replication.Reader) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.ended:
		reader.Close()
		return false
	default:
		r.reader = reader
		return true
	}
}

// end is called when the connection has ended.
func (r *replica) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.ended)
	if r.reader != nil {
		r.reader.Close()
	}
	r.pending = nil
}

// Handshake is command.Replica's.
func (s *session) Handshake() *command.Handshake { return &s.handshake }

// Sync is command.Replica's.
func (s *session) Sync(id string, offset int64) bool {
	if s.replica != nil || s.monitor {
		return false
	}
	srv := s.worker.srv
	r := newReplica(s, id == "")
	s.replica = r
	s.replies = command.ReplyOff
	s.setFlag(flagReplica, true)
	srv.replicas.add(r)
	if id != "" {
		if reader := srv.feed.Resume(id, offset, r.wake); reader != nil {
			srv.replicas.partial.Add(1)
			r.follow(reader)
			r.pending = append(r.pending, "+CONTINUE "+id+"\r\n"...)
			r.become(replicaOnline)
			srv.countGoodReplicas()
			r.wake()
			return true
		}
		if id != "?" {
			srv.replicas.refused.Add(1)
		}
	}
	srv.replicas.full.Add(1)
	srv.long.Add(1)
	rdbOnly, eof := s.handshake.RDBOnly, s.handshake.EOF
	go func() {
		defer srv.long.Add(-1)
		if err := srv.sendDataset(r, eof, rdbOnly); err != nil {
			srv.log.Warn("a replica did not get the data set", "client", s.addr, "err", err)
			srv.KillClient(s.id)
		}
	}()
	return true
}

// Acknowledge is command.Replica's.
func (s *session) Acknowledge(offset int64) {
	r := s.replica
	if r == nil {
		return
	}
	r.ack.Store(max(offset, r.ack.Load()))
	r.ackTime.Store(time.Now().UnixMilli())
	srv := s.worker.srv
	if r.is(replicaAcks) {
		r.become(replicaOnline)
		srv.countGoodReplicas()
		r.wake()
	}
	srv.waiters.acknowledged(srv)
}
