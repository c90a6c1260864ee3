package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/datadir"
	"github.com/orbit-server/orbit/internal/storage/relocate"
)

// house is where a tower's data lives. It can move to the store of another mode
// while the tower stands on it.
type house struct {
	*relocate.Store
	protocol string
	stores   *stores
	logger   *slog.Logger
	// build opens the store of a mode.
	build func(mode config.Mode, logger *slog.Logger) (*towerStore, error)
	// inUse says whether a store holds what a user put there.
	inUse func(r storage.Reader) (bool, error)
	live  atomic.Pointer[towerStore]

	changing sync.Mutex
	left     chan struct{} // closed once the store that was left is gone; guarded by changing
	stop     chan struct{}
}

// openHouses opens the stores of the protocols that are asked for, at once: either may have
// a journal to read.
func (s *stores) openHouses(o opening, logger *slog.Logger) (redis, sql *house, err error) {
	c := s.config
	var both sync.WaitGroup
	var errs [2]error
	if o.redis {
		both.Go(func() {
			h := &house{protocol: "redis", logger: logger.With("part", "redis"), build: s.redis, inUse: keyspace.HoldsKeys}
			redis, errs[0] = s.openHouse(h, c.RedisMode)
		})
	}
	if o.postgres {
		both.Go(func() {
			h := &house{protocol: "postgres", logger: logger.With("part", "postgres"), build: s.postgres, inUse: table.HoldsCatalog}
			sql, errs[1] = s.openHouse(h, c.PostgresMode)
		})
	}
	both.Wait()
	errs[0], errs[1] = s.tolerate("redis", errs[0], o), s.tolerate("postgres", errs[1], o)
	if err := errors.Join(errs[:]...); err != nil {
		for _, h := range []*house{redis, sql} {
			if h != nil {
				err = errors.Join(err, h.close())
			}
		}
		return nil, nil, err
	}
	return redis, sql, nil
}

// tolerate notes why a protocol's data does not open, if that is what is looked for. That
// the settings are not those of the data is for who gave them.
func (s *stores) tolerate(protocol string, err error, o opening) error {
	if err == nil || !o.faulty || errors.Is(err, errOtherLayout) {
		return err
	}
	if s.broken == nil {
		s.broken = map[string]error{}
	}
	s.broken[protocol] = err
	return nil
}

// openHouse opens the store of the mode that the configuration says.
func (s *stores) openHouse(h *house, mode config.Mode) (*house, error) {
	t, err := h.build(mode, h.logger)
	if err != nil {
		return nil, err
	}
	h.stores, h.Store = s, relocate.New(t)
	h.left, h.stop = make(chan struct{}), make(chan struct{})
	close(h.left)
	h.live.Store(t)
	return h, nil
}

func (h *house) mode() config.Mode { return h.live.Load().mode }

// close closes the present store, and the one that was left if it still stands.
func (h *house) close() error {
	close(h.stop)
	<-h.left
	return h.Close()
}

// place describes where the data is.
func (h *house) place() admin.Place {
	t := h.live.Load()
	p := admin.Place{Mode: string(t.mode), ActorPersistence: h.stores.config.ActorPersistence}
	if t.actors != nil {
		if at := t.actors.SavedAt(); !at.IsZero() {
			p.SavedAt = &at
		}
	}
	return p
}

// Errors of changes of modes.
var (
	errChanging = errors.New("the mode is being changed already")
	errHoldsOld = errors.New("data from an earlier time is there")
)

// retryLeft is the time between attempts to close a store that was left.
const retryLeft = 10 * time.Millisecond

// quietLooks is how often in a row nobody must have it open.
const quietLooks = 3

// move moves the data to the store of another mode. keep says which keys, nil all.
func (h *house) move(ctx context.Context, mode config.Mode, replace bool, keep func(key []byte) bool, progress func(relocate.Progress)) error {
	if err := h.awaitLeft(ctx); err != nil {
		return err
	}
	old := h.live.Load()
	if err := h.clearTarget(mode, replace); err != nil {
		return err
	}
	target, err := h.build(mode, h.logger)
	if err != nil {
		return errors.Join(err, h.abandon(nil, mode))
	}
	err = h.Move(ctx, target, relocate.MoveOptions{
		Keep: keep, Progress: progress,
		Commit: func() error {
			return h.stores.update(h.protocol, func(m *datadir.Mode) {
				m.Chosen, m.MovingTo, m.Left = string(mode), "", string(old.mode)
			})
		},
	})
	if err != nil {
		return errors.Join(err, h.abandon(target, mode))
	}
	h.live.Store(target)
	h.left = make(chan struct{})
	go h.leave(old)
	return nil
}

// awaitLeft waits until what an earlier change left is gone.
func (h *house) awaitLeft(ctx context.Context) error {
	select {
	case <-h.left:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("transactions or iterators that began before the last change are still open: %w", ctx.Err())
	}
}

// clearTarget notes on disk that the move begins and sees to it that the target is
// empty: data from an earlier time is refused unless it may be replaced.
func (h *house) clearTarget(mode config.Mode, replace bool) error {
	if !h.stores.keeps(mode) {
		return nil
	}
	part := part(h.protocol, mode)
	empty, err := h.stores.dir.Empty(part)
	if err != nil {
		return err
	}
	if !empty && !replace {
		if err := h.refuseUsed(mode); err != nil {
			return err
		}
	}
	if err := h.stores.update(h.protocol, func(m *datadir.Mode) { m.MovingTo = string(mode) }); err != nil {
		return err
	}
	if empty {
		return nil
	}
	return h.stores.dir.Wipe(part)
}

func (h *house) refuseUsed(mode config.Mode) error {
	t, err := h.build(mode, h.logger)
	if err != nil {
		return fmt.Errorf("%w, under %s, and cannot be read: %w", errHoldsOld, h.stores.dir.Path(part(h.protocol, mode)), err)
	}
	used, err := h.inUse(t)
	if err = errors.Join(err, t.Close()); err != nil {
		return err
	}
	if used {
		return fmt.Errorf("%w, under %s: `orbit mode %s %s --replace` removes it",
			errHoldsOld, h.stores.dir.Path(part(h.protocol, mode)), h.protocol, mode)
	}
	return nil
}

// abandon removes what a move that failed has made.
func (h *house) abandon(target *towerStore, mode config.Mode) error {
	var err error
	if target != nil {
		err = target.Close()
	}
	if h.stores.keeps(mode) {
		err = errors.Join(err, h.stores.dir.Wipe(part(h.protocol, mode)))
		if err == nil {
			err = h.stores.update(h.protocol, func(m *datadir.Mode) { m.MovingTo = "" })
		}
	}
	return err
}

// leave closes the store that was left, once nobody looks at it any more, and
// removes its data.
func (h *house) leave(old *towerStore) {
	defer close(h.left)
	stopping := false
	for quiet := 0; ; {
		if old.Handles() > 0 {
			quiet = 0
		} else if quiet++; quiet >= quietLooks || stopping {
			// Who came as the store was left has a reader by now, or gets the next.
			if err := old.Close(); err == nil {
				break
			}
		}
		if stopping {
			// What is left is removed at the next start.
			h.logger.Warn("the store that was left could not be closed", "protocol", h.protocol, "mode", old.mode, "open", old.Handles())
			return
		}
		select {
		case <-time.After(retryLeft):
		case <-h.stop:
			stopping = true
		}
	}
	var err error
	if h.stores.keeps(old.mode) {
		err = h.stores.dir.Wipe(part(h.protocol, old.mode))
	}
	if err == nil {
		err = h.stores.update(h.protocol, func(m *datadir.Mode) { m.Left = "" })
	}
	if err != nil {
		h.logger.Error("the data that was moved is still where it was; it is removed at the next start", "protocol", h.protocol, "mode", old.mode, "err", err)
	}
}
