package server

import (
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// mender writes what mends faults, many at a time.
type mender struct {
	store  storage.Store
	batch  storage.Batch
	mended int
}

// mendBatch is the size from which a batch is written.
const mendBatch = 1 << 20

func (m *mender) mend(how mending) error {
	if m.batch == nil {
		m.batch = m.store.NewBatch()
	}
	m.mended++
	if err := how(m.batch); err != nil || m.batch.Size() < mendBatch {
		return err
	}
	return m.write()
}

func (m *mender) write() error {
	p, err := m.store.Apply(m.batch)
	if err == nil {
		err = p.Wait()
	}
	if err == nil {
		m.batch.Reset()
	}
	return err
}

// finish writes the rest and has all of it on disk.
func (m *mender) finish() error {
	if m.batch == nil {
		return nil
	}
	return errors.Join(m.write(), m.batch.Close(), m.store.Flush())
}

// reread has what is kept in memory beside a store read anew.
func (s *Server) reread(h *house) error {
	if h.protocol != "redis" {
		return nil // the engine reads rows and entries as they are
	}
	run := s.redis.keys.NewRun()
	if err := run.LockAll(); err != nil {
		return errors.Join(err, run.Abort())
	}
	return errors.Join(run.Reread(), run.Abort())
}
