package server

import (
	"errors"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Place implements command.Server.
func (s *Server) Place() command.Place {
	if s.opts.Place == nil {
		return command.Place{}
	}
	return s.opts.Place()
}

// ChangeMode implements command.Server.
func (s *Server) ChangeMode(protocol, mode string) error {
	if s.opts.ChangeMode == nil {
		return errors.New("this server cannot change modes")
	}
	return s.opts.ChangeMode(s.stopping, protocol, mode)
}

// ModeChanged has CONFIG GET tell what is true after the data moved.
func (s *Server) ModeChanged() error {
	return s.params.Fix("appendfsync", s.keys.Store().Durability().String())
}

// DiscardAll empties all databases at the moment in which move, which moves nothing
// of them, has the store become another: clients, those who watch keys and replicas
// see a FLUSHALL.
func (s *Server) DiscardAll(move func() error) error {
	spec := s.registry.Lookup([]byte("flushall"))
	run := s.keys.NewRun()
	c := &command.Ctx{Args: [][]byte{[]byte("FLUSHALL")}, Spec: spec, Out: &resp.Writer{}, Server: s, Keys: run}
	if err := run.LockAll(); err != nil {
		return errors.Join(err, run.Abort())
	}
	if err := move(); err != nil {
		return errors.Join(err, run.Abort())
	}
	_, err := s.lockAndCall(c, run)
	pending, applyErr := run.Apply()
	if applyErr == nil && pending != nil {
		applyErr = pending.Wait()
	}
	return errors.Join(err, applyErr)
}
