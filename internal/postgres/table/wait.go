package table

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/storage"
)

// apply hands a transaction's writes to the store. One in memory may have no room
// for them.
func (e *Engine) apply(b storage.Batch) (storage.Pending, error) {
	p, err := e.store.Apply(b)
	if errors.Is(err, storage.ErrFull) {
		err = pgerr.New(pgerr.OutOfMemory, "out of memory").WithDetail("%v.", err).
			WithHint("Delete rows or drop tables, or raise the server's actor-table-memory.")
	}
	return p, err
}

// asyncWaits waits for batches whose durability nobody waits for: reservations
// of numbers, commits with synchronous_commit off, housekeeping.
type asyncWaits struct {
	queue chan asyncWait
	done  sync.WaitGroup
	// sending guards the queue against a send after Close.
	sending sync.RWMutex
	closed  bool
}

type asyncWait struct {
	pending storage.Pending
	batch   storage.Batch
	durable *atomic.Bool // set afterwards, if not nil
}

// asyncQueue is how many such batches may be on their way to the disk.
const asyncQueue = 1024

func (e *Engine) startAsync() {
	e.async.queue = make(chan asyncWait, asyncQueue)
	e.async.done.Add(1)
	go func() {
		defer e.async.done.Done()
		for w := range e.async.queue {
			if err := w.finish(); err != nil {
				e.fail(err)
			}
		}
	}()
}

func (e *Engine) stopAsync() {
	e.async.sending.Lock()
	e.async.closed = true
	close(e.async.queue)
	e.async.sending.Unlock()
	e.async.done.Wait()
}

// waitAsync lets another wait for a batch, and close it.
func (e *Engine) waitAsync(w asyncWait) error {
	e.async.sending.RLock()
	defer e.async.sending.RUnlock()
	if e.async.closed {
		return w.finish()
	}
	e.async.queue <- w
	return nil
}

func (w asyncWait) finish() error {
	err := finish(w.pending, w.batch)
	if err == nil && w.durable != nil {
		w.durable.Store(true)
	}
	return err
}

// applyAsync applies a batch without waiting for it.
func (e *Engine) applyAsync(b storage.Batch) error {
	p, err := e.store.Apply(b)
	if err != nil {
		return err
	}
	return e.waitAsync(asyncWait{pending: p, batch: b})
}

// applySync applies a batch and waits for it.
func (e *Engine) applySync(b storage.Batch) error {
	p, err := e.store.Apply(b)
	if err != nil {
		return err
	}
	return finish(p, b)
}

// finish waits for a batch and closes it.
func finish(p storage.Pending, b storage.Batch) error {
	if err := p.Wait(); err != nil {
		return err
	}
	return b.Close()
}

// fail notes that the store could not make a batch durable. Whatever comes after
// it could be lost as well, so commits are refused from then on.
func (e *Engine) fail(err error) { e.failure.CompareAndSwap(nil, &err) }

// failed is the error that fail noted.
func (e *Engine) failed() error {
	if p := e.failure.Load(); p != nil {
		return *p
	}
	return nil
}
