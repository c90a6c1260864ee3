package keyspace

import "slices"

// Ready is a key that somebody may have waited for: a list, sorted set or stream
// that this run created or, of streams, changed or removed.
type Ready struct {
	DB  int
	Key string
}

// AddWaiters says that n more, or fewer, clients wait for keys. While there are
// any, runs note which keys became ready. Whoever begins to wait holds the locks
// of the keys meanwhile, so that nothing escapes.
func (ks *Keyspace) AddWaiters(n int) { ks.waiters.Add(int64(n)) }

// HasReady says whether TakeReady has anything to give.
func (r *Run) HasReady() bool { return len(r.ready) > 0 || r.readyAll }

// TakeReady returns the keys that became ready since it was called last, in
// order. all says that any other key may be ready, too, because databases were
// exchanged or flushed.
func (r *Run) TakeReady() (keys []Ready, all bool) {
	keys, all = r.ready, r.readyAll
	r.ready, r.readyAll = nil, false
	return keys, all
}

// signal notes a change that waiters may want to know of. old is what was stored,
// m what will be; its type is TypeNone if the key goes.
func (r *Run) signal(id uint32, key []byte, old, m *Meta) {
	switch {
	case old.Type == TypeStream || m.Type == TypeStream:
	case (m.Type == TypeList || m.Type == TypeZSet) && (m.Type != old.Type || m.version != old.version):
	default:
		return
	}
	db := slices.Index(r.dbs.ids, id)
	if db < 0 {
		return
	}
	if n := len(r.ready); n > 0 && r.ready[n-1].DB == db && r.ready[n-1].Key == string(key) {
		return
	}
	r.ready = append(r.ready, Ready{db, string(key)})
}
