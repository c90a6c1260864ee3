package server

import (
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// modeRecord is what the data directory remembers of modes, as it is on disk.
type modeRecord struct {
	mu    sync.Mutex
	modes datadir.Modes
}

// update changes what is remembered of a protocol. When it returns it is on disk.
func (s *stores) update(protocol string, change func(m *datadir.Mode)) error {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	m := s.record.modes[protocol]
	change(&m)
	next := datadir.Modes{}
	for name, other := range s.record.modes {
		next[name] = other
	}
	next[protocol] = m
	if err := s.dir.WriteModes(next); err != nil {
		return err
	}
	s.record.modes = next
	return nil
}

// part is where a protocol's data is kept in a mode, if it is kept.
func part(protocol string, mode config.Mode) string {
	name := datadir.Redis
	if protocol == "postgres" {
		name = datadir.PostgreSQL
	}
	if mode == config.Persistent {
		return name
	}
	return filepath.Join(datadir.Actors, name)
}

// keeps says whether what is in a mode outlives the process.
func (s *stores) keeps(mode config.Mode) bool {
	return mode == config.Persistent || s.config.ActorPersistence != "none"
}

// settle finishes what an earlier process left of a change of modes: half of a copy
// is removed, and so is what was moved from. Nobody has the stores open yet.
func (s *stores) settle(logger *slog.Logger) (err error) {
	if s.record.modes, err = datadir.ReadModes(s.dir.Path(".")); err != nil {
		return err
	}
	for protocol, m := range s.record.modes {
		for _, mode := range []string{m.MovingTo, m.Left} {
			if mode == "" {
				continue
			}
			logger.Info("removing what a change of mode left behind", "protocol", protocol, "mode", mode, "complete", mode == m.Left)
			if err := s.dir.Wipe(part(protocol, config.Mode(mode))); err != nil {
				return err
			}
		}
		if m.MovingTo == "" && m.Left == "" {
			continue
		}
		err := s.update(protocol, func(m *datadir.Mode) { m.MovingTo, m.Left = "", "" })
		if err != nil {
			return err
		}
	}
	for protocol, mode := range map[string]config.Mode{"redis": s.config.RedisMode, "postgres": s.config.PostgresMode} {
		if chosen := s.record.modes[protocol].Chosen; chosen != "" && chosen != string(mode) {
			logger.Warn("this server was told another mode than the one that its data was moved to: the data is not here",
				"protocol", protocol, "mode", mode, "told by", s.config.Origins[protocol+"-mode"].String(), "data is in mode", chosen,
				"remedy", "start with --"+protocol+"-mode "+chosen+", or without a mode")
		}
	}
	return nil
}
