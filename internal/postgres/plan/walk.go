package plan

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// mapExpr rebuilds an expression with f applied to every node, children first
// seen by f: when f returns something else than its argument, that replaces the
// node and its children are not visited. Sub-selects' own queries are not entered.
func mapExpr(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	if n := f(e); n != e {
		return n
	}
	return mapChildren(e, func(c Expr) Expr { return mapExpr(c, f) })
}

// mapChildren rebuilds e if any child changes.
func mapChildren(e Expr, f func(Expr) Expr) Expr {
	one := func(c Expr, changed *bool) Expr {
		if c == nil {
			return nil
		}
		n := f(c)
		if n != c {
			*changed = true
		}
		return n
	}
	many := func(list []Expr, changed *bool) []Expr {
		var out []Expr
		for i, c := range list {
			if c == nil {
				continue
			}
			n := f(c)
			if n != c && out == nil {
				out = slices.Clone(list)
				*changed = true
			}
			if out != nil {
				out[i] = n
			}
		}
		if out == nil {
			return list
		}
		return out
	}
	keys := func(list []SortKey, changed *bool) []SortKey {
		var out []SortKey
		for i, k := range list {
			if n := f(k.Expr); n != k.Expr {
				if out == nil {
					out = slices.Clone(list)
					*changed = true
				}
				out[i].Expr = n
			}
		}
		if out == nil {
			return list
		}
		return out
	}
	ch := false
	switch x := e.(type) {
	case *Call:
		if args := many(x.Args, &ch); ch {
			c := *x
			c.Args = args
			return &c
		}
	case *Cast:
		if arg := one(x.Arg, &ch); ch {
			c := *x
			c.Arg = arg
			return &c
		}
	case *Logic:
		if args := many(x.Args, &ch); ch {
			c := *x
			c.Args = args
			return &c
		}
	case *NullTest:
		if arg := one(x.Arg, &ch); ch {
			c := *x
			c.Arg = arg
			return &c
		}
	case *BoolTest:
		if arg := one(x.Arg, &ch); ch {
			c := *x
			c.Arg = arg
			return &c
		}
	case *Distinct:
		l, r := one(x.Left, &ch), one(x.Right, &ch)
		if ch {
			c := *x
			c.Left, c.Right = l, r
			return &c
		}
	case *Case:
		whens, arg := slices.Clone(x.Whens), one(x.Arg, &ch)
		for i := range whens {
			whens[i].Cond, whens[i].Then = one(whens[i].Cond, &ch), one(whens[i].Then, &ch)
		}
		if els := one(x.Else, &ch); ch {
			c := *x
			c.Whens, c.Else, c.Arg = whens, els, arg
			return &c
		}
	case *Coalesce:
		if args := many(x.Args, &ch); ch {
			c := *x
			c.Args = args
			return &c
		}
	case *MinMax:
		if args := many(x.Args, &ch); ch {
			c := *x
			c.Args = args
			return &c
		}
	case *NullIf:
		l, r := one(x.Left, &ch), one(x.Right, &ch)
		if ch {
			c := *x
			c.Left, c.Right = l, r
			return &c
		}
	case *ScalarArray:
		l, r := one(x.Left, &ch), one(x.Array, &ch)
		if ch {
			c := *x
			c.Left, c.Array = l, r
			return &c
		}
	case *ArrayExpr:
		if items := many(x.Items, &ch); ch {
			c := *x
			c.Items = items
			return &c
		}
	case *RowExpr:
		if items := many(x.Items, &ch); ch {
			c := *x
			c.Items = items
			return &c
		}
	case *RowCompare:
		l, r := many(x.Left, &ch), many(x.Right, &ch)
		if ch {
			c := *x
			c.Left, c.Right = l, r
			return &c
		}
	case *Field:
		if arg := one(x.Arg, &ch); ch {
			c := *x
			c.Arg = arg
			return &c
		}
	case *Subscript:
		arg, store := one(x.Arg, &ch), one(x.Store, &ch)
		subs := slices.Clone(x.Subs)
		for i := range subs {
			subs[i].Lower, subs[i].Upper = one(subs[i].Lower, &ch), one(subs[i].Upper, &ch)
		}
		if ch {
			c := *x
			c.Arg, c.Store, c.Subs = arg, store, subs
			return &c
		}
	case *Subquery:
		binds := slices.Clone(x.Binds)
		for i := range binds {
			binds[i].Expr = one(binds[i].Expr, &ch)
		}
		if left := many(x.Left, &ch); ch {
			c := *x
			c.Left, c.Binds = left, binds
			return &c
		}
	case *subLink:
		if left := many(x.Left, &ch); ch {
			c := *x
			c.Left = left
			return &c
		}
	case *aggRef:
		args, direct, order := many(x.Args, &ch), many(x.Direct, &ch), keys(x.Order, &ch)
		if filter := one(x.Filter, &ch); ch {
			c := *x
			c.Args, c.Direct, c.Order, c.Filter = args, direct, order, filter
			return &c
		}
	case *winRef:
		args := many(x.Args, &ch)
		if filter := one(x.Filter, &ch); ch {
			c := *x
			c.Args, c.Filter = args, filter
			return &c
		}
	case *groupingRef:
		if args := many(x.Args, &ch); ch {
			c := *x
			c.Args = args
			return &c
		}
	}
	return e
}

// eachChild calls f with every direct child.
func eachChild(e Expr, f func(Expr)) {
	list := func(l []Expr) {
		for _, c := range l {
			if c != nil {
				f(c)
			}
		}
	}
	one := func(c Expr) {
		if c != nil {
			f(c)
		}
	}
	switch x := e.(type) {
	case *Call:
		list(x.Args)
	case *Cast:
		one(x.Arg)
	case *Logic:
		list(x.Args)
	case *NullTest:
		one(x.Arg)
	case *BoolTest:
		one(x.Arg)
	case *Distinct:
		f(x.Left)
		f(x.Right)
	case *Case:
		for _, w := range x.Whens {
			f(w.Cond)
			f(w.Then)
		}
		one(x.Else)
	case *Coalesce:
		list(x.Args)
	case *MinMax:
		list(x.Args)
	case *NullIf:
		f(x.Left)
		f(x.Right)
	case *ScalarArray:
		f(x.Left)
		f(x.Array)
	case *ArrayExpr:
		list(x.Items)
	case *RowExpr:
		list(x.Items)
	case *RowCompare:
		list(x.Left)
		list(x.Right)
	case *Field:
		f(x.Arg)
	case *Subscript:
		one(x.Arg)
		one(x.Store)
		for _, s := range x.Subs {
			one(s.Lower)
			one(s.Upper)
		}
	case *Subquery:
		list(x.Left)
		for _, b := range x.Binds {
			f(b.Expr)
		}
	case *subLink:
		list(x.Left)
	case *aggRef:
		list(x.Args)
		list(x.Direct)
		for _, k := range x.Order {
			f(k.Expr)
		}
		one(x.Filter)
	case *winRef:
		list(x.Args)
		one(x.Filter)
	case *groupingRef:
		list(x.Args)
	}
}

// walkExpr visits e and its descendants until f returns false for one, whose
// children it then skips.
func walkExpr(e Expr, f func(Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	eachChild(e, func(c Expr) { walkExpr(c, f) })
}

// anyExpr reports whether f holds for e or a descendant (sub-selects' left sides
// included, their queries not).
func anyExpr(e Expr, f func(Expr) bool) bool {
	found := false
	walkExpr(e, func(x Expr) bool {
		if found {
			return false
		}
		found = f(x)
		return !found
	})
	return found
}

// locOf is where an expression stands in the query, -1 if unknown.
func locOf(e Expr) int32 {
	if t, ok := e.(interface{ typed() *Typed }); ok {
		return t.typed().Loc
	}
	return -1
}

func (t *Typed) typed() *Typed { return t }

// isSet reports whether the expression returns a set.
func isSet(e Expr) bool {
	return anyExpr(e, func(x Expr) bool {
		c, ok := x.(*Call)
		return ok && c.Fn.Set != nil
	})
}

// volatility is the worst of the expression's functions. Sub-selects count as
// what they hold.
func volatility(e Expr) builtin.Volatility {
	worst := builtin.Immutable
	walkExpr(e, func(x Expr) bool {
		v := builtin.Immutable
		switch x := x.(type) {
		case *Call:
			v = x.Fn.Volatility
		case *Cast:
			if x.IO || castIsStable(x) {
				v = builtin.Stable
			}
		case *subLink:
			v = queryVolatility(x.q)
		case *Param, *Slot:
			v = builtin.Immutable
		}
		if v == builtin.Volatile || (v == builtin.Stable && worst == builtin.Immutable) {
			worst = v
		}
		return worst != builtin.Volatile
	})
	return worst
}

func queryVolatility(q *query) builtin.Volatility {
	worst := builtin.Immutable
	walkQuery(q, func(e Expr) {
		v := volatility(e)
		if v == builtin.Volatile || (v == builtin.Stable && worst == builtin.Immutable) {
			worst = v
		}
	})
	if q.dml != nil {
		return builtin.Volatile
	}
	return worst
}

// castIsStable tells the casts that depend on the time zone or other settings.
func castIsStable(c *Cast) bool {
	if c.Cast == nil || c.Arg == nil {
		return false
	}
	f, t := c.Cast.From, c.Cast.To
	zoned := func(o types.OID) bool { return o == types.TimestampTZOID || o == types.TimeTZOID }
	return f != t && (zoned(f) || zoned(t))
}

func hasSubLink(e Expr) bool {
	return anyExpr(e, func(x Expr) bool {
		switch x.(type) {
		case *subLink, *Subquery:
			return true
		}
		return false
	})
}
