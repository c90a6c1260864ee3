package table

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// sequences holds the state of the sequences in use. Values are given from memory
// and reserved in the store in blocks, ahead of use: a crash skips what is left of
// a block, and never gives a value twice.
type sequences struct {
	mu      sync.Mutex
	running map[uint64]*sequence // by storage id
}

// sequence is one sequence's state. last and called are as pg_sequence shows.
type sequence struct {
	mu     sync.Mutex
	loaded bool
	last   int64
	called bool
	// ahead is how many more values the store already holds as given.
	ahead int
	// step is the increment that ahead was reckoned with.
	step  int64
	dirty bool // the store holds a later value than last
	// durable says that the reservation has reached the disk.
	durable *atomic.Bool
}

// logValues is how many values are reserved at once: PostgreSQL's SEQ_LOG_VALS.
const logValues = 32

func (s *sequences) init() { s.running = make(map[uint64]*sequence) }

func (s *sequences) get(id uint64) *sequence {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.running[id]
	if q == nil {
		q = new(sequence)
		s.running[id] = q
	}
	return q
}

func (s *sequences) forget(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
}

func encodeSequence(last int64, called bool) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(last))
	if called {
		return append(b, 1)
	}
	return append(b, 0)
}

func decodeSequence(v []byte) (last int64, called bool, err error) {
	if len(v) != 9 {
		return 0, false, fmt.Errorf("table: sequence state %x: %w", v, storage.ErrCorrupt)
	}
	return int64(binary.BigEndian.Uint64(v)), v[8] != 0, nil
}

// load reads the state; one that was never used stands before its start.
func (q *sequence) load(r storage.Reader, rel *catalog.Relation) error {
	if q.loaded {
		return nil
	}
	v, err := r.Get(idKey(prefixSequence, rel.Storage))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		q.last, q.called = rel.Sequence.Start, false
	case err != nil:
		return err
	default:
		if q.last, q.called, err = decodeSequence(v); err != nil {
			return err
		}
	}
	q.loaded, q.ahead = true, 0
	return nil
}

// advance gives the next value; of a sequence that ends, an error.
func (q *sequence) advance(rel *catalog.Relation) (int64, error) {
	if !q.called {
		return q.last, nil
	}
	return following(q.last, rel)
}

func following(v int64, rel *catalog.Relation) (int64, error) {
	s := rel.Sequence
	if s.Increment > 0 {
		if v > s.Max-s.Increment || s.Max < math.MinInt64+s.Increment {
			if s.Cycle {
				return s.Min, nil
			}
			return 0, pgerr.New(pgerr.SequenceGeneratorLimitExceeded,
				"nextval: reached maximum value of sequence \"%s\" (%d)", rel.Name, s.Max)
		}
	} else if v < s.Min-s.Increment || s.Min > math.MaxInt64+s.Increment {
		if s.Cycle {
			return s.Max, nil
		}
		return 0, pgerr.New(pgerr.SequenceGeneratorLimitExceeded,
			"nextval: reached minimum value of sequence \"%s\" (%d)", rel.Name, s.Min)
	}
	return v + s.Increment, nil
}

// reserve writes to the store that v and some values after it are given.
func (q *sequence) reserve(e *Engine, rel *catalog.Relation, v int64) error {
	ahead, end := 0, v
	for ; ahead < logValues; ahead++ {
		next, err := following(end, rel)
		if err != nil || (next > end) != (rel.Sequence.Increment > 0) {
			break // the end, or the turn of a cycle
		}
		end = next
	}
	b := e.store.NewBatch()
	if err := b.Set(idKey(prefixSequence, rel.Storage), encodeSequence(end, true)); err != nil {
		return err
	}
	if err := q.apply(e, b); err != nil {
		return err
	}
	q.ahead, q.step = ahead, rel.Sequence.Increment
	return nil
}

// apply writes the state and notes when it is durable.
func (q *sequence) apply(e *Engine, b storage.Batch) error {
	q.durable = new(atomic.Bool)
	p, err := e.store.Apply(b)
	if err != nil {
		return err
	}
	return e.waitAsync(asyncWait{p, b, q.durable})
}

// sequenceFor finds a sequence and keeps it from being dropped.
func (tx *Tx) sequenceFor(ctx context.Context, oid types.OID) (*catalog.Relation, error) {
	if err := tx.LockRelation(ctx, oid, RowExclusive, false); err != nil {
		return nil, err
	}
	rel := tx.Catalog().Relation(oid)
	if rel == nil {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	if rel.Sequence == nil {
		return nil, pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a sequence", rel.Name)
	}
	return rel, nil
}

// NextVal advances a sequence. It is not undone by a rollback, and a value given
// out is never given again, even after a crash: the commit waits until the
// reservation is durable.
func (tx *Tx) NextVal(ctx context.Context, seq types.OID) (int64, error) {
	if tx.readOnly {
		return 0, pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute nextval() in a read-only transaction")
	}
	rel, err := tx.sequenceFor(ctx, seq)
	if err != nil {
		return 0, err
	}
	v, own, err := tx.restarted(rel)
	if err != nil {
		return 0, err
	}
	if !own {
		v, err = tx.nextShared(rel)
	}
	if err != nil {
		return 0, err
	}
	tx.session.noteValue(seq, v)
	return v, nil
}

// restarted gives the next value of a sequence that this transaction restarted;
// its state is among the transaction's writes, where nobody else sees it.
func (tx *Tx) restarted(rel *catalog.Relation) (v int64, own bool, err error) {
	key := idKey(prefixSequence, rel.Storage)
	value, _, ok := tx.own.Pending(key)
	if !ok {
		return 0, false, nil
	}
	var q sequence
	if q.last, q.called, err = decodeSequence(value); err != nil {
		return 0, true, err
	}
	if v, err = q.advance(rel); err != nil {
		return 0, true, err
	}
	return v, true, tx.own.Set(key, encodeSequence(v, true))
}

func (tx *Tx) nextShared(rel *catalog.Relation) (int64, error) {
	q := tx.e.seqs.get(rel.Storage)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.load(tx.e.store, rel); err != nil {
		return 0, err
	}
	v, err := q.advance(rel)
	if err != nil {
		return 0, err
	}
	// The turn of a cycle goes against the order in which values are reserved.
	turned := q.called && (v > q.last) != (rel.Sequence.Increment > 0)
	if q.ahead == 0 || q.step != rel.Sequence.Increment || turned {
		if err := q.reserve(tx.e, rel, v); err != nil {
			return 0, err
		}
	} else {
		q.ahead--
	}
	q.last, q.called, q.dirty = v, true, true
	tx.barrier = tx.barrier || !q.durable.Load()
	return v, nil
}

// SetVal sets a sequence's value at once, whatever becomes of the transaction;
// called tells whether the next value follows v or is v.
func (tx *Tx) SetVal(ctx context.Context, seq types.OID, v int64, called bool) error {
	if tx.readOnly {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute setval() in a read-only transaction")
	}
	rel, err := tx.sequenceFor(ctx, seq)
	if err != nil {
		return err
	}
	if s := rel.Sequence; v < s.Min || v > s.Max {
		return pgerr.New(pgerr.NumericValueOutOfRange, "setval: value %d is out of bounds for sequence \"%s\" (%d..%d)", v, rel.Name, s.Min, s.Max)
	}
	key := idKey(prefixSequence, rel.Storage)
	if _, _, ok := tx.own.Pending(key); ok {
		err = tx.own.Set(key, encodeSequence(v, called))
	} else {
		err = tx.setShared(key, rel, v, called)
	}
	if err == nil && called {
		tx.session.noteValue(seq, v)
	}
	return err
}

func (tx *Tx) setShared(key []byte, rel *catalog.Relation, v int64, called bool) error {
	q := tx.e.seqs.get(rel.Storage)
	q.mu.Lock()
	defer q.mu.Unlock()
	b := tx.e.store.NewBatch()
	if err := b.Set(key, encodeSequence(v, called)); err != nil {
		return err
	}
	if err := q.apply(tx.e, b); err != nil {
		return err
	}
	q.loaded, q.last, q.called, q.ahead, q.dirty = true, v, called, 0, false
	tx.barrier = true
	return nil
}

// RestartSequence sets the next value as part of the transaction (ALTER SEQUENCE
// RESTART, TRUNCATE RESTART IDENTITY).
func (tx *Tx) RestartSequence(ctx context.Context, seq types.OID, v int64) error {
	// As in PostgreSQL, others that want a value wait for the outcome.
	if err := tx.LockRelation(ctx, seq, ShareRowExclusive, false); err != nil {
		return err
	}
	rel, err := tx.sequenceFor(ctx, seq)
	if err != nil {
		return err
	}
	if s := rel.Sequence; v < s.Min {
		return pgerr.New(pgerr.InvalidParameterValue, "RESTART value (%d) cannot be less than MINVALUE (%d)", v, s.Min)
	} else if v > s.Max {
		return pgerr.New(pgerr.InvalidParameterValue, "RESTART value (%d) cannot be greater than MAXVALUE (%d)", v, s.Max)
	}
	next := *rel
	if next.Storage, err = tx.NewStorageID(false); err != nil {
		return err
	}
	if err := tx.ReplaceRelation(ctx, &next); err != nil {
		return err
	}
	return tx.own.Set(idKey(prefixSequence, next.Storage), encodeSequence(v, false))
}

// SequenceState is a sequence's last value and whether it was given out.
func (tx *Tx) SequenceState(rel *catalog.Relation) (last int64, called bool, err error) {
	if rel.Sequence == nil {
		return 0, false, pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a sequence", rel.Name)
	}
	if value, _, ok := tx.own.Pending(idKey(prefixSequence, rel.Storage)); ok {
		return decodeSequence(value)
	}
	q := tx.e.seqs.get(rel.Storage)
	q.mu.Lock()
	defer q.mu.Unlock()
	err = q.load(tx.e.store, rel)
	return q.last, q.called, err
}

// saveSequences writes the exact values at a clean end, so that nothing is skipped.
func (e *Engine) saveSequences() error {
	e.seqs.mu.Lock()
	defer e.seqs.mu.Unlock()
	b := e.store.NewBatch()
	for id, q := range e.seqs.running {
		q.mu.Lock()
		if q.dirty {
			if err := b.Set(idKey(prefixSequence, id), encodeSequence(q.last, q.called)); err != nil {
				q.mu.Unlock()
				return err
			}
			q.dirty, q.ahead = false, 0
		}
		q.mu.Unlock()
	}
	if b.Len() == 0 {
		return b.Close()
	}
	return e.applySync(b)
}
