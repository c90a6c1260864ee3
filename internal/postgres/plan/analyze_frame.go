package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// windowClause analyses WINDOW name AS (…).
func (qc *qctx) windowClause(list []*pg_query.Node) error {
	for _, n := range list {
		wd := n.GetWindowDef()
		for _, w := range qc.named {
			if w.name == wd.Name {
				return pgerr.New(pgerr.WindowingError, "window \"%s\" is already defined", wd.Name).At(wd.Location)
			}
		}
		w, err := qc.window(wd)
		if err != nil {
			return err
		}
		w.name = wd.Name
		qc.named = append(qc.named, w)
	}
	return nil
}

// window analyses a window specification, on top of the one it names.
func (qc *qctx) window(wd *pg_query.WindowDef) (*window, error) {
	w := &window{frame: Frame{Mode: FrameRange, Start: FrameBound{Kind: UnboundedPreceding}, End: FrameBound{Kind: CurrentRow}}}
	if wd.Refname != "" {
		base := qc.namedWindow(wd.Refname)
		if base == nil {
			return nil, pgerr.New(pgerr.UndefinedObject, "window \"%s\" does not exist", wd.Refname).At(wd.Location)
		}
		if len(wd.PartitionClause) > 0 {
			return nil, pgerr.New(pgerr.WindowingError, "cannot override PARTITION BY clause of window \"%s\"", wd.Refname).At(wd.Location)
		}
		if len(wd.OrderClause) > 0 && len(base.order) > 0 {
			return nil, pgerr.New(pgerr.WindowingError, "cannot override ORDER BY clause of window \"%s\"", wd.Refname).At(wd.Location)
		}
		if base.framed {
			return nil, pgerr.New(pgerr.WindowingError, "cannot copy window \"%s\" because it has a frame clause", wd.Refname).At(wd.Location)
		}
		w.partition, w.order = base.partition, base.order
	}
	for _, n := range wd.PartitionClause {
		e, err := qc.windowExpr(n)
		if err != nil {
			return nil, err
		}
		w.partition = append(w.partition, e)
	}
	for _, n := range wd.OrderClause {
		sb := n.GetSortBy()
		e, err := qc.windowExpr(sb.Node)
		if err != nil {
			return nil, err
		}
		desc, first := sortDirection(sb)
		w.order = append(w.order, SortKey{Expr: e, Desc: desc, NullsFirst: first})
	}
	return w, qc.frame(w, wd)
}

// windowExpr analyses an expression of PARTITION BY or ORDER BY in a window.
func (qc *qctx) windowExpr(n *pg_query.Node) (Expr, error) {
	e, err := qc.exprIn(inWindow, n)
	if err != nil {
		return nil, err
	}
	if anyExpr(e, func(x Expr) bool { _, ok := x.(*winRef); return ok }) {
		return nil, pgerr.New(pgerr.WindowingError, "window functions are not allowed in window definitions").At(locOf(e))
	}
	if e, err = qc.a.resolveUnknown(e); err != nil {
		return nil, err
	}
	return e, qc.a.checkSortable(e)
}

func (qc *qctx) namedWindow(name string) *window {
	for _, w := range qc.named {
		if w.name == name {
			return w
		}
	}
	return nil
}

// The bits of WindowDef.frameOptions, from parsenodes.h.
const (
	frameNonDefault      = 0x1
	frameRange           = 0x2
	frameRows            = 0x4
	frameGroups          = 0x8
	frameBetween         = 0x10
	frameStartUnbounded  = 0x20
	frameEndUnboundedPre = 0x40
	frameStartUnboundedF = 0x80
	frameEndUnbounded    = 0x100
	frameStartCurrent    = 0x200
	frameEndCurrent      = 0x400
	frameStartPreceding  = 0x800
	frameEndPreceding    = 0x1000
	frameStartFollowing  = 0x2000
	frameEndFollowing    = 0x4000
	frameExcludeCurrent  = 0x8000
	frameExcludeGroup    = 0x10000
	frameExcludeTies     = 0x20000
)

func (qc *qctx) frame(w *window, wd *pg_query.WindowDef) error {
	o := wd.FrameOptions
	if o&frameNonDefault == 0 {
		return nil
	}
	w.framed = true
	switch {
	case o&frameRows != 0:
		w.frame.Mode = FrameRows
	case o&frameGroups != 0:
		w.frame.Mode = FrameGroups
		if len(w.order) == 0 {
			return pgerr.New(pgerr.WindowingError, "GROUPS mode requires an ORDER BY clause").At(wd.Location)
		}
	}
	switch {
	case o&frameStartUnbounded != 0:
		w.frame.Start.Kind = UnboundedPreceding
	case o&frameStartPreceding != 0:
		w.frame.Start.Kind = OffsetPreceding
	case o&frameStartCurrent != 0:
		w.frame.Start.Kind = CurrentRow
	case o&frameStartFollowing != 0:
		w.frame.Start.Kind = OffsetFollowing
	}
	switch {
	case o&frameEndUnbounded != 0:
		w.frame.End.Kind = UnboundedFollowing
	case o&frameEndPreceding != 0:
		w.frame.End.Kind = OffsetPreceding
	case o&frameEndCurrent != 0:
		w.frame.End.Kind = CurrentRow
	case o&frameEndFollowing != 0:
		w.frame.End.Kind = OffsetFollowing
	}
	switch {
	case o&frameExcludeCurrent != 0:
		w.frame.Exclude = ExcludeCurrentRow
	case o&frameExcludeGroup != 0:
		w.frame.Exclude = ExcludeGroup
	case o&frameExcludeTies != 0:
		w.frame.Exclude = ExcludeTies
	}
	var err error
	if wd.StartOffset != nil {
		if err = qc.frameOffset(w, &w.frame.Start, wd.StartOffset, wd.Location); err != nil {
			return err
		}
	}
	if wd.EndOffset != nil {
		err = qc.frameOffset(w, &w.frame.End, wd.EndOffset, wd.Location)
	}
	return err
}

// frameOffset analyses the value of n PRECEDING or FOLLOWING.
func (qc *qctx) frameOffset(w *window, b *FrameBound, n *pg_query.Node, loc int32) error {
	a := qc.a
	e, err := qc.exprIn(inWindow, n)
	if err != nil {
		return err
	}
	what := "ROWS"
	switch w.frame.Mode {
	case FrameGroups:
		what = "GROUPS"
	case FrameRange:
		what = "RANGE"
	}
	if anyExpr(e, func(x Expr) bool { r, ok := x.(*colRef); return ok && a.cols[r.ID].owner == qc }) {
		return pgerr.New(pgerr.InvalidColumnReference, "argument of %s must not contain variables", what).At(locOf(e))
	}
	if w.frame.Mode != FrameRange {
		out, err := a.coerceTo(e, types.Int8OID, -1, castAssign, locOf(e))
		if err != nil {
			return err
		}
		if out == nil {
			return pgerr.New(pgerr.DatatypeMismatch, "argument of %s must be type bigint, not type %s", what, a.typeName(e.Type())).At(locOf(e))
		}
		b.Offset = out
		return nil
	}
	if len(w.order) != 1 {
		return pgerr.New(pgerr.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column").At(loc)
	}
	key := w.order[0].Expr.Type()
	fn, typ := a.inRange(key, e.Type())
	if fn == nil && typ == 0 {
		return pgerr.New(pgerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", a.typeName(key)).At(locOf(e))
	}
	if fn == nil {
		return pgerr.New(pgerr.FeatureNotSupported,
			"RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s", a.typeName(key), a.typeName(e.Type())).
			WithHint("Cast the offset value to an appropriate type.").At(locOf(e))
	}
	b.InRange = fn
	b.Offset, err = a.coerce(e, typ, castImplicit, locOf(e))
	return err
}
