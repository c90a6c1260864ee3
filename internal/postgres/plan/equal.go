package plan

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// equalExpr compares structure; locations do not count.
func equalExpr(a, b Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if a == b {
		return true
	}
	if a.Type() != b.Type() || a.Typmod() != b.Typmod() {
		return false
	}
	switch x := a.(type) {
	case *Const:
		y, ok := b.(*Const)
		return ok && equalConst(x, y)
	case *Param:
		y, ok := b.(*Param)
		return ok && x.Index == y.Index
	case *Column:
		y, ok := b.(*Column)
		return ok && x.Index == y.Index
	case *Slot:
		y, ok := b.(*Slot)
		return ok && x.Slot == y.Slot
	case *colRef:
		y, ok := b.(*colRef)
		return ok && x.ID == y.ID
	case *Call:
		y, ok := b.(*Call)
		return ok && sameFunction(x.Fn, y.Fn) && equalList(x.Args, y.Args)
	case *Cast:
		y, ok := b.(*Cast)
		return ok && x.Cast == y.Cast && x.IO == y.IO && (x.Elem == nil) == (y.Elem == nil) && x.Explicit == y.Explicit && equalExpr(x.Arg, y.Arg)
	case *Logic:
		y, ok := b.(*Logic)
		return ok && x.Op == y.Op && equalList(x.Args, y.Args)
	case *NullTest:
		y, ok := b.(*NullTest)
		return ok && x.Not == y.Not && equalExpr(x.Arg, y.Arg)
	case *BoolTest:
		y, ok := b.(*BoolTest)
		return ok && x.Not == y.Not && x.Want == y.Want && equalExpr(x.Arg, y.Arg)
	case *Distinct:
		y, ok := b.(*Distinct)
		return ok && x.Not == y.Not && equalExpr(x.Left, y.Left) && equalExpr(x.Right, y.Right)
	case *Case:
		y, ok := b.(*Case)
		if !ok || len(x.Whens) != len(y.Whens) || !equalExpr(x.Else, y.Else) {
			return false
		}
		for i := range x.Whens {
			if !equalExpr(x.Whens[i].Cond, y.Whens[i].Cond) || !equalExpr(x.Whens[i].Then, y.Whens[i].Then) {
				return false
			}
		}
		return true
	case *Coalesce:
		y, ok := b.(*Coalesce)
		return ok && equalList(x.Args, y.Args)
	case *MinMax:
		y, ok := b.(*MinMax)
		return ok && x.Greatest == y.Greatest && equalList(x.Args, y.Args)
	case *NullIf:
		y, ok := b.(*NullIf)
		return ok && equalExpr(x.Left, y.Left) && equalExpr(x.Right, y.Right)
	case *ScalarArray:
		y, ok := b.(*ScalarArray)
		return ok && sameFunction(x.Fn, y.Fn) && x.All == y.All && equalExpr(x.Left, y.Left) && equalExpr(x.Array, y.Array)
	case *ArrayExpr:
		y, ok := b.(*ArrayExpr)
		return ok && equalList(x.Items, y.Items)
	case *RowExpr:
		y, ok := b.(*RowExpr)
		return ok && equalList(x.Items, y.Items)
	case *RowCompare:
		y, ok := b.(*RowCompare)
		return ok && x.Op == y.Op && equalList(x.Left, y.Left) && equalList(x.Right, y.Right)
	case *Field:
		y, ok := b.(*Field)
		return ok && x.Index == y.Index && equalExpr(x.Arg, y.Arg)
	case *Subscript:
		y, ok := b.(*Subscript)
		if !ok || x.Slice != y.Slice || len(x.Subs) != len(y.Subs) || !equalExpr(x.Arg, y.Arg) || !equalExpr(x.Store, y.Store) {
			return false
		}
		for i := range x.Subs {
			if !equalExpr(x.Subs[i].Lower, y.Subs[i].Lower) || !equalExpr(x.Subs[i].Upper, y.Subs[i].Upper) {
				return false
			}
		}
		return true
	case *aggRef:
		y, ok := b.(*aggRef)
		return ok && sameFunction(x.Fn, y.Fn) && x.Distinct == y.Distinct && x.owner == y.owner && x.Star == y.Star &&
			equalList(x.Args, y.Args) && equalList(x.Direct, y.Direct) && equalKeys(x.Order, y.Order) && equalExpr(x.Filter, y.Filter)
	case *winRef:
		y, ok := b.(*winRef)
		return ok && sameFunction(x.Fn, y.Fn) && x.win == y.win && equalList(x.Args, y.Args) && equalExpr(x.Filter, y.Filter)
	case *groupingRef:
		y, ok := b.(*groupingRef)
		return ok && x.owner == y.owner && equalList(x.Args, y.Args)
	}
	return false
}

func equalList(a, b []Expr) bool {
	return slices.EqualFunc(a, b, equalExpr)
}

func equalKeys(a, b []SortKey) bool {
	return slices.EqualFunc(a, b, func(x, y SortKey) bool {
		return x.Desc == y.Desc && x.NullsFirst == y.NullsFirst && equalExpr(x.Expr, y.Expr)
	})
}

func equalConst(a, b *Const) bool {
	if a.Value.IsNull() || b.Value.IsNull() {
		return a.Value.IsNull() && b.Value.IsNull()
	}
	if a.T == types.UnknownOID {
		return a.Value.Str() == b.Value.Str()
	}
	if types.ByOID(a.T) == nil || a.Value.Kind() != b.Value.Kind() {
		return false
	}
	return string(types.AppendText(nil, a.T, a.Value, nil)) == string(types.AppendText(nil, b.T, b.Value, nil))
}
