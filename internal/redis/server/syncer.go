package server

import (
	"context"
	"sync"
)

// A syncer waits for fsyncs so that an event loop need not: it takes the loop's
// unsettled replies in order, waits, and hands them back.
type syncer struct {
	worker *worker
	wake   chan struct{}

	mu    sync.Mutex
	queue []batch
}

// syncers are the waiting goroutines of a server.
type syncers struct {
	stop    chan struct{}
	running sync.WaitGroup
}

func (all *syncers) start(w *worker) *syncer {
	y := &syncer{worker: w, wake: make(chan struct{}, 1)}
	all.running.Add(1)
	go func() {
		defer all.running.Done()
		y.run(all.stop)
	}()
	return y
}

// await waits until the goroutines have ended; a store that never answers keeps
// them, and ctx ends the waiting.
func (all *syncers) await(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		all.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (y *syncer) add(list []batch) {
	y.mu.Lock()
	y.queue = append(y.queue, list...)
	y.mu.Unlock()
	select {
	case y.wake <- struct{}{}:
	default:
	}
}

func (y *syncer) run(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-y.wake:
		}
		y.mu.Lock()
		list := y.queue
		y.queue = nil
		y.mu.Unlock()
		if len(list) == 0 {
			continue
		}
		wait(list)
		y.worker.post(func() {
			y.worker.syncing -= len(list)
			y.worker.release(list)
		})
	}
}
