package session

import (
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
)

// transactionCommand runs BEGIN, COMMIT, SAVEPOINT and their like, and gives the
// command tag.
func (s *Session) transactionCommand(t *pg_query.TransactionStmt) (string, error) {
	switch t.Kind {
	case pg_query.TransactionStmtKind_TRANS_STMT_BEGIN:
		return "BEGIN", s.beginBlock(t.Options)
	case pg_query.TransactionStmtKind_TRANS_STMT_START:
		return "START TRANSACTION", s.beginBlock(t.Options)
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT:
		return s.commitBlock(t.Chain)
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		return "ROLLBACK", s.rollbackBlock(t.Chain)
	case pg_query.TransactionStmtKind_TRANS_STMT_SAVEPOINT:
		return "SAVEPOINT", s.defineSavepoint(t.SavepointName)
	case pg_query.TransactionStmtKind_TRANS_STMT_RELEASE:
		return "RELEASE", s.release(t.SavepointName)
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		return "ROLLBACK", s.rollbackTo(t.SavepointName)
	}
	return "", pgerr.New(pgerr.FeatureNotSupported, "prepared transactions are not supported")
}

func (s *Session) beginBlock(options []*pg_query.Node) error {
	c, err := s.characteristicsOf(options, s.chars)
	if err != nil {
		return err
	}
	if s.block == blockExplicit {
		s.warn(pgerr.ActiveSQLTransaction, "there is already a transaction in progress")
		return s.setCharacteristics(c, options)
	}
	if s.tx != nil {
		// The statement's own transaction, or that of the statements before it in
		// the same message, becomes the block.
		s.block = blockExplicit
		return s.setCharacteristics(c, options)
	}
	if c, err = s.characteristicsOf(options, s.defaultCharacteristics()); err != nil {
		return err
	}
	if err := s.beginWith(time.Now(), c); err != nil {
		return err
	}
	s.block = blockExplicit
	return nil
}

// characteristicsOf reads transaction modes over what holds without them.
func (s *Session) characteristicsOf(options []*pg_query.Node, c characteristics) (characteristics, error) {
	for _, o := range options {
		d := o.GetDefElem()
		if d == nil {
			continue
		}
		arg := d.Arg.GetAConst()
		switch d.Defname {
		case "transaction_isolation":
			level, ok := isolationOf(arg.GetSval().GetSval())
			if !ok {
				return c, gucs["transaction_isolation"].invalid(arg.GetSval().GetSval())
			}
			c.isolation = level
		case "transaction_read_only":
			c.readOnly = arg.GetIval().GetIval() != 0
		case "transaction_deferrable":
			c.deferrable = arg.GetIval().GetIval() != 0
		}
	}
	return c, nil
}

func isolationOf(name string) (table.Isolation, bool) {
	switch name {
	case "serializable":
		return table.Serializable, true
	case "repeatable read":
		return table.RepeatableRead, true
	case "read committed", "read uncommitted":
		return table.ReadCommitted, true
	}
	return 0, false
}

// setCharacteristics changes the running transaction: SET TRANSACTION.
func (s *Session) setCharacteristics(c characteristics, options []*pg_query.Node) error {
	for _, o := range options {
		var err error
		switch o.GetDefElem().GetDefname() {
		case "transaction_isolation":
			err = s.tx.SetIsolation(c.isolation)
		case "transaction_read_only":
			err = s.tx.SetReadOnly(c.readOnly)
		}
		if err != nil {
			return err
		}
	}
	s.chars = c
	return nil
}

func (s *Session) commitBlock(chain bool) (string, error) {
	if s.block != blockExplicit {
		if chain {
			return "", pgerr.New(pgerr.NoActiveSQLTransaction, "COMMIT AND CHAIN can only be used in transaction blocks")
		}
		s.warn(pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
		return "COMMIT", s.commit()
	}
	c := s.chars
	if s.failed {
		s.rollback()
		return "ROLLBACK", s.chainOn(chain, c)
	}
	if err := s.commit(); err != nil {
		return "", err
	}
	return "COMMIT", s.chainOn(chain, c)
}

func (s *Session) rollbackBlock(chain bool) error {
	if s.block != blockExplicit {
		if chain {
			return pgerr.New(pgerr.NoActiveSQLTransaction, "ROLLBACK AND CHAIN can only be used in transaction blocks")
		}
		s.warn(pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
	}
	c := s.chars
	s.rollback()
	return s.chainOn(chain, c)
}

// chainOn starts the next transaction after … AND CHAIN.
func (s *Session) chainOn(chain bool, c characteristics) error {
	if !chain {
		return nil
	}
	if err := s.beginWith(time.Now(), c); err != nil {
		return err
	}
	s.block = blockExplicit
	return nil
}

// outsideBlock refuses a statement that cannot be part of a transaction block.
func (s *Session) outsideBlock(verb string) error {
	if s.block != blockNone {
		return pgerr.New(pgerr.ActiveSQLTransaction, "%s cannot run inside a transaction block", verb)
	}
	return nil
}
