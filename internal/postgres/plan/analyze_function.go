package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// rangeFunction analyses a function in FROM.
func (qc *qctx) rangeFunction(rf *pg_query.RangeFunction) (fromNode, []*nsItem, error) {
	node := &fromFunction{ordinality: rf.Ordinality, lateral: true}
	name := ""
	var cols []nsCol
	for _, f := range splitUnnest(rf.Functions) {
		parts := f.GetList().GetItems()
		if len(parts) == 0 {
			return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "function in FROM is not supported")
		}
		defs := rf.Coldeflist
		if len(parts) > 1 && parts[1].GetList() != nil {
			if len(rf.Functions) > 1 || rf.IsRowsfrom {
				defs = parts[1].GetList().GetItems()
			}
		}
		e, err := qc.exprIn(inFrom, parts[0])
		if err != nil {
			return nil, nil, err
		}
		call, fname, err := qc.asSetCall(e, parts[0])
		if err != nil {
			return nil, nil, err
		}
		if name == "" {
			name = fname
		}
		outs, err := qc.functionColumns(call, fname, defs, rf.Alias, len(rf.Functions) == 1)
		if err != nil {
			return nil, nil, err
		}
		node.calls = append(node.calls, call)
		node.widths = append(node.widths, len(outs))
		for _, m := range outs {
			id := qc.a.newCol(m)
			node.cols = append(node.cols, id)
			cols = append(cols, nsCol{name: m.name, id: id})
		}
	}
	if rf.Ordinality {
		id := qc.a.newCol(colMeta{name: "ordinality", typ: types.Int8OID, mod: -1, owner: qc})
		node.cols = append(node.cols, id)
		cols = append(cols, nsCol{name: "ordinality", id: id})
	}
	if rf.Alias != nil {
		name = rf.Alias.Aliasname
	}
	node.alias = name
	it := &nsItem{alias: name, byTable: true, byName: true, cols: cols, node: node}
	if err := aliasColumns(rf.Alias, it.cols); err != nil {
		return nil, nil, err
	}
	for i, c := range it.cols {
		qc.a.cols[node.cols[i]].name = c.name
	}
	qc.all = append(qc.all, it)
	return node, []*nsItem{it}, nil
}

// splitUnnest turns unnest(a, b) into ROWS FROM (unnest(a), unnest(b)).
func splitUnnest(list []*pg_query.Node) []*pg_query.Node {
	if len(list) != 1 {
		return list
	}
	f := list[0].GetList().GetItems()[0].GetFuncCall()
	schema, name := qualifiedName(f.GetFuncname())
	if name != "unnest" || (schema != "" && schema != "pg_catalog") || len(f.Args) < 2 || f.FuncVariadic {
		return list
	}
	out := make([]*pg_query.Node, len(f.Args))
	for i, arg := range f.Args {
		call := &pg_query.Node{Node: &pg_query.Node_FuncCall{FuncCall: &pg_query.FuncCall{
			Funcname: f.Funcname, Args: []*pg_query.Node{arg}, Funcformat: f.Funcformat, Location: f.Location,
		}}}
		out[i] = &pg_query.Node{Node: &pg_query.Node_List{List: &pg_query.List{Items: []*pg_query.Node{call}}}}
	}
	return out
}

// asSetCall makes a FROM expression a call that gives rows; a scalar becomes a
// set of one.
func (qc *qctx) asSetCall(e Expr, n *pg_query.Node) (*Call, string, error) {
	name := figureName(n)
	call, ok := e.(*Call)
	if ok && call.Op == "" && call.Fn.Set != nil {
		return call, name, nil
	}
	if isSet(e) {
		return nil, "", pgerr.New(pgerr.FeatureNotSupported, "set-returning functions must appear at top level of FROM").At(locOf(e))
	}
	fn := &builtin.Function{
		Name: name, Args: []types.OID{e.Type()}, Ret: e.Type(), Volatility: builtin.Immutable,
		Set: func(_ *builtin.Context, args []types.Datum, emit func([]types.Datum) error) error { return emit(args) },
	}
	if isRowType(e.Type()) {
		names, typs, _ := qc.a.rowFields(e)
		fn.OutNames, fn.OutTypes = names, typs
		fn.Set = func(_ *builtin.Context, args []types.Datum, emit func([]types.Datum) error) error {
			if args[0].IsNull() {
				return emit(make([]types.Datum, len(names)))
			}
			return emit(args[0].Record().Fields)
		}
	}
	return &Call{Typed: Typed{e.Type(), e.Typmod(), locOf(e)}, Fn: fn, Args: []Expr{e}, Op: wrappedScalar}, name, nil
}

// wrappedScalar marks, in Call.Op, a scalar expression that stands in FROM.
const wrappedScalar = "\x00scalar"

// functionColumns describes the columns that a function in FROM gives.
func (qc *qctx) functionColumns(call *Call, name string, defs []*pg_query.Node, alias *pg_query.Alias, single bool) ([]colMeta, error) {
	fn := call.Fn
	if len(defs) > 0 {
		if call.Type() != types.RecordOID || len(fn.OutTypes) > 0 {
			return nil, pgerr.New(pgerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"").At(call.Loc)
		}
		out := make([]colMeta, 0, len(defs))
		for _, d := range defs {
			def := d.GetColumnDef()
			typ, mod, err := qc.a.resolveType(def.GetTypeName())
			if err != nil {
				return nil, err
			}
			out = append(out, colMeta{name: def.GetColname(), typ: typ, mod: mod, owner: qc})
		}
		// The function learns what it is to return from its own copy.
		f := *fn
		for _, c := range out {
			f.OutNames = append(f.OutNames, c.name)
			f.OutTypes = append(f.OutTypes, c.typ)
		}
		call.Fn = &f
		return out, nil
	}
	if len(fn.OutTypes) > 1 || (len(fn.OutTypes) == 1 && call.Type() == types.RecordOID) {
		out := make([]colMeta, len(fn.OutTypes))
		resolved := qc.a.resolveOutTypes(call)
		for i := range fn.OutTypes {
			out[i] = colMeta{name: fn.OutNames[i], typ: resolved[i], mod: -1, owner: qc}
		}
		return out, nil
	}
	if call.Type() == types.RecordOID {
		return nil, pgerr.New(pgerr.SyntaxError, "a column definition list is required for functions returning \"record\"").At(call.Loc)
	}
	if rel := qc.a.relationOfRow(call.Type()); rel != nil {
		var out []colMeta
		for _, c := range rel.Columns {
			if !c.Dropped {
				out = append(out, colMeta{name: c.Name, typ: c.Type, mod: c.Typmod, owner: qc})
			}
		}
		return out, nil
	}
	col := name
	if len(fn.OutNames) == 1 && fn.OutNames[0] != "" {
		col = fn.OutNames[0]
	} else if alias != nil && single {
		// A function with one column is called as its alias.
		col = alias.Aliasname
	}
	return []colMeta{{name: col, typ: call.Type(), mod: call.Typmod(), owner: qc}}, nil
}
