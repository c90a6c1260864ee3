package script

import (
	"context"
	"errors"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of Kill, as redis-server words them.
var (
	ErrNotBusy    = errors.New("NOTBUSY No scripts in execution right now.")
	ErrUnkillable = errors.New("UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.")
	ErrBusyScript = errors.New("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
	ErrBusyCall   = errors.New("BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.")
)

// Running is a script or function under way.
type Running struct {
	Name     string
	Function bool
	Command  [][]byte

	started time.Time
	wrote   atomic.Bool
	aborted atomic.Bool
	cancel  context.CancelFunc

	mu  sync.Mutex
	why string // why it was stopped
}

// Wrote notes that the run called a command that writes: it cannot be killed.
func (r *Running) Wrote() { r.wrote.Store(true) }

// For is how long it has been running.
func (r *Running) For() time.Duration { return time.Since(r.started) }

// Busy is the reply to other clients' commands.
func (r *Running) Busy() error {
	if r.Function {
		return ErrBusyCall
	}
	return ErrBusyScript
}

func (r *Running) stop(why string) {
	r.mu.Lock()
	if r.why == "" {
		r.why = why
	}
	r.mu.Unlock()
	r.cancel()
}

func (r *Running) reason() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why
}

// Current is what runs now, nil if nothing does.
func (e *Engine) Current() *Running { return e.current.Load() }

// Kill stops what runs, if it is a function or not as asked, and wrote nothing.
func (e *Engine) Kill(function bool) error {
	r := e.current.Load()
	switch {
	case r == nil:
		return ErrNotBusy
	case r.wrote.Load():
		return ErrUnkillable
	case r.Function != function:
		return r.Busy()
	}
	r.stop("ERR Error running script: Script killed by user with SCRIPT KILL...")
	return nil
}

// Abort stops what runs, whatever it did, with an error reply.
func (e *Engine) Abort(reply string) {
	if r := e.current.Load(); r != nil {
		r.aborted.Store(true)
		r.stop(reply)
	}
}

// guardEvery is how often the heap is looked at while a script runs.
const guardEvery = 5 * time.Millisecond

// guardHeap stops a run that makes the heap grow by more than limit bytes. What
// one instruction can add is bounded elsewhere.
func guardHeap(limit uint64, r *Running) (stop func()) {
	var base uint64
	var timer *time.Timer
	var mu sync.Mutex
	done := false
	check := func() {
		mu.Lock()
		defer mu.Unlock()
		if done {
			return
		}
		now := heapBytes()
		if base == 0 {
			base = now
		}
		if now > base+limit {
			runtime.GC()
			if heapBytes() > base+limit {
				r.stop("ERR Error running script: it takes more memory than is allowed")
				return
			}
		}
		timer.Reset(guardEvery)
	}
	mu.Lock()
	timer = time.AfterFunc(guardEvery, check)
	mu.Unlock()
	return func() {
		timer.Stop()
		mu.Lock()
		done = true
		mu.Unlock()
	}
}

// heapBytes is what live objects, and dead ones not yet collected, take.
func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
