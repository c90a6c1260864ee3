package pebblestore

import (
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// compactions decides when Pebble compacts: as much at a time as Pebble allows, but not
// before the store is open and not once it closes. Pebble's own scheduler lets what
// opening flushes begin a compaction, and opening waits for it, as closing would for one
// that its own flush began.
//
// Its lock comes after Pebble's, which are held in the calls but for Unregister and Done.
type compactions struct {
	db   pebble.DBForCompaction
	poke chan struct{}
	stop chan struct{} // nil until begin
	done chan struct{}

	mu      sync.Mutex
	allowed bool
	ended   bool
	running int
}

// lookAgain is how often it is asked whether more may run at a time: Pebble does not tell.
const lookAgain = 100 * time.Millisecond

var (
	_ pebble.CompactionScheduler   = (*compactions)(nil)
	_ pebble.CompactionGrantHandle = (*compactions)(nil)
)

func newCompactions() *compactions { return &compactions{poke: make(chan struct{}, 1)} }

// begin has compactions run from then on, or as soon as there is pressing work. The store
// is open.
func (c *compactions) begin(after time.Duration, pressing func() bool) {
	c.stop, c.done = make(chan struct{}), make(chan struct{})
	go c.run(after, pressing)
}

// run grants what waits, until Unregister.
func (c *compactions) run(after time.Duration, pressing func() bool) {
	defer close(c.done)
	first := time.AfterFunc(after, c.allow)
	defer first.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		select {
		case <-again.C:
		case <-c.poke:
		case <-c.stop:
			return
		}
		if !c.mayRun() && pressing() {
			c.allow()
		}
		for c.grant() {
		}
	}
}

// allow begins at once, if begin would later.
func (c *compactions) allow() {
	c.mu.Lock()
	c.allowed = true
	c.mu.Unlock()
	c.wake()
}

func (c *compactions) mayRun() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.allowed
}

// end lets none begin any more.
func (c *compactions) end() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
}

func (c *compactions) wake() {
	select {
	case c.poke <- struct{}{}:
	default:
	}
}

// take takes the place of one more.
func (c *compactions) take() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.allowed || c.ended || c.running >= c.db.GetAllowedWithoutPermission() {
		return false
	}
	c.running++
	return true
}

func (c *compactions) giveBack() {
	c.mu.Lock()
	c.running--
	c.mu.Unlock()
}

// grant begins one that waits, if there is one and it may run.
func (c *compactions) grant() bool {
	if !c.take() {
		return false
	}
	if waits, _ := c.db.GetWaitingCompaction(); waits && c.db.Schedule(c) {
		return true
	}
	c.giveBack()
	return false
}

// Register is pebble.CompactionScheduler's.
func (c *compactions) Register(_ int, db pebble.DBForCompaction) { c.db = db }

// Unregister is pebble.CompactionScheduler's.
func (c *compactions) Unregister() {
	c.end()
	if c.stop != nil {
		close(c.stop)
		<-c.done
	}
}

// TrySchedule is pebble.CompactionScheduler's.
func (c *compactions) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if !c.take() {
		return false, nil
	}
	return true, c
}

// UpdateGetAllowedWithoutPermission is pebble.CompactionScheduler's.
func (c *compactions) UpdateGetAllowedWithoutPermission() { c.wake() }

// Started is pebble.CompactionGrantHandle's.
func (c *compactions) Started() {}

// MeasureCPU is pebble.CompactionGrantHandle's.
func (c *compactions) MeasureCPU(pebble.CompactionGoroutineKind) {}

// CumulativeStats is pebble.CompactionGrantHandle's.
func (c *compactions) CumulativeStats(pebble.CompactionGrantHandleStats) {}

// Done is pebble.CompactionGrantHandle's.
func (c *compactions) Done() {
	c.giveBack()
	c.wake()
}
