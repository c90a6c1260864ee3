package server

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/changefeed"
	"github.com/orbit-server/orbit/internal/redis/command"
)

// KeyScope is keys that somebody looks at: one, or those of a database that begin with a
// prefix.
type KeyScope struct {
	DB     int
	Prefix []byte
	Exact  bool
}

// covers tells whether a key of a database is among them; of any if db is negative.
func (k *KeyScope) covers(db int, key []byte) bool {
	switch {
	case db >= 0 && db != k.DB:
		return false
	case k.Exact:
		return bytes.Equal(key, k.Prefix)
	}
	return bytes.HasPrefix(key, k.Prefix)
}

// FollowKeys tells of changes of keys, whatever made them: commands of clients and scripts,
// a primary, expiry, eviction, data that was loaded. It may tell a moment before others can
// see the change, and of a change that came to nothing.
func (s *Server) FollowKeys(of KeyScope) (*changefeed.Follower[KeyScope], error) {
	return s.watches.followers.Follow(of)
}

// tellFollowers tells of the keys of a command that wrote.
func (w *watches) tellFollowers(c *command.Ctx, keys [][]byte) {
	if c.Spec.Exclusive {
		w.followers.Tell(func(KeyScope) bool { return true })
		return
	}
	db := c.DB
	if reachesOut(c.Spec) {
		db = -1
	}
	keys = modifiedKeys(c, keys)
	w.followers.Tell(func(of KeyScope) bool {
		for _, key := range keys {
			if of.covers(db, key) {
				return true
			}
		}
		return false
	})
}

// tellKey tells of one key.
func (w *watches) tellKey(db int, key []byte) {
	w.followers.Tell(func(of KeyScope) bool { return of.covers(db, key) })
}
