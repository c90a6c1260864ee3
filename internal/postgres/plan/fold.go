package plan

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// fold computes what is constant: immutable functions of constants, and the
// logic around constants. An error in a constant stays for the execution, which
// may never reach it.
func (a *analyzer) fold(e Expr) Expr {
	switch e.(type) {
	case nil:
		return nil
	case *Const, *Param, *colRef, *Column, *Slot:
		return e
	}
	e = mapChildren(e, a.fold)
	switch x := e.(type) {
	case *Call:
		return a.foldCall(x)
	case *Cast:
		return a.foldCast(x)
	case *Logic:
		return foldLogic(x)
	case *ArrayExpr:
		return foldArray(x)
	case *NullTest:
		if c, ok := x.Arg.(*Const); ok && !isRowType(c.T) {
			return boolConst(c.Value.IsNull() != x.Not, x.Loc)
		}
	case *Case:
		return foldCase(x)
	case *Coalesce:
		return foldCoalesce(x)
	case *BoolTest:
		if c, ok := x.Arg.(*Const); ok {
			same := c.Value.IsNull() == x.Want.IsNull() && (c.Value.IsNull() || c.Value.Bool() == x.Want.Bool())
			return boolConst(same != x.Not, x.Loc)
		}
	case *ScalarArray:
		if c, ok := x.Array.(*Const); ok && c.Value.IsNull() {
			return &Const{Typed: x.Typed}
		}
	}
	return e
}

func boolConst(v bool, loc int32) *Const {
	return &Const{Typed: Typed{types.BoolOID, -1, loc}, Value: types.Bool(v)}
}

// constants gives the values of expressions, if all are constant.
func constants(list []Expr) ([]types.Datum, bool) {
	out := make([]types.Datum, len(list))
	for i, e := range list {
		c, ok := e.(*Const)
		if !ok {
			return nil, false
		}
		out[i] = c.Value
	}
	return out, true
}

func (a *analyzer) foldCall(x *Call) Expr {
	if x.Fn.Set != nil || x.Fn.Volatility != builtin.Immutable || x.Fn.Fn == nil {
		return x
	}
	if x.Fn.Strict {
		for _, e := range x.Args {
			if c, ok := e.(*Const); ok && c.Value.IsNull() {
				return &Const{Typed: x.Typed}
			}
		}
	}
	args, ok := constants(x.Args)
	if !ok || a.env.Fn == nil || len(args) == 0 {
		return x
	}
	d, err := x.Fn.Fn(a.env.Fn, args)
	if err != nil {
		return x
	}
	return &Const{Typed: x.Typed, Value: d}
}

func (a *analyzer) foldCast(x *Cast) Expr {
	c, ok := x.Arg.(*Const)
	if !ok {
		return x
	}
	switch {
	case c.Value.IsNull():
		return &Const{Typed: x.Typed}
	case x.Elem != nil || a.env.Fn == nil || castIsStable(x):
		return x
	case x.IO:
		// Input and output may depend on settings; the plain types' do not.
		if !plainText(c.T) || !plainText(x.T) {
			return x
		}
		s := string(types.AppendText(nil, c.T, c.Value, &a.env.Fn.Format))
		d, err := types.Input(x.T, s, x.Mod, &a.env.Fn.Format)
		if err != nil {
			return x
		}
		return &Const{Typed: x.Typed, Value: d}
	case x.Cast != nil && x.Cast.Fn != nil:
		if volatileCast(x.Cast) {
			return x
		}
		d, err := x.Cast.Fn(a.env.Fn, c.Value, x.Mod, x.Explicit)
		if err != nil {
			return x
		}
		return &Const{Typed: x.Typed, Value: d}
	case isRowType(x.T) || isRowType(c.T):
		return x
	}
	return &Const{Typed: x.Typed, Value: c.Value}
}

// volatileCast tells casts whose result depends on settings.
func volatileCast(c *builtin.Cast) bool {
	if c.From == c.To {
		return false
	}
	dated := func(o types.OID) bool { return category(o) == 'D' || category(o) == 'T' || o == types.RegclassOID }
	return dated(c.From) || dated(c.To)
}

// plainText tells types whose text form no setting changes.
func plainText(oid types.OID) bool {
	switch oid {
	case types.BoolOID, types.Int2OID, types.Int4OID, types.Int8OID, types.NumericOID, types.TextOID,
		types.VarCharOID, types.NameOID, types.UUIDOID:
		return true
	}
	return false
}

func foldLogic(x *Logic) Expr {
	if x.Op == Not {
		switch c := x.Args[0].(type) {
		case *Const:
			if c.Value.IsNull() {
				return c
			}
			return boolConst(!c.Value.Bool(), x.Loc)
		case *Logic:
			if c.Op == Not {
				return c.Args[0]
			}
		case *NullTest:
			if !isRowType(c.Arg.Type()) {
				n := *c
				n.Not = !n.Not
				return &n
			}
		case *Distinct:
			n := *c
			n.Not = !n.Not
			return &n
		case *BoolTest:
			n := *c
			n.Not = !n.Not
			return &n
		}
		return x
	}
	// AND drops true and gives up at false; OR the other way round.
	stop := x.Op == Or
	var args []Expr
	sawNull := false
	for _, e := range x.Args {
		if l, ok := e.(*Logic); ok && l.Op == x.Op {
			args = append(args, l.Args...)
			continue
		}
		c, ok := e.(*Const)
		switch {
		case !ok:
			args = append(args, e)
		case c.Value.IsNull():
			sawNull = true
		case c.Value.Bool() == stop:
			return boolConst(stop, x.Loc)
		}
	}
	if sawNull {
		args = append(args, nullConst(types.BoolOID))
	}
	switch len(args) {
	case 0:
		return boolConst(!stop, x.Loc)
	case 1:
		return args[0]
	}
	if len(args) == len(x.Args) {
		same := true
		for i := range args {
			same = same && args[i] == x.Args[i]
		}
		if same {
			return x
		}
	}
	return &Logic{Typed: x.Typed, Op: x.Op, Args: args}
}

func foldArray(x *ArrayExpr) Expr {
	items, ok := constants(x.Items)
	if x.Nested || !ok {
		return x
	}
	arr := &types.Array{Elem: x.Elem, Items: items}
	if len(x.Items) > 0 {
		arr.Dims = []types.Dim{{Length: len(x.Items), Lower: 1}}
	}
	return &Const{Typed: x.Typed, Value: types.ArrayDatum(arr)}
}

func foldCase(x *Case) Expr {
	var whens []When
	for _, w := range x.Whens {
		c, ok := w.Cond.(*Const)
		if !ok {
			whens = append(whens, w)
			continue
		}
		if c.Value.IsNull() || !c.Value.Bool() {
			continue
		}
		if len(whens) == 0 {
			return w.Then
		}
		return &Case{Typed: x.Typed, Arg: x.Arg, Whens: whens, Else: w.Then}
	}
	if len(whens) == len(x.Whens) {
		return x
	}
	if len(whens) == 0 {
		if x.Else == nil {
			return &Const{Typed: x.Typed}
		}
		return x.Else
	}
	return &Case{Typed: x.Typed, Arg: x.Arg, Whens: whens, Else: x.Else}
}

func foldCoalesce(x *Coalesce) Expr {
	var args []Expr
	for _, e := range x.Args {
		if c, ok := e.(*Const); ok {
			if c.Value.IsNull() {
				continue
			}
			args = append(args, e)
			break
		}
		args = append(args, e)
	}
	switch {
	case len(args) == 0:
		return &Const{Typed: x.Typed}
	case len(args) == 1 && args[0].Type() == x.T:
		return args[0]
	case len(args) == len(x.Args):
		return x
	}
	return &Coalesce{Typed: x.Typed, Args: args}
}
