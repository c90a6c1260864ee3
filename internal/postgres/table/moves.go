package table

import "sync"

// moveLog knows where rows went whose clustered key was updated, for as long as
// a snapshot is open that saw them at the old key: who then waits for such a row
// follows it, as PostgreSQL follows a tuple's ctid. It keeps the list of open
// snapshots for that.
type moveLog struct {
	mu     sync.Mutex
	seq    uint64
	oldest *snapshot
	newest *snapshot
	to     map[string]rowMove
	order  []rowMove
}

// rowMove is an update of a row's clustered key. Keys are whole keys of the store.
type rowMove struct {
	from, to string
	birth    uint64
	seq      uint64
}

// open takes the snapshot and notes it.
func (m *moveLog) open(s *snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.state = s.e.published.Load()
	s.Snapshot = s.e.store.NewSnapshot()
	s.seq = m.seq
	s.prev = m.newest
	if m.newest != nil {
		m.newest.next = s
	} else {
		m.oldest = s
	}
	m.newest = s
}

// forget notes that a snapshot is closed, and drops moves that all open ones see.
func (m *moveLog) forget(s *snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		m.oldest = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	} else {
		m.newest = s.prev
	}
	s.prev, s.next = nil, nil
	m.purge()
}

// maxMoves bounds the moves that are known. A row whose move was forgotten looks
// deleted to who waits for it.
const maxMoves = 1 << 20

func (m *moveLog) purge() {
	for len(m.order) > 0 && (m.oldest == nil || m.order[0].seq <= m.oldest.seq || len(m.order) > maxMoves) {
		gone := m.order[0]
		if m.to[gone.from].seq == gone.seq {
			delete(m.to, gone.from)
		}
		m.order = m.order[1:]
	}
}

// add notes the moves of a commit, whose batch was just applied.
func (m *moveLog) add(moves []rowMove) {
	if len(moves) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seq++
	if m.oldest == nil {
		return
	}
	if m.to == nil {
		m.to = make(map[string]rowMove)
	}
	for _, mv := range moves {
		mv.seq = m.seq
		m.to[mv.from] = mv
		m.order = append(m.order, mv)
	}
	m.purge()
}

// follow gives the key to which a row moved from key.
func (m *moveLog) follow(key string, birth uint64) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mv, ok := m.to[key]
	return mv.to, ok && mv.birth == birth
}
