package server

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/changefeed"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// watched is a key a session watches.
type watched struct {
	db     int
	key    string
	exists bool // when WATCH was called
}

// watches tells sessions that a key they watch was modified, and whoever follows keys.
type watches struct {
	count     atomic.Int64
	followers changefeed.Feed[KeyScope]
	mu        sync.Mutex
	keys      map[string]map[*session][]watched // by name; the databases are in watched
}

// active is cheap: the hot path asks it for every write.
func (w *watches) active() bool { return w.count.Load() > 0 || w.followers.Active() }

func (w *watches) add(s *session, key watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys == nil {
		w.keys = make(map[string]map[*session][]watched)
	}
	if w.keys[key.key] == nil {
		w.keys[key.key] = make(map[*session][]watched)
	}
	w.keys[key.key][s] = append(w.keys[key.key][s], key)
	w.count.Add(1)
}

func (w *watches) remove(s *session, keys []watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range keys {
		delete(w.keys[k.key], s)
		if len(w.keys[k.key]) == 0 {
			delete(w.keys, k.key)
		}
	}
	w.count.Add(-int64(len(keys)))
}

// touch marks the sessions that watch any of the keys of a command that wrote, or
// any key at all if it works on whole databases. The caller still holds the locks.
func (w *watches) touch(c *command.Ctx, keys [][]byte) {
	if c.Spec.Nests {
		return
	}
	if w.followers.Active() {
		w.tellFollowers(c, keys)
	}
	if w.count.Load() == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.Spec.Exclusive {
		for _, sessions := range w.keys {
			markDirty(sessions, func(k watched) bool { return affected(c, k) })
		}
		return
	}
	for _, key := range modifiedKeys(c, keys) {
		if sessions := w.keys[string(key)]; sessions != nil {
			markDirty(sessions, func(k watched) bool {
				return (k.db == c.DB || reachesOut(c.Spec)) && k.wasOrIs(c.Keys) && !(k.exists && keepsKey(c.Spec))
			})
		}
	}
}

// touchAll marks all sessions that watch anything.
func (w *watches) touchAll() {
	w.followers.Tell(func(KeyScope) bool { return true })
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, sessions := range w.keys {
		markDirty(sessions, func(watched) bool { return true })
	}
}

// touchKey marks the sessions that watch a key that expiry or eviction modified.
func (w *watches) touchKey(db int, key []byte) {
	w.tellKey(db, key)
	w.mu.Lock()
	defer w.mu.Unlock()
	markDirty(w.keys[string(key)], func(k watched) bool { return k.db == db })
}

// affected reports whether a command on whole databases modified a watched key:
// one that did not exist and does not now is as it was.
func affected(c *command.Ctx, k watched) bool {
	switch c.Spec.Name {
	case "flushall":
		return k.exists
	case "flushdb":
		return k.exists && k.db == c.DB
	case "swapdb":
		involved, exists := false, false
		for _, arg := range c.Args[1:] {
			db, err := command.ParseInt(arg)
			if err != nil {
				return true
			}
			there, err := c.Keys.Exists(int(db), []byte(k.key))
			involved = involved || int(db) == k.db
			exists = exists || there || err != nil
		}
		return involved && exists
	}
	return true
}

// wasOrIs reports whether the key existed when WATCH was called or does now. If
// not, no command changed it: the one that made it would have been noticed.
func (k watched) wasOrIs(run *keyspace.Run) bool {
	if k.exists {
		return true
	}
	exists, err := run.Exists(k.db, []byte(k.key))
	return exists || err != nil
}

// reachesOut reports whether a command writes in other databases than its own.
func reachesOut(spec *command.Spec) bool { return spec.Name == "move" || spec.Name == "copy" }

// keepsKey reports whether a command leaves a key that exists as it is, for all
// that WATCH is concerned: groups and their consumers are not a stream's content.
func keepsKey(spec *command.Spec) bool {
	switch spec.Name {
	case "xreadgroup", "xack", "xclaim", "xautoclaim", "xsetid":
		return true
	}
	return spec.Parent() != nil && spec.Parent().Name == "xgroup"
}

func markDirty(sessions map[*session][]watched, modified func(watched) bool) {
	for s, keys := range sessions {
		if slices.ContainsFunc(keys, modified) {
			s.setFlag(flagDirty, true)
		}
	}
}

// size is the number of distinct keys watched.
func (w *watches) size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.keys)
}

// Watch is command.Transaction's. The keys are locked.
func (s *session) Watch(c *command.Ctx, keys [][]byte) error {
	for _, key := range keys {
		if s.watching(key) {
			continue
		}
		exists, err := c.Keys.Exists(s.db, key)
		if err != nil {
			return err
		}
		if s.multi.watchedBytes += len(key) + 64; s.multi.watchedBytes > maxWatchBytes {
			return command.Errorf("ERR the connection watches more than %d bytes of keys", maxWatchBytes)
		}
		k := watched{s.db, string(key), exists}
		s.worker.srv.watches.add(s, k)
		s.multi.watched = append(s.multi.watched, k)
		s.shared.watching.Store(int32(len(s.multi.watched)))
	}
	return nil
}

func (s *session) watching(key []byte) bool {
	for _, w := range s.multi.watched {
		if w.db == s.db && w.key == string(key) {
			return true
		}
	}
	return false
}

// Unwatch is command.Transaction's.
func (s *session) Unwatch() {
	if len(s.multi.watched) > 0 {
		s.worker.srv.watches.remove(s, s.multi.watched)
		s.multi.watched = nil
		s.shared.watching.Store(0)
	}
	s.multi.watchedBytes = 0
	s.setFlag(flagDirty, false)
}

// watchesHold reports whether no watched key was modified or has expired.
func (s *session) watchesHold(c *command.Ctx) (bool, error) {
	if s.shared.flags.Load()&flagDirty != 0 {
		return false, nil
	}
	for _, w := range s.multi.watched {
		if !w.exists {
			continue
		}
		exists, err := c.Keys.Exists(w.db, []byte(w.key))
		if err != nil || !exists {
			return false, err
		}
	}
	return true, nil
}
