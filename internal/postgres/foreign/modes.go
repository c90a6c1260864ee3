package foreign

import (
	"maps"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// when says when a deferrable constraint is checked.
type when uint8

const (
	asDeclared when = iota
	immediate
	atCommit
)

// modes are what SET CONSTRAINTS has said in a transaction.
type modes struct {
	all when
	one map[types.OID]when
}

func (m modes) clone() modes { return modes{m.all, maps.Clone(m.one)} }

// defers tells whether a constraint waits for the end of the transaction.
func (m modes) defers(c *catalog.Constraint) bool {
	if !c.Deferrable {
		return false
	}
	w, ok := m.one[c.OID]
	if !ok {
		w = m.all
	}
	return w == atCommit || w == asDeclared && c.Deferred
}

// SetAll is SET CONSTRAINTS ALL. What need not wait any more is seen to.
func (ks *Keys) SetAll(deferred bool) error {
	ks.modes = modes{all: mode(deferred)}
	return ks.catchUp()
}

// Set is SET CONSTRAINTS for some, which must be deferrable.
func (ks *Keys) Set(constraints []*catalog.Constraint, deferred bool) error {
	m := ks.modes.clone()
	if m.one == nil {
		m.one = make(map[types.OID]when)
	}
	for _, c := range constraints {
		m.one[c.OID] = mode(deferred)
	}
	ks.modes = m
	return ks.catchUp()
}

func mode(deferred bool) when {
	if deferred {
		return atCommit
	}
	return immediate
}

// catchUp sees to the events of constraints that are not deferred any more. The list
// of the others is a new one, as savepoints keep the old.
func (ks *Keys) catchUp() error {
	var wait []event
	for _, e := range ks.deferred {
		k, err := ks.find(ks.session.Tx().Catalog(), &e)
		if err != nil {
			return err
		}
		if k != nil && ks.modes.defers(k.c) {
			wait = append(wait, e)
		} else {
			ks.queue = append(ks.queue, e)
		}
	}
	ks.deferred = wait
	return ks.EndStatement()
}
