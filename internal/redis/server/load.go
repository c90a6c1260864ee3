package server

import (
	"errors"
	"fmt"
	"io"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/script"
)

// maxLibraries bounds the code of all libraries of functions in a data set.
const maxLibraries = 64 << 20

// Reasons why Load changes nothing.
var (
	// ErrNotEmpty says that there are keys or libraries already.
	ErrNotEmpty = errors.New("there is data already")
	// ErrReplica says that the data is another server's to change.
	ErrReplica = errors.New("this server is a replica")
)

// Load reads an RDB file into a server that has no data: all of it or, after an
// error, nothing. Clients are served meanwhile; if they write, that is ErrNotEmpty.
func (s *Server) Load(in io.Reader, o dataset.LoadOptions) (stats dataset.LoadStats, err error) {
	if s.following.rules.Load()&ruleReplica != 0 {
		return stats, ErrReplica
	}
	run := s.keys.NewRun()
	if err := run.LockAll(); err != nil {
		return stats, err
	}
	if err := s.checkEmpty(run); err != nil {
		return stats, errors.Join(err, run.Abort())
	}
	next, err := run.Replace()
	if err != nil {
		return stats, errors.Join(err, run.Abort())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, next.Abandon(), applyAndWait(run))
		}
	}()
	if err := applyAndWait(run); err != nil { // the clients' turn
		return stats, err
	}
	var change *script.Change
	if stats, change, err = s.loadBeside(in, next, o); err != nil {
		return stats, err
	}
	if err := run.LockAll(); err != nil {
		return stats, err
	}
	if err := s.checkEmpty(run); err != nil {
		return stats, err
	}
	return stats, s.takeReplacement(run, next, change)
}

// checkEmpty is ErrNotEmpty if there is anything. The run holds the whole keyspace.
func (s *Server) checkEmpty(run *keyspace.Run) error {
	if len(s.scripts.engine.Libraries()) > 0 {
		return ErrNotEmpty
	}
	for db := range s.keys.Databases() {
		if stats, err := run.DBStats(db); err != nil {
			return err
		} else if stats.Keys > 0 {
			return ErrNotEmpty
		}
	}
	return nil
}

// loadBeside reads an RDB file into a replacement, up to the end of the file.
func (s *Server) loadBeside(in io.Reader, next *keyspace.Replacement, o dataset.LoadOptions) (dataset.LoadStats, *script.Change, error) {
	var codes [][]byte
	room := maxLibraries
	if wanted := o.Function; wanted != nil {
		o.Function = func(code []byte) error {
			if room -= len(code); room < 0 {
				return fmt.Errorf("libraries of functions have more than %d bytes", maxLibraries)
			}
			codes = append(codes, code)
			return wanted(code)
		}
	}
	stats, err := dataset.Load(in, next.Run(), o)
	if err == nil {
		err = next.Flush()
	}
	if err != nil {
		return stats, nil, err
	}
	change, err := s.scripts.engine.Load(codes, script.Flush)
	return stats, change, err
}

// takeReplacement puts a replacement and its libraries in the place of all data. The
// run holds the whole keyspace, and is applied.
func (s *Server) takeReplacement(run *keyspace.Run, next *keyspace.Replacement, change *script.Change) error {
	err := next.Commit()
	if err == nil {
		err = scripting.Commit(&command.Ctx{Keys: run, Server: s}, change)
	}
	if err != nil {
		return errors.Join(err, run.Abort())
	}
	s.feed.Restart()
	s.watches.touchAll()
	woken := s.wake(run, s.callerAlone(run))
	err = applyAndWait(run)
	if err != nil {
		fail(woken, errStore(err))
	}
	for _, d := range woken {
		d.deliver()
	}
	s.tracking.flushed()
	return err
}
