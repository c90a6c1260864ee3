package foreign

import (
	"slices"
	"unsafe"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// eventKind says what happened.
type eventKind uint8

const (
	missing eventKind = iota // a row came whose key was not there
	deleted                  // a row went that had a key
	updated                  // a row changed its key
)

// event is what a constraint has to see to later. It names what it is about by OIDs,
// as the catalog may change before.
type event struct {
	table, constraint types.OID
	kind              eventKind
	// was is the key, as a tuple; of missing in the types of the referring columns,
	// else of those referred to. is is the new key of updated.
	was, is string
}

func (e *event) size() int { return int(unsafe.Sizeof(*e)) + len(e.was) + len(e.is) }

// EndStatement sees to what the statement left to be done. What it changes in turn is
// seen to as well. After an error the caller rolls back.
func (ks *Keys) EndStatement() error {
	if len(ks.queue) == 0 || ks.working {
		return nil
	}
	ks.working = true
	defer func() { ks.working = false }()
	for len(ks.queue) > 0 {
		e := ks.queue[0]
		ks.queue = ks.queue[1:]
		ks.pending -= e.size()
		if err := ks.seeTo(&e); err != nil {
			return err
		}
	}
	ks.queue = nil
	return nil
}

// Commit sees to what was deferred. After an error the caller rolls back.
func (ks *Keys) Commit() error {
	if len(ks.deferred) == 0 {
		return nil
	}
	ks.modes = modes{all: immediate}
	ks.queue, ks.deferred = append(ks.queue, ks.deferred...), nil
	return ks.EndStatement()
}

// End forgets the transaction.
func (ks *Keys) End() {
	ks.queue, ks.deferred, ks.pending, ks.modes = nil, nil, 0, modes{}
}

// Mark is what RollbackTo goes back to.
type Mark struct {
	deferred []event
	pending  int
	modes    modes
}

// Mark notes what waits at a savepoint.
func (ks *Keys) Mark() Mark {
	ks.deferred = ks.deferred[:len(ks.deferred):len(ks.deferred)]
	return Mark{ks.deferred, ks.pending, ks.modes.clone()}
}

// RollbackTo goes back to a mark, which stays good.
func (ks *Keys) RollbackTo(m Mark) {
	ks.queue, ks.deferred, ks.pending, ks.modes = nil, m.deferred, m.pending, m.modes.clone()
}

// seeTo does what an event asks for.
func (ks *Keys) seeTo(e *event) error {
	view := ks.session.Tx().Catalog()
	k, err := ks.find(view, e)
	if k == nil || err != nil {
		return err // the constraint has gone meanwhile
	}
	of := k.toTypes
	if e.kind == missing {
		of = k.fromTypes
	}
	was, err := decode(e.was, of)
	if err != nil {
		return err
	}
	if e.kind == missing {
		return ks.arrive(k, was)
	}
	action := k.c.OnDelete
	if e.kind == updated {
		action = k.c.OnUpdate
	}
	switch action {
	case 'a', 'r':
		return ks.refuse(k, was, action)
	case 'c':
		return ks.cascade(k, e, was)
	}
	set := k.c.Columns
	if e.kind == deleted && len(k.c.DeleteSet) > 0 {
		set = k.c.DeleteSet
	}
	if _, err = ks.session.RunAsOfNow(k.setSQL(set, action == 'd'), k.toTypes, was); err != nil || action == 'n' {
		return err
	}
	// Rows whose defaults are the very key that has gone did not change by that.
	return ks.refuse(k, was, 'a')
}

// cascade has the rows that refer to a key go or change with it.
func (ks *Keys) cascade(k *key, e *event, was []types.Datum) error {
	if e.kind == deleted {
		_, err := ks.session.RunAsOfNow(k.deleteSQL(), k.toTypes, was)
		return err
	}
	is, err := decode(e.is, k.toTypes)
	if err != nil {
		return err
	}
	_, err = ks.session.RunAsOfNow(k.updateSQL(), slices.Concat(k.toTypes, k.toTypes), append(was, is...))
	return err
}

// find is the key that an event is of, nil if it has gone.
func (ks *Keys) find(view *catalog.View, e *event) (*key, error) {
	ks.see(view)
	rel := view.Relation(e.table)
	if rel == nil {
		return nil, nil
	}
	for _, c := range rel.Constraints {
		if c.OID == e.constraint {
			return ks.key(view, rel, c)
		}
	}
	return nil, nil
}

// arrive looks again for a key that was missing; if it still is, no row may have it.
func (ks *Keys) arrive(k *key, values []types.Datum) error {
	found, err := ks.lookUp(k, values, k.fromTypes)
	if found || err != nil {
		return err
	}
	rows, err := ks.session.RunAsOfNow(k.selectSQL(""), k.fromTypes, values)
	if err != nil || rows == 0 {
		return err
	}
	return Missing(ks.session.Tx().Catalog(), k.from, k.to, k.c, values, ks.session.Format())
}

// refuse fails if rows refer to a key that has gone. With NO ACTION it may have come
// back.
func (ks *Keys) refuse(k *key, values []types.Datum, action byte) error {
	if action == 'a' {
		found, err := ks.lookUp(k, values, k.toTypes)
		if found || err != nil {
			return err
		}
	}
	rows, err := ks.session.RunAsOfNow(k.selectSQL(" FOR KEY SHARE"), k.toTypes, values)
	if err != nil || rows == 0 {
		return err
	}
	return k.stillReferenced(ks.session, values)
}

func decode(tuple string, of []types.OID) ([]types.Datum, error) {
	out := make([]types.Datum, len(of))
	_, err := types.NewTupleReader(of, nil).Read([]byte(tuple), out)
	return out, err
}
