package table

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// lockManager holds all locks: of rows, relations, names and advisory ones. They
// live in memory only, for whoever holds one ends with the process.
type lockManager struct {
	shards [lockShards]lockShard
	seed   maphash.Seed
}

const lockShards = 64

type lockShard struct {
	mu    sync.Mutex
	locks map[lockTag]*lock
	free  []*lock
	_     [24]byte // keeps neighbours off the cache line
}

// freeLocks bounds the locks that a shard keeps for reuse.
const freeLocks = 256

// lockTag names what is locked. A row's key is its key in the store, a unique
// key's its index entry; see keys.go for the others.
type lockTag struct {
	class lockClass
	key   string
}

// lock is one locked thing: who holds it, and who waits, in order of arrival.
// The shard's mutex guards it.
type lock struct {
	tag     lockTag
	shard   *lockShard
	holders []holder
	queue   []*request
}

// holder is an owner's hold on a lock, as a set of modes each for the transaction
// and for the session.
type holder struct {
	owner   *owner
	tx      uint16
	session uint16
}

// owner is who holds and waits: a session.
type owner struct {
	pid int32
	xid atomic.Uint64
	// waiting is the request that the owner waits for. The mutex of that lock's
	// shard guards it.
	waiting *request
}

// request is a wait for a lock.
type request struct {
	owner   *owner
	lock    *lock
	mode    uint8
	session bool
	granted chan struct{} // gets one value
}

// lockWait says how to wait for a lock.
type lockWait struct {
	policy          WaitPolicy
	lockTimeout     time.Duration
	deadlockTimeout time.Duration
}

func (m *lockManager) init() {
	m.seed = maphash.MakeSeed()
	for i := range m.shards {
		m.shards[i].locks = make(map[lockTag]*lock)
	}
}

func (m *lockManager) shardOf(tag lockTag) *lockShard {
	return &m.shards[(maphash.String(m.seed, tag.key)+uint64(tag.class))%lockShards]
}

// errWouldWait is lock's answer under WaitError and WaitSkip.
var errWouldWait = errors.New("table: the lock is taken")

// acquire takes a lock for o. It returns the lock if the mode is new to the owner
// (in this scope), nil if it was held. tag.key may be borrowed: it is copied.
func (m *lockManager) acquire(ctx context.Context, o *owner, tag lockTag, mode uint8, session bool, w lockWait) (*lock, error) {
	s := m.shardOf(tag)
	s.mu.Lock()
	l := s.locks[tag]
	if l == nil {
		l = s.take(tag)
	}
	h := l.holder(o)
	if h != nil && h.modes(session)&(1<<mode) != 0 {
		s.mu.Unlock()
		return nil, nil
	}
	// Who already holds the lock passes by those that wait: they wait for it.
	if l.grantable(o, mode, h != nil, len(l.queue)) {
		l.grant(o, mode, session)
		s.mu.Unlock()
		return l, nil
	}
	if w.policy != WaitBlock {
		s.mu.Unlock()
		return nil, errWouldWait
	}
	r := &request{owner: o, lock: l, mode: mode, session: session, granted: make(chan struct{}, 1)}
	l.queue = append(l.queue, r)
	o.waiting = r
	s.mu.Unlock()
	return m.wait(ctx, r, w)
}

// wait blocks until the request is granted, or gives it up.
func (m *lockManager) wait(ctx context.Context, r *request, w lockWait) (*lock, error) {
	look := time.NewTimer(w.deadlockTimeout)
	defer look.Stop()
	var expired <-chan time.Time
	if w.lockTimeout > 0 {
		t := time.NewTimer(w.lockTimeout)
		defer t.Stop()
		expired = t.C
	}
	for {
		var err error
		select {
		case <-r.granted:
			return r.lock, nil
		case <-look.C:
			// Once is enough: a cycle that closes later is seen by whoever closes it.
			if err = m.deadlock(r); err == nil {
				continue
			}
			// The detector has taken the request back.
			return nil, err
		case <-expired:
			err = pgerr.New(pgerr.LockNotAvailable, "canceling statement due to lock timeout")
		case <-ctx.Done():
			err = cancelled(ctx)
		}
		if m.withdraw(r) {
			return nil, err
		}
		return r.lock, nil // granted just now
	}
}

// cancelled is the error of a statement whose context ended.
func cancelled(ctx context.Context) error {
	if err := context.Cause(ctx); pgerr.Code(err) != "" {
		return err
	}
	return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
}

// withdraw takes back a request; false if it was granted.
func (m *lockManager) withdraw(r *request) bool {
	s := r.lock.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.withdraw()
}

// withdraw is the same with the shard's mutex held.
func (r *request) withdraw() bool {
	l := r.lock
	i := slices.Index(l.queue, r)
	if i < 0 {
		return false
	}
	l.queue = slices.Delete(l.queue, i, i+1)
	r.owner.waiting = nil
	l.grantWaiting()
	l.drop()
	return true
}

// release gives back modes (a set) of o on l.
func (m *lockManager) release(l *lock, o *owner, modes uint16, session bool) {
	s := l.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range l.holders {
		h := &l.holders[i]
		if h.owner != o {
			continue
		}
		if session {
			h.session &^= modes
		} else {
			h.tx &^= modes
		}
		if h.tx|h.session == 0 {
			last := len(l.holders) - 1
			l.holders[i] = l.holders[last]
			l.holders[last] = holder{}
			l.holders = l.holders[:last]
		}
		break
	}
	if len(l.queue) > 0 {
		l.grantWaiting()
	}
	l.drop()
}

// take makes a lock in the shard.
func (s *lockShard) take(tag lockTag) *lock {
	tag.key = strings.Clone(tag.key)
	var l *lock
	if n := len(s.free); n > 0 {
		l = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		l = &lock{shard: s, holders: make([]holder, 0, 2)}
	}
	l.tag = tag
	s.locks[tag] = l
	return l
}

// drop removes a lock that nobody holds or wants.
func (l *lock) drop() {
	if len(l.holders) > 0 || len(l.queue) > 0 {
		return
	}
	s := l.shard
	delete(s.locks, l.tag)
	if len(s.free) < freeLocks {
		l.tag = lockTag{}
		s.free = append(s.free, l)
	}
}

func (l *lock) holder(o *owner) *holder {
	for i := range l.holders {
		if l.holders[i].owner == o {
			return &l.holders[i]
		}
	}
	return nil
}

func (h *holder) modes(session bool) uint16 {
	if session {
		return h.session
	}
	return h.tx
}

// grantable tells whether o may have the mode now. Unless it passes by, the first
// ahead of the queue must not mind either.
func (l *lock) grantable(o *owner, mode uint8, passes bool, ahead int) bool {
	against := conflicts[l.tag.class][mode]
	for i := range l.holders {
		if h := &l.holders[i]; h.owner != o && (h.tx|h.session)&against != 0 {
			return false
		}
	}
	if passes {
		return true
	}
	for _, r := range l.queue[:ahead] {
		if r.owner != o && against&(1<<r.mode) != 0 {
			return false
		}
	}
	return true
}

func (l *lock) grant(o *owner, mode uint8, session bool) {
	h := l.holder(o)
	if h == nil {
		l.holders = append(l.holders, holder{owner: o})
		h = &l.holders[len(l.holders)-1]
	}
	if session {
		h.session |= 1 << mode
	} else {
		h.tx |= 1 << mode
	}
}

// grantWaiting gives the lock to those waiting who may now have it.
func (l *lock) grantWaiting() {
	for i := 0; i < len(l.queue); {
		r := l.queue[i]
		if !l.grantable(r.owner, r.mode, l.holder(r.owner) != nil, i) {
			i++
			continue
		}
		l.queue = slices.Delete(l.queue, i, i+1)
		l.grant(r.owner, r.mode, r.session)
		r.owner.waiting = nil
		r.granted <- struct{}{}
	}
}
