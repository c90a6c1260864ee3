package table

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// LockInfo is a row of pg_locks.
type LockInfo struct {
	Type     string // relation, tuple, advisory, object
	Database types.OID
	Relation types.OID
	// Advisory is given for type advisory.
	Advisory AdvisoryKey
	PID      int32
	XID      uint64
	Mode     string
	Granted  bool
}

// Locks lists all locks held and waited for. Shards are read one after the other,
// so locks that change meanwhile may be missed.
func (e *Engine) Locks() []LockInfo {
	var out []LockInfo
	for i := range e.locks.shards {
		s := &e.locks.shards[i]
		s.mu.Lock()
		for _, l := range s.locks {
			for k := range l.holders {
				h := &l.holders[k]
				for mode := range uint8(9) {
					if (h.tx|h.session)&(1<<mode) != 0 {
						out = append(out, l.info(h.owner, mode, true))
					}
				}
			}
			for _, r := range l.queue {
				out = append(out, l.info(r.owner, r.mode, false))
			}
		}
		s.mu.Unlock()
	}
	return out
}

func (l *lock) info(o *owner, mode uint8, granted bool) LockInfo {
	i := LockInfo{PID: o.pid, XID: o.xid.Load(), Mode: modeNames[l.tag.class][mode], Granted: granted}
	switch l.tag.class {
	case classRow:
		i.Type = "tuple"
	case classRelation:
		db, oid := relationOfTag(l.tag)
		i.Type, i.Database, i.Relation = "relation", types.OID(db), types.OID(oid)
	case classAdvisory:
		i.Type, i.Advisory = "advisory", advisoryOfTag(l.tag)
		i.Database = i.Advisory.Database
	default:
		i.Type = "object"
	}
	return i
}

// Blockers lists the sessions that a session waits for: those that hold what it wants
// and those that asked for it before, each once.
func (e *Engine) Blockers(pid int32) []int32 {
	var out []int32
	for i := range e.locks.shards {
		s := &e.locks.shards[i]
		s.mu.Lock()
		for _, l := range s.locks {
			for _, r := range l.queue {
				if r.owner.pid != pid {
					continue
				}
				for _, o := range r.blockers() {
					if !slices.Contains(out, o.pid) {
						out = append(out, o.pid)
					}
				}
			}
		}
		s.mu.Unlock()
	}
	return out
}
