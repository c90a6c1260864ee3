package table

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// edge is one wait of a cycle: waiter's request is held up by blocker.
type edge struct {
	request *request
	blocker *owner
}

// deadlock looks for a cycle of waits through r. If there is one, r is taken back
// and the error tells the cycle. All shards are locked meanwhile, so that what is
// seen is true; it happens only after a wait of deadlock_timeout.
func (m *lockManager) deadlock(r *request) error {
	for i := range m.shards {
		m.shards[i].mu.Lock()
	}
	defer func() {
		for i := range m.shards {
			m.shards[i].mu.Unlock()
		}
	}()
	if r.owner.waiting != r {
		return nil
	}
	path := cycle(r, r.owner, nil, map[*owner]bool{})
	if path == nil {
		return nil
	}
	lines := make([]string, len(path))
	for i, e := range path {
		lines[i] = fmt.Sprintf("Process %d waits for %s; blocked by process %d.",
			e.request.owner.pid, e.request.describe(e.blocker), e.blocker.pid)
	}
	r.withdraw()
	return pgerr.New(pgerr.DeadlockDetected, "deadlock detected").
		WithDetail("%s", strings.Join(lines, "\n")).
		WithHint("See server log for query details.")
}

// cycle walks from r along those that hold it up, and gives the path that comes
// back to start.
func cycle(r *request, start *owner, path []edge, seen map[*owner]bool) []edge {
	for _, o := range r.blockers() {
		step := append(path, edge{r, o})
		if o == start {
			return step
		}
		if seen[o] || o.waiting == nil {
			continue
		}
		seen[o] = true
		if found := cycle(o.waiting, start, step, seen); found != nil {
			return found
		}
	}
	return nil
}

// blockers are the owners that r waits for: who holds the lock in a mode that
// conflicts, and who asked for such a mode before.
func (r *request) blockers() []*owner {
	var out []*owner
	l := r.lock
	against := conflicts[l.tag.class][r.mode]
	for i := range l.holders {
		if h := &l.holders[i]; h.owner != r.owner && (h.tx|h.session)&against != 0 {
			out = append(out, h.owner)
		}
	}
	if l.holder(r.owner) != nil {
		return out
	}
	for _, q := range l.queue {
		if q == r {
			break
		}
		if q.owner != r.owner && against&(1<<q.mode) != 0 {
			out = append(out, q.owner)
		}
	}
	return out
}

// describe names what the request waits for, as PostgreSQL's DescribeLockTag.
func (r *request) describe(blocker *owner) string {
	tag := r.lock.tag
	mode := modeNames[tag.class][r.mode]
	switch tag.class {
	case classRow:
		return fmt.Sprintf("ShareLock on transaction %d", blocker.xid.Load())
	case classRelation:
		db, oid := relationOfTag(tag)
		return fmt.Sprintf("%s on relation %d of database %d", mode, oid, db)
	case classAdvisory:
		k := advisoryOfTag(tag)
		return fmt.Sprintf("%s on advisory lock [%d,%d,%d,%d]", mode, k.Database, k.High, k.Low, k.space())
	default:
		return mode + " on a catalog name"
	}
}

// relationTag names a relation's lock.
func relationTag(buf []byte, db, oid uint32) []byte {
	buf = binary.BigEndian.AppendUint32(buf, db)
	return binary.BigEndian.AppendUint32(buf, oid)
}

func relationOfTag(t lockTag) (db, oid uint32) {
	b := []byte(t.key)
	return binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
}
