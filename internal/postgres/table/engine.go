package table

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/changefeed"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// Options of an engine. The zero value is what PostgreSQL does by default.
type Options struct {
	// HoldLocks keeps a transaction's locks until its batch is durable. Without
	// it they are released as soon as the batch is applied: the next owner of a
	// hot row shares the fsync instead of waiting for it (BenchmarkTPCB: 1.2 to 2
	// times as many transactions). See Commit for what either promises.
	HoldLocks bool
	// MaxTransactionBytes bounds what one transaction may write before it fails
	// with 53200; 0 is 1 GiB. Rows loaded into a table that the transaction itself
	// made or truncated do not count.
	MaxTransactionBytes int
	// InMemory tells whether the store keeps nothing on disk but what actors save
	// there; nil is never.
	InMemory func() bool
	// HasRows tells whether the store may have rows of a pinned table's storage id;
	// nil is always. Those that it has lost are not counted any more.
	HasRows func(storage uint64) bool
	// Superuser names the first role of a new store; "" is postgres.
	Superuser string
}

const (
	defaultMaxTransactionBytes = 1 << 30
	// defaultDeadlockTimeout is PostgreSQL's default of deadlock_timeout.
	defaultDeadlockTimeout = time.Second
)

// Engine is all databases of one store. Its methods are safe for concurrent use.
type Engine struct {
	store storage.Store
	o     Options

	counters counters
	locks    lockManager
	seqs     sequences
	stats    statistics
	garbage  collector
	serial   validator
	moves    moveLog
	rows     rowNumbers
	async    asyncWaits
	patience time.Duration // of DROP DATABASE
	failure  atomic.Pointer[error]
	changes  changefeed.Feed[TableScope]

	// catalogMu orders catalog commits: applying the batch and publishing the
	// state are one step for each other. States are copied under it too.
	catalogMu sync.Mutex
	published atomic.Pointer[catalog.State]
	// views keeps the published state's view of each database.
	views   map[types.OID]*catalog.View
	viewsMu sync.RWMutex
	// catalogVersion was given to the newest state, committed or not.
	catalogVersion atomic.Uint64

	// running counts the transactions in each database.
	running   map[types.OID]*runningTx
	runningMu sync.RWMutex

	closed     atomic.Bool
	stop       chan struct{}
	background sync.WaitGroup
}

// Isolation is a transaction's isolation level.
type Isolation uint8

// Isolation levels. READ UNCOMMITTED is ReadCommitted, as in PostgreSQL.
const (
	ReadCommitted Isolation = iota
	RepeatableRead
	Serializable
)

// TxOptions say what a transaction is to be.
type TxOptions struct {
	Database  types.OID
	Isolation Isolation
	ReadOnly  bool
	// Deferrable is taken note of; a read-only SERIALIZABLE transaction never
	// fails here and has nothing to wait for.
	Deferrable bool
	// Session is whose transaction it is. Nil makes one for this transaction.
	Session *Session
}

// Open loads the catalog from the store, or makes a new one in an empty store,
// and starts the background work. One store holds all databases.
func Open(store storage.Store, o Options) (*Engine, error) {
	if o.MaxTransactionBytes <= 0 {
		o.MaxTransactionBytes = defaultMaxTransactionBytes
	}
	e := &Engine{
		store: store, o: o, stop: make(chan struct{}), patience: dropPatience,
		views: make(map[types.OID]*catalog.View), running: make(map[types.OID]*runningTx),
	}
	e.locks.init()
	e.seqs.init()
	e.stats.init()
	e.garbage.init()
	if err := e.checkFormat(); err != nil {
		return nil, err
	}
	state, err := catalog.Load(store)
	if err != nil {
		return nil, err
	}
	if state == nil {
		if state, err = e.bootstrap(); err != nil {
			return nil, err
		}
	}
	e.published.Store(state)
	e.catalogVersion.Store(state.Version())
	if err := errors.Join(e.loadCounters(), e.loadStatistics()); err != nil {
		return nil, err
	}
	e.garbage.signal() // for what an earlier run left
	e.startAsync()
	if err := e.dropTemporary(); err != nil {
		e.stopAsync()
		return nil, err
	}
	e.background.Add(1)
	go e.work()
	return e, nil
}

// checkFormat refuses a store that a newer orbit wrote.
func (e *Engine) checkFormat() error {
	v, err := e.store.Get(metaKey(metaFormat))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return nil
	case err != nil:
		return err
	case len(v) != 1 || v[0] == 0:
		return fmt.Errorf("table: format version %x: %w", v, storage.ErrCorrupt)
	case v[0] > formatVersion:
		return fmt.Errorf("table: SQL data of format %d, this program knows %d: %w", v[0], formatVersion, storage.ErrNewerFormat)
	}
	return nil
}

// bootstrap writes the first catalog.
func (e *Engine) bootstrap() (*catalog.State, error) {
	state := catalog.Bootstrap()
	if e.o.Superuser != "" {
		state.PutRole(catalog.Superuser(e.o.Superuser))
	}
	b := e.store.NewBatch()
	if err := b.Set(metaKey(metaFormat), []byte{formatVersion}); err != nil {
		return nil, err
	}
	for _, c := range state.All() {
		if err := c.Write(b); err != nil {
			return nil, err
		}
	}
	return state, e.applySync(b)
}

// Close ends the background work and saves what is saved lazily. It does not
// close the store. Transactions must have ended.
func (e *Engine) Close() error {
	if e.closed.Swap(true) {
		return nil
	}
	close(e.stop)
	e.background.Wait()
	err := errors.Join(e.saveSequences(), e.saveStatistics())
	e.stopAsync()
	return errors.Join(err, e.failed())
}

// work is the background work: removing keys that nobody names any more, saving
// row counts.
func (e *Engine) work() {
	defer e.background.Done()
	save := time.NewTicker(statisticsInterval)
	defer save.Stop()
	for {
		var err error
		select {
		case <-e.stop:
			return
		case <-e.garbage.wake:
			err = e.collect()
		case <-save.C:
			err = e.saveStatistics()
		}
		if err != nil {
			e.fail(err)
		}
	}
}

// Catalog is the newest committed catalog as a database sees it.
func (e *Engine) Catalog(database types.OID) *catalog.View {
	state := e.published.Load()
	e.viewsMu.RLock()
	view := e.views[database]
	e.viewsMu.RUnlock()
	if view != nil && view.State() == state {
		return view
	}
	view = state.View(database)
	e.viewsMu.Lock()
	e.views[database] = view
	e.viewsMu.Unlock()
	return view
}

// NewSession makes a session. pid is the process id that lock details name.
func (e *Engine) NewSession(pid int32) *Session {
	return &Session{e: e, owner: &owner{pid: pid}}
}

// Begin starts a transaction.
func (e *Engine) Begin(o TxOptions) (*Tx, error) {
	if e.closed.Load() {
		return nil, pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command")
	}
	running := e.runningIn(o.Database)
	running.n.Add(1)
	if running.dropping.Load() || e.Catalog(o.Database).DatabaseByOID(o.Database) == nil {
		running.n.Add(-1)
		return nil, pgerr.New(pgerr.InvalidCatalogName, "database with OID %d does not exist", o.Database)
	}
	s := o.Session
	if s == nil {
		s = e.NewSession(0)
	}
	tx := &Tx{e: e, session: s, db: o.Database, isolation: o.Isolation, readOnly: o.ReadOnly, running: running}
	tx.own.SetBase(e.store)
	return tx, nil
}

// InMemory tells whether tables that say nothing lie in memory.
func (e *Engine) InMemory() bool { return e.o.InMemory != nil && e.o.InMemory() }

func (e *Engine) runningIn(db types.OID) *runningTx {
	e.runningMu.RLock()
	n := e.running[db]
	e.runningMu.RUnlock()
	if n != nil {
		return n
	}
	e.runningMu.Lock()
	defer e.runningMu.Unlock()
	if n = e.running[db]; n == nil {
		n = new(runningTx)
		e.running[db] = n
	}
	return n
}
