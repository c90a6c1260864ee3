package session

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/foreign"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
)

// blockKind says what a transaction is to its client.
type blockKind uint8

const (
	blockNone     blockKind = iota // each statement, or pipeline up to Sync, for itself
	blockImplicit                  // the statements of one simple query
	blockExplicit                  // after BEGIN
)

// transaction is the session's transaction, if it has one.
type transaction struct {
	tx         *table.Tx
	block      blockKind
	failed     bool
	savepoints []savepoint
	// chars are the characteristics of the transaction, to be passed on by AND CHAIN.
	chars characteristics
	// pending is what COMMIT of this transaction does besides: NOTIFY, LISTEN.
	pending []func()
}

type savepoint struct {
	name     string
	id       table.SavepointID
	settings int // settings.mark
	pending  int // len(pending)
	keys     foreign.Mark
}

// characteristics are a transaction's isolation level and access mode.
type characteristics struct {
	isolation  table.Isolation
	readOnly   bool
	deferrable bool
}

// defaults are the characteristics of a new transaction.
func (s *Session) defaultCharacteristics() characteristics {
	c := characteristics{isolation: s.defaultIsolation}
	if v, _ := s.get("default_transaction_read_only"); v == "on" {
		c.readOnly = true
	}
	if v, _ := s.get("default_transaction_deferrable"); v == "on" {
		c.deferrable = true
	}
	return c
}

// begin starts a transaction.
func (s *Session) begin(now time.Time) error {
	return s.beginWith(now, s.defaultCharacteristics())
}

func (s *Session) beginWith(now time.Time, c characteristics) error {
	tx, err := s.m.engine.Begin(table.TxOptions{
		Database: s.db, Isolation: c.isolation, ReadOnly: c.readOnly, Deferrable: c.deferrable, Session: s.own,
	})
	if err != nil {
		return err
	}
	s.tx, s.chars = tx, c
	s.fn.TxTime = now
	s.format.Now = now
	s.ec.Tx = tx
	s.activity.transactionSince(now)
	return nil
}

// commit ends the transaction well, whatever its block.
func (s *Session) commit() error {
	if s.tx == nil {
		s.ended()
		return nil
	}
	ctx := s.startStatement(0)
	s.ec.Ctx = ctx
	err := s.foreign.Commit()
	if err == nil {
		err = s.holdPortals()
	}
	if err != nil {
		s.rollback()
		return err
	}
	s.closePortals(0, false)
	err = s.tx.Commit(ctx)
	s.canceler.stop()
	s.tx = nil
	if err != nil {
		s.rollback()
		return err
	}
	s.m.stats.commits.Add(1)
	if len(s.undo) > 0 {
		s.appliedAll(s.settings.commit())
	}
	pending := s.pending
	s.pending = nil
	s.ended()
	for _, f := range pending {
		f()
	}
	if len(pending) > 0 {
		s.notify.flush(s)
	}
	return nil
}

// rollback ends the transaction and undoes it.
func (s *Session) rollback() {
	s.canceler.stop()
	s.closePortals(0, false)
	if s.tx != nil {
		s.tx.Rollback()
		s.tx = nil
		s.m.stats.rollbacks.Add(1)
	}
	if len(s.undo) > 0 {
		s.appliedAll(s.settings.rollback(0))
	}
	s.pending = nil
	s.notify.discard()
	s.ended()
}

func (s *Session) ended() {
	s.block, s.failed = blockNone, false
	s.foreign.End()
	clear(s.savepoints)
	s.savepoints = s.savepoints[:0]
	s.ec.Tx = nil
	s.activity.transactionSince(time.Time{})
}

// finish ends a statement outside a block: what it did is committed.
func (s *Session) finish() error {
	s.canceler.stop()
	if s.block == blockNone {
		return s.commit()
	}
	return nil
}

// Sync ends an implicit transaction of the extended protocol.
func (s *Session) Sync() error {
	if s.block == blockNone && s.tx != nil {
		began := time.Now()
		err := s.commit()
		s.stopwatch.committed(time.Since(began))
		if err != nil {
			return s.fail(err)
		}
	}
	return nil
}

// defineSavepoint is SAVEPOINT.
func (s *Session) defineSavepoint(name string) error {
	if s.block == blockNone {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "SAVEPOINT can only be used in transaction blocks")
	}
	if len(s.savepoints) >= maxSavepoints {
		return pgerr.New(pgerr.ProgramLimitExceeded, "too many savepoints")
	}
	s.savepoints = append(s.savepoints, savepoint{name, s.tx.Savepoint(), s.mark(), len(s.pending), s.foreign.Mark()})
	return nil
}

// maxSavepoints bounds what one transaction may keep open.
const maxSavepoints = 100_000

func (s *Session) findSavepoint(verb, name string) (int, error) {
	if s.block == blockNone {
		return 0, pgerr.New(pgerr.NoActiveSQLTransaction, "%s can only be used in transaction blocks", verb)
	}
	for i := len(s.savepoints) - 1; i >= 0; i-- {
		if s.savepoints[i].name == name {
			return i, nil
		}
	}
	return 0, pgerr.New(pgerr.InvalidSavepointSpecification, "savepoint %q does not exist", name)
}

// release is RELEASE SAVEPOINT.
func (s *Session) release(name string) error {
	i, err := s.findSavepoint("RELEASE SAVEPOINT", name)
	if err != nil {
		return err
	}
	if err := s.tx.Release(s.savepoints[i].id); err != nil {
		return err
	}
	for _, p := range s.portals {
		p.level = min(p.level, i)
	}
	s.savepoints = s.savepoints[:i]
	return nil
}

// rollbackTo is ROLLBACK TO SAVEPOINT; it heals a failed transaction.
func (s *Session) rollbackTo(name string) error {
	i, err := s.findSavepoint("ROLLBACK TO SAVEPOINT", name)
	if err != nil {
		return err
	}
	sp := &s.savepoints[i]
	s.closePortals(i+1, false)
	if err := s.tx.RollbackTo(sp.id); err != nil {
		return err
	}
	s.appliedAll(s.settings.rollback(sp.settings))
	s.pending = s.pending[:sp.pending]
	s.foreign.RollbackTo(sp.keys)
	s.savepoints = s.savepoints[:i+1]
	s.failed = false
	return nil
}
