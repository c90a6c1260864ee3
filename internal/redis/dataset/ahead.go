package dataset

import (
	"slices"

	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// ahead reads a file in a goroutine of its own, some strings ahead of who stores them.
// The value of a collection is read by who stores it, while the goroutine waits.
type ahead struct {
	in     *rdb.Reader
	parts  chan *part    // that were read
	free   chan *part    // to be filled
	resume chan struct{} // a value that was pending is read
	taken  stringValue
}

// part are entries that follow one another in a file.
type part struct {
	entries []entry
	pending bool  // the value of the last one is not read yet
	err     error // behind the entries; io.EOF at the end of the file
	// memory is what has nothing in it but strings of this part, or of parts before.
	memory [][]byte
}

// entry is one of the file's, with its value if that is a string.
type entry struct {
	rdb.Entry
	kind   rdb.Kind
	known  bool // there is a kind, and it is known
	value  []byte
	failed error // of reading the value
}

const (
	// partEntries and partBytes bound a part: with its last entry it goes beyond.
	partEntries = 256
	partBytes   = 256 << 10
	// partsAhead is how many parts there are: one is stored while one is read.
	partsAhead = 2
)

// readAhead begins; the reader is not to be used but for values that are pending, until
// stop.
func readAhead(in *rdb.Reader) *ahead {
	a := &ahead{in: in, parts: make(chan *part, partsAhead), free: make(chan *part, partsAhead), resume: make(chan struct{})}
	for range partsAhead {
		a.free <- new(part)
	}
	go a.run()
	return a
}

func (a *ahead) run() {
	defer close(a.parts)
	for p := range a.free {
		a.fill(p)
		pending, ended := p.pending, p.err != nil
		a.parts <- p
		if ended {
			return
		}
		if pending {
			if _, more := <-a.resume; !more {
				return
			}
		}
	}
}

func (a *ahead) fill(p *part) {
	defer func() { p.memory = a.in.Retired(p.memory) }()
	a.in.Recycle(p.memory)
	p.memory = p.memory[:0]
	clear(p.entries)
	p.entries, p.pending = p.entries[:0], false
	for size := 0; len(p.entries) < partEntries && size < partBytes && !p.pending && p.err == nil; {
		var e entry
		if e.Entry, p.err = a.in.Next(); p.err != nil {
			return
		}
		e.Function = slices.Clone(e.Function) // kept beyond the part
		if e.Key != nil {
			e.kind, e.known = a.in.Kind()
			if p.pending = !e.isString(); !p.pending {
				e.failed = a.in.Value(&a.taken)
				e.value, p.err = a.taken.value, e.failed
			}
		}
		size += len(e.Key) + len(e.value) + len(e.Function)
		p.entries = append(p.entries, e)
	}
}

// keys are those of the part with their databases.
func (p *part) keys(yield func(db int, key []byte) bool) {
	for i := range p.entries {
		if e := &p.entries[i]; e.Key != nil && !yield(e.DB, e.Key) {
			return
		}
	}
}

// done gives a part back that was stored: nothing of its strings is in use any more.
func (a *ahead) done(p *part) {
	pending := p.pending
	a.free <- p
	if pending {
		a.resume <- struct{}{}
	}
}

// stop returns once nothing is read any more.
func (a *ahead) stop() {
	for len(a.free) > 0 {
		select {
		case <-a.free:
		default:
		}
	}
	close(a.free)
	close(a.resume)
	for range a.parts { // what comes is of no use
	}
}

func (e *entry) isString() bool { return e.known && e.kind == rdb.String }

// stringValue takes a string.
type stringValue struct {
	rdb.Skip
	value []byte
}

// String is rdb.Receiver's.
func (s *stringValue) String(value []byte) error {
	s.value = value
	return nil
}
