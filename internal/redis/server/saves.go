package server

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// saves is the state of SAVE, BGSAVE and BGREWRITEAOF.
type saves struct {
	mu       sync.Mutex   // held while a file is written
	last     atomic.Int64 // unix ms of the last success
	began    atomic.Int64 // unix ms of the save in the background, 0 if there is none
	took     atomic.Int64 // ms of the last one in the background, -1 before the first
	failed   atomic.Bool
	count    atomic.Int64
	changes  atomic.Int64 // Server.changes as of the last success
	rewrites rewrites
}

// rewrites is the state of BGREWRITEAOF.
type rewrites struct {
	running, failed atomic.Bool
}

const (
	errSaving    command.Error = "ERR Background save already in progress"
	errRewriting command.Error = "ERR Background append only file rewriting already in progress"
)

// errStopped ends a save in the background when the server does.
var errStopped = errors.New("the server is shutting down")

// Save is command.Server's.
func (s *Server) Save(wait bool) error {
	if wait {
		s.saves.mu.Lock()
	} else if !s.saves.mu.TryLock() {
		return errSaving
	}
	defer s.saves.mu.Unlock()
	return s.save()
}

// SaveInBackground is command.Server's.
func (s *Server) SaveInBackground() error {
	if !s.saves.mu.TryLock() {
		return errSaving
	}
	changes := s.changes.Load()
	snap, err := s.keys.Snapshot()
	if err != nil {
		s.saves.mu.Unlock()
		return err
	}
	began := time.Now()
	s.saves.began.Store(began.UnixMilli())
	s.tasks.Add(1)
	go func() {
		defer s.tasks.Done()
		defer s.saves.mu.Unlock()
		err := s.write(snap, changes)
		if err != nil {
			s.log.Error("saving in the background", "err", err)
		}
		s.saves.failed.Store(err != nil)
		s.saves.took.Store(time.Since(began).Milliseconds())
		s.saves.began.Store(0)
	}()
	return nil
}

func (s *Server) save() error {
	changes := s.changes.Load()
	snap, err := s.keys.Snapshot()
	if err != nil {
		return err
	}
	return s.write(snap, changes)
}

// write makes everything durable and writes the snapshot as a file. It was taken
// after so many changes, or more.
func (s *Server) write(snap *keyspace.Snapshot, changes int64) error {
	err := s.keys.Store().Flush()
	if err == nil {
		_, err = dataset.SaveFile(dataset.Path(s.params), snap, dataset.SaveOptions{
			Limits:   dataset.Limits(s.params),
			Uses:     dataset.Uses(s.params),
			Aux:      []dataset.Aux{{Name: "redis-ver", Value: command.RedisVersion}, {Name: "orbit-ver", Value: s.opts.Version}},
			Progress: s.saveProgress(),
		})
	}
	if err = errors.Join(err, snap.Close()); err != nil {
		return err
	}
	s.saves.last.Store(time.Now().UnixMilli())
	s.saves.count.Add(1)
	s.saves.changes.Store(changes)
	return nil
}

// saveProgress is called after every key: it obeys rdb-key-save-delay, and the end
// of the server.
func (s *Server) saveProgress() func() error {
	delay := s.params.Number("rdb-key-save-delay")
	return func() error {
		select {
		case <-s.stop:
			return errStopped
		default:
		}
		if us := delay.Load(); us > 0 {
			time.Sleep(time.Duration(us) * time.Microsecond)
		}
		return nil
	}
}

// LastSave is command.Server's.
func (s *Server) LastSave() time.Time { return time.UnixMilli(s.saves.last.Load()) }

// RewriteInBackground is command.Server's.
func (s *Server) RewriteInBackground() error {
	if !s.saves.rewrites.running.CompareAndSwap(false, true) {
		return errRewriting
	}
	s.tasks.Add(1)
	go func() {
		defer s.tasks.Done()
		store := s.keys.Store()
		err := errors.Join(store.Flush(), store.Compact(nil, nil))
		if err != nil {
			s.log.Error("compacting the store", "err", err)
		}
		s.saves.rewrites.failed.Store(err != nil)
		s.saves.rewrites.running.Store(false)
	}()
	return nil
}

// Saves is command.Server's.
func (s *Server) Saves() command.Saves {
	v := command.Saves{
		Changes: s.changes.Load() - s.saves.changes.Load(), Count: s.saves.count.Load(), Failed: s.saves.failed.Load(), Took: -1,
		Rewriting: s.saves.rewrites.running.Load(), RewriteFailed: s.saves.rewrites.failed.Load(),
	}
	if ms := s.saves.took.Load(); ms > 0 {
		v.Took = time.Duration(ms) * time.Millisecond
	}
	if began := s.saves.began.Load(); began != 0 {
		v.InBackground, v.For = true, time.Since(time.UnixMilli(began))
	}
	return v
}
