package table

import (
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/storage"
)

// A statement sees the committed state of its snapshot and what its transaction
// had written before it began, but none of its own writes: an UPDATE or an
// INSERT … SELECT never meets the rows it makes. So the first write of a statement
// marks the overlay, and scans read that mark, however late they are opened.

// statementView is what the statement reads.
type statementView struct {
	// marked says that the marks were made: before the first write, or for the
	// first read. Until then the overlays are as they were at the beginning.
	marked bool
	own    *storage.Mark // nil: there were no writes
	bulk   *storage.Mark
	reader storage.Reader
	// indexes are views with the entries of an index that the snapshot lacks.
	indexes map[uint64]storage.Reader
}

// snapshot is a store's snapshot with those who use it: the transaction, and
// scans that outlive its statement.
type snapshot struct {
	storage.Snapshot
	refs atomic.Int32
	e    *Engine
	// state is the catalog that was published when it was taken.
	state *catalog.State
	// In the list of open snapshots, oldest first; see moves.go.
	seq        uint64
	prev, next *snapshot
}

func (s *snapshot) release() {
	if s.refs.Add(-1) > 0 {
		return
	}
	s.e.moves.forget(s)
	if err := s.Close(); err != nil {
		s.e.fail(err)
	}
}

// StartStatement begins a statement: what the transaction wrote so far becomes
// visible to it, and under READ COMMITTED what others committed. It must be
// called before the statement's first read, after its relations are locked. The
// snapshot itself is taken at the first read that needs one.
func (tx *Tx) StartStatement() error {
	if tx.ended {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
	}
	tx.started = true
	tx.cmd++
	tx.dropView()
	if tx.isolation == ReadCommitted {
		tx.releaseSnapshot()
		return nil
	}
	tx.snapshot()
	return nil
}

func (tx *Tx) dropView() { tx.stmt = statementView{} }

func (tx *Tx) releaseSnapshot() {
	if tx.snap != nil {
		tx.snap.release()
		tx.snap = nil
	}
}

// snapshot is the transaction's snapshot, taken if there is none.
func (tx *Tx) snapshot() *snapshot {
	if tx.snap != nil {
		return tx.snap
	}
	s := &snapshot{e: tx.e}
	s.refs.Store(1)
	if tx.isolation == Serializable && !tx.readOnly {
		tx.e.serial.begin(tx, s)
	} else {
		tx.e.moves.open(s)
	}
	tx.snap = s
	return s
}

// view is what the statement reads.
func (tx *Tx) view() storage.Reader {
	if tx.stmt.reader != nil {
		return tx.stmt.reader
	}
	s := tx.snapshot()
	tx.markStatement()
	var r storage.Reader = s
	for _, m := range []*storage.Mark{tx.stmt.bulk, tx.stmt.own} {
		if m != nil {
			v := storage.NewOverlay(r)
			v.Rollback(*m)
			r = v
		}
	}
	tx.stmt.reader = r
	return r
}

// markStatement fixes what the statement sees of the transaction's own writes.
func (tx *Tx) markStatement() {
	if tx.stmt.marked {
		return
	}
	tx.stmt.marked = true
	tx.stmt.own = markOf(&tx.own)
	if tx.bulk.overlay != nil {
		tx.stmt.bulk = markOf(tx.bulk.overlay)
	}
}

func markOf(o *storage.Overlay) *storage.Mark {
	if o.Len() == 0 {
		return nil
	}
	m := o.Mark()
	return &m
}

// beforeWrite comes before every write of rows.
func (tx *Tx) beforeWrite() error {
	if tx.readOnly {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot change rows in a read-only transaction")
	}
	if tx.ended {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
	}
	if tx.own.Size() > tx.e.o.MaxTransactionBytes {
		return pgerr.New(pgerr.OutOfMemory, "out of memory").
			WithDetail("The transaction has written more than %d bytes.", tx.e.o.MaxTransactionBytes).
			WithHint("Commit in smaller pieces.")
	}
	if tx.xid == 0 {
		if _, err := tx.ID(); err != nil {
			return err
		}
	}
	tx.markStatement()
	return nil
}

// newest reads the newest committed state under all of the transaction's own
// writes.
func (tx *Tx) newest(key []byte) ([]byte, error) {
	return tx.own.Get(key)
}

// newestReader is newest for iterators.
func (tx *Tx) newestReader() storage.Reader { return &tx.own }
