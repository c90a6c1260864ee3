package table

// Statement is what a statement sees, kept so that it can go on later: a portal
// or cursor that is run in pieces, between other statements of its transaction.
type Statement struct {
	view statementView
	snap *snapshot
	cmd  uint32
}

// Statement keeps what the current statement sees. The caller closes it.
func (tx *Tx) Statement() *Statement {
	tx.view()
	tx.snap.refs.Add(1)
	return &Statement{tx.stmt, tx.snap, tx.cmd}
}

// Close lets the statement's view go. It may be called after the transaction.
func (s *Statement) Close() {
	if s.snap != nil {
		s.snap.release()
		s.snap = nil
	}
}

// Enter makes a kept statement the current one, until leave is called.
func (tx *Tx) Enter(s *Statement) (leave func()) {
	outer := Statement{tx.stmt, tx.snap, tx.cmd}
	s.snap.refs.Add(1)
	tx.stmt, tx.snap, tx.cmd = s.view, s.snap, s.cmd
	return func() {
		tx.snap.release()
		tx.stmt, tx.snap, tx.cmd = outer.view, outer.snap, outer.cmd
	}
}
