package server

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/storage/relocate"
)

// changeable is a tower as a change of its mode needs it.
type changeable interface {
	house() *house
	// dataBytes is about what the data takes.
	dataBytes() int64
	// discard has move move nothing but what an empty tower has.
	discard(ctx context.Context, move func(keep func(key []byte) bool) error) error
	// modeChanged is called after a change.
	modeChanged() error
}

func (s *Server) tower(protocol string) (changeable, error) {
	switch {
	case protocol == "redis" && s.redis != nil:
		return s.redis, nil
	case protocol == "postgres" && s.sql != nil:
		return s.sql, nil
	case protocol == "redis", protocol == "postgres":
		return nil, fmt.Errorf("this server does not serve %s", protocol)
	}
	return nil, fmt.Errorf("unknown protocol %q: use redis or postgres", protocol)
}

// ChangeMode implements admin.Source: it moves a protocol's data into the other
// kind of storage while clients use it.
func (s *Server) ChangeMode(ctx context.Context, c admin.ModeChange, progress func(admin.ModeProgress)) error {
	t, err := s.tower(c.Protocol)
	if err != nil {
		return err
	}
	mode := config.Mode(c.Mode)
	if mode != config.Persistent && mode != config.Actor {
		return fmt.Errorf("unknown %s-mode %q: use persistent or actor", c.Protocol, c.Mode)
	}
	h := t.house()
	if !h.changing.TryLock() {
		return errChanging
	}
	defer h.changing.Unlock()
	if h.mode() == mode {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := admin.ModeProgress{TotalBytes: t.dataBytes()}
	room, err := s.roomFor(c, mode, done.TotalBytes)
	if err != nil {
		return err
	}
	move := func(keep func(key []byte) bool) error {
		return h.move(ctx, mode, c.Replace, keep, func(p relocate.Progress) {
			done.Keys, done.Bytes = p.Keys, p.Bytes
			done.TotalBytes = max(done.TotalBytes, p.Bytes)
			if room > 0 && p.Bytes > room {
				cancel(fmt.Errorf("%w: %d bytes were copied and %d are left", errNoRoom, p.Bytes, room))
			}
			if progress != nil {
				progress(done)
			}
		})
	}
	s.logger.Info("the mode is changing", "protocol", c.Protocol, "to", mode, "discard", c.Discard, "bytes", done.TotalBytes)
	if c.Discard {
		err = t.discard(ctx, move)
	} else {
		err = move(nil)
	}
	if err != nil {
		if errors.Is(err, context.Canceled) {
			err = errors.Join(context.Cause(ctx))
		}
		err = fmt.Errorf("%s stays in mode %s: %w", c.Protocol, h.mode(), err)
		s.logger.Warn("the mode was not changed", "protocol", c.Protocol, "err", err)
		return err
	}
	if err := t.modeChanged(); err != nil {
		return err
	}
	s.logger.Info("the mode was changed", "protocol", c.Protocol, "mode", mode, "keys", done.Keys, "bytes", done.Bytes)
	if progress != nil {
		progress(done)
	}
	return nil
}

// changeMode is ChangeMode as the towers ask for it: "" is the mode that the
// configuration names.
func (s *Server) changeMode(ctx context.Context, protocol, mode string) error {
	if mode == "" {
		mode = string(s.config.ConfiguredMode(protocol + "-mode"))
	}
	return s.ChangeMode(ctx, admin.ModeChange{Protocol: protocol, Mode: mode}, nil)
}

// mode is a protocol's at present, "" if it is not served.
func (s *Server) mode(protocol string) string {
	t, err := s.tower(protocol)
	if err != nil {
		return ""
	}
	return string(t.house().mode())
}

// redisPlace is where the data is, as the Redis tower tells it.
func (s *Server) redisPlace() command.Place {
	p := s.redis.store.place()
	place := command.Place{RedisMode: p.Mode, PostgresMode: s.mode("postgres"), ActorPersistence: p.ActorPersistence}
	if p.SavedAt != nil {
		place.SavedAt = *p.SavedAt
	}
	return place
}

// liveSettings is the same as the PostgreSQL tower tells it.
func (s *Server) liveSettings() map[string]func() string {
	return map[string]func() string{
		"orbit.redis_mode":        func() string { return s.mode("redis") },
		"orbit.postgres_mode":     func() string { return s.mode("postgres") },
		"orbit.actor_persistence": func() string { return s.config.ActorPersistence },
		"orbit.actor_last_snapshot": func() string {
			if at := s.sql.store.place().SavedAt; at != nil {
				return at.UTC().Format(time.RFC3339)
			}
			return ""
		},
	}
}

var errNoRoom = errors.New("the data does not fit into memory")

// roomFor is how many bytes may be copied, 0 if that does not matter. What cannot
// fit is refused before anything is copied.
func (s *Server) roomFor(c admin.ModeChange, mode config.Mode, data int64) (int64, error) {
	if mode != config.Actor || c.Discard {
		return 0, nil
	}
	room, err := s.availableMemory()
	if errors.Is(err, errors.ErrUnsupported) {
		room, err = math.MaxInt64, nil // nobody knows
	}
	if err != nil {
		return 0, err
	}
	if limit := s.config.ActorTableMemory; c.Protocol == "postgres" && limit > 0 {
		room = min(room, limit)
	}
	if data > room {
		return 0, fmt.Errorf("%w: it takes about %d bytes and %d are left", errNoRoom, data, room)
	}
	return room, nil
}
