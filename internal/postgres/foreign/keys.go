package foreign

import (
	"context"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Session is what foreign keys need of the session whose transaction they watch.
type Session interface {
	Tx() *table.Tx
	Context() context.Context
	// TableHandle gives the handle of a relation with the evaluator of its indexes.
	TableHandle(rel *catalog.Relation) (*table.Handle, error)
	// RunAsOfNow runs a query that sees the newest rows, with parameters of the given
	// types, and tells how many rows it gave or changed.
	RunAsOfNow(sql string, params []types.OID, values []types.Datum) (rows int64, err error)
	// Format says how messages write values.
	Format() *types.Format
}

// maxPending bounds what a transaction may have waiting, bytes.
const maxPending = 1 << 30

// Keys are the foreign keys at work in one session. They serve one transaction after
// the other and are used by one goroutine at a time.
type Keys struct {
	session Session
	// version is that of the catalog that hooks and keys were made by.
	version uint64
	hooks   map[types.OID]*Hook
	keys    map[types.OID]*key // by constraint

	queue    []event // to be seen to at the end of the statement
	deferred []event // at the end of the transaction
	pending  int     // bytes of both
	modes    modes
	working  bool
}

// New returns the foreign keys of a session.
func New(s Session) *Keys { return &Keys{session: s} }

// Hook is told of the changed rows of one table.
type Hook struct {
	keys *Keys
	own  []*key // foreign keys of the table
	refs []*key // foreign keys that refer to it
}

// Hook gives what is to be told of a table's changed rows, nil if no foreign key
// concerns it. It locks the tables that new rows may refer to, and belongs to the
// transaction in progress.
func (ks *Keys) Hook(rel *catalog.Relation) (*Hook, error) {
	tx := ks.session.Tx()
	for {
		view := tx.Catalog()
		h, err := ks.hook(view, rel.OID)
		if h == nil || err != nil {
			return nil, err
		}
		for _, k := range h.own {
			if err := tx.LockRelation(ks.session.Context(), k.to.OID, table.RowShare, false); err != nil {
				return nil, err
			}
		}
		if tx.Catalog().Version() == view.Version() {
			return h, nil
		}
	}
}

// see forgets what was made by another version of the catalog.
func (ks *Keys) see(view *catalog.View) {
	if ks.hooks == nil || ks.version != view.Version() {
		ks.version = view.Version()
		ks.hooks, ks.keys = make(map[types.OID]*Hook), make(map[types.OID]*key)
	}
}

func (ks *Keys) hook(view *catalog.View, oid types.OID) (*Hook, error) {
	ks.see(view)
	if h, ok := ks.hooks[oid]; ok {
		return h, nil
	}
	h := &Hook{keys: ks}
	if rel := view.Relation(oid); rel != nil {
		for _, c := range rel.Constraints {
			if c.Kind != catalog.ForeignKey {
				continue
			}
			k, err := ks.key(view, rel, c)
			if err != nil {
				return nil, err
			}
			h.own = append(h.own, k)
		}
	}
	for _, ref := range view.ReferencedBy(oid) {
		k, err := ks.key(view, ref.Table, ref.Constraint)
		if err != nil {
			return nil, err
		}
		h.refs = append(h.refs, k)
	}
	if len(h.own)+len(h.refs) == 0 {
		h = nil
	}
	ks.hooks[oid] = h
	return h, nil
}

// Inserted sees to a new row.
func (h *Hook) Inserted(row []types.Datum) error {
	for _, k := range h.own {
		if err := h.keys.refer(k, row); err != nil {
			return err
		}
	}
	return nil
}

// Updated sees to a row that was replaced by another.
func (h *Hook) Updated(old, row []types.Datum) error {
	for _, k := range h.own {
		if k.changed(old, row, k.columns, k.fromTypes) {
			if err := h.keys.refer(k, row); err != nil {
				return err
			}
		}
	}
	for _, k := range h.refs {
		if k.changed(old, row, k.refColumns, k.toTypes) {
			if err := h.keys.leave(k, old, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// Deleted sees to a row that is gone.
func (h *Hook) Deleted(old []types.Datum) error {
	for _, k := range h.refs {
		if err := h.keys.leave(k, old, nil); err != nil {
			return err
		}
	}
	return nil
}

// refer looks up what a new row refers to, and keeps what is not there for later.
func (ks *Keys) refer(k *key, row []types.Datum) error {
	values := pick(row, k.columns)
	switch nulls := countNulls(values); {
	case nulls == len(values), nulls > 0 && k.c.Match != 'f':
		return nil
	case nulls > 0:
		return Missing(ks.session.Tx().Catalog(), k.from, k.to, k.c, values, ks.session.Format())
	}
	found, err := ks.lookUp(k, values, k.fromTypes)
	if found || err != nil {
		return err
	}
	return ks.add(event{table: k.from.OID, constraint: k.c.OID, kind: missing, was: string(types.AppendTuple(nil, k.fromTypes, values))},
		ks.modes.defers(k.c))
}

// leave notes that a key has gone that rows may refer to; row is nil if its row was
// deleted.
func (ks *Keys) leave(k *key, old, row []types.Datum) error {
	values := pick(old, k.refColumns)
	if countNulls(values) > 0 {
		return nil
	}
	e := event{table: k.from.OID, constraint: k.c.OID, kind: deleted, was: string(types.AppendTuple(nil, k.toTypes, values))}
	action := k.c.OnDelete
	if row != nil {
		e.kind, action = updated, k.c.OnUpdate
		e.is = string(types.AppendTuple(nil, k.toTypes, pick(row, k.refColumns)))
	}
	return ks.add(e, action == 'a' && ks.modes.defers(k.c))
}

// lookUp locks the row that has a key, given as values of some types.
func (ks *Keys) lookUp(k *key, values []types.Datum, of []types.OID) (bool, error) {
	at := make([]types.Datum, len(values))
	for i, from := range k.order {
		d, ok := table.ReferenceTo(values[from], of[from], k.toTypes[from])
		if !ok {
			return false, nil
		}
		at[i] = d
	}
	return ks.session.Tx().LockReferenced(ks.session.Context(), k.handle, k.index, at)
}

func (ks *Keys) add(e event, deferred bool) error {
	if ks.pending += e.size(); ks.pending > maxPending {
		return pgerr.New(pgerr.OutOfMemory, "out of memory").
			WithDetail("More than %d bytes of foreign keys wait to be checked.", maxPending).
			WithHint("Commit in smaller pieces.")
	}
	if deferred {
		ks.deferred = append(ks.deferred, e)
	} else {
		ks.queue = append(ks.queue, e)
	}
	return nil
}

func pick(row []types.Datum, columns []int16) []types.Datum {
	out := make([]types.Datum, len(columns))
	for i, c := range columns {
		out[i] = row[c-1]
	}
	return out
}

func countNulls(values []types.Datum) (n int) {
	for _, d := range values {
		if d.IsNull() {
			n++
		}
	}
	return n
}
