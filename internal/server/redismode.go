package server

import (
	"context"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

func (t *redisTower) house() *house { return t.store }

func (t *redisTower) dataBytes() int64 {
	u := t.keys.Usage()
	return u.Data + u.Garbage
}

// discard empties the keyspace in the moment in which it moves: before that nobody
// sees it, and after an error everything is as it was.
func (t *redisTower) discard(_ context.Context, move func(keep func(key []byte) bool) error) error {
	return t.server.DiscardAll(func() error { return move(keyspace.KeptByDiscard) })
}

func (t *redisTower) modeChanged() error { return t.server.ModeChanged() }
