package sysview

import (
	"context"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func init() {
	builtin.Provide(map[string]builtin.Func{
		"pg_current_xact_id":             currentXact,
		"pg_current_xact_id_if_assigned": currentXactIfAssigned,
		"pg_sequence_last_value":         sequenceLastValue,
		"pg_advisory_unlock_all":         advisoryUnlockAll,
	})
	builtin.ProvideSet(map[string]builtin.SetFunc{"pg_sequence_parameters": sequenceParameters})
	fns := map[string]builtin.Func{}
	for _, suffix := range []string{"int8", "int4"} {
		for shared, mode := range map[bool]string{false: "", true: "_shared"} {
			fns["pg_advisory_lock"+mode+"_"+suffix] = advisoryLock(shared, false)
			fns["pg_advisory_xact_lock"+mode+"_"+suffix] = advisoryLock(shared, true)
			fns["pg_try_advisory_lock"+mode+"_"+suffix] = tryAdvisoryLock(shared, false)
			fns["pg_try_advisory_xact_lock"+mode+"_"+suffix] = tryAdvisoryLock(shared, true)
			fns["pg_advisory_unlock"+mode+"_"+suffix] = advisoryUnlock(shared)
		}
	}
	builtin.Provide(fns)
}

var void = text("")

// statementContext cancels what a function waits for.
func statementContext(c *builtin.Context) context.Context {
	if s, ok := c.Env.(interface{ Context() context.Context }); ok && s.Context() != nil {
		return s.Context()
	}
	return context.Background()
}

func advisoryKey(tx *table.Tx, a []types.Datum) table.AdvisoryKey {
	if len(a) == 2 {
		return table.AdvisoryInt4(tx.Database(), int32(a[0].Int()), int32(a[1].Int()))
	}
	return table.AdvisoryInt8(tx.Database(), a[0].Int())
}

func advisoryLock(shared, xact bool) builtin.Func {
	return func(c *builtin.Context, a []types.Datum) (types.Datum, error) {
		tx, err := txOf(c)
		if err != nil {
			return null, err
		}
		if xact {
			return void, tx.AdvisoryLock(statementContext(c), advisoryKey(tx, a), shared)
		}
		return void, tx.Session().AdvisoryLock(statementContext(c), advisoryKey(tx, a), shared)
	}
}

func tryAdvisoryLock(shared, xact bool) builtin.Func {
	return func(c *builtin.Context, a []types.Datum) (types.Datum, error) {
		tx, err := txOf(c)
		if err != nil {
			return null, err
		}
		if xact {
			return boolean(tx.TryAdvisoryLock(advisoryKey(tx, a), shared)), nil
		}
		return boolean(tx.Session().TryAdvisoryLock(advisoryKey(tx, a), shared)), nil
	}
}

func advisoryUnlock(shared bool) builtin.Func {
	return func(c *builtin.Context, a []types.Datum) (types.Datum, error) {
		tx, err := txOf(c)
		if err != nil {
			return null, err
		}
		if tx.Session().AdvisoryUnlock(advisoryKey(tx, a), shared) {
			return boolean(true), nil
		}
		mode := "ExclusiveLock"
		if shared {
			mode = "ShareLock"
		}
		if s, err := serverOf(c); err == nil {
			s.Warn(pgerr.Warning, "you don't own a lock of type %s", mode)
		}
		return boolean(false), nil
	}
}

func advisoryUnlockAll(c *builtin.Context, _ []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	tx.Session().AdvisoryUnlockAll()
	return void, nil
}

func currentXact(c *builtin.Context, _ []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	id, err := tx.ID()
	return num(id), err
}

func currentXactIfAssigned(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil || !tx.HasID() {
		return null, err
	}
	return currentXact(c, a)
}

func sequenceLastValue(c *builtin.Context, a []types.Datum) (types.Datum, error) {
	tx, err := txOf(c)
	if err != nil {
		return null, err
	}
	r := tx.Catalog().Relation(oidArg(a[0]))
	if r == nil {
		return null, pgerr.New(pgerr.UndefinedTable, "could not open relation with OID %d", oidArg(a[0]))
	}
	last, called, err := tx.SequenceState(r)
	if err != nil || !called {
		return null, err
	}
	return num(last), nil
}

func sequenceParameters(c *builtin.Context, a []types.Datum, emit func([]types.Datum) error) error {
	n, err := namerOf(c)
	if err != nil {
		return err
	}
	r := n.view.Relation(oidArg(a[0]))
	if r == nil || r.Sequence == nil {
		return pgerr.New(pgerr.WrongObjectType, "relation with OID %d is not a sequence", oidArg(a[0]))
	}
	q := r.Sequence
	return emit([]types.Datum{
		num(q.Start), num(q.Min), num(q.Max), num(q.Increment), boolean(q.Cycle), num(q.Cache), oid(q.Type),
	})
}
