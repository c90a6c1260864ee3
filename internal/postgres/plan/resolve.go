package plan

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// candidate is a function seen as taking exactly the call's arguments.
type candidate struct {
	fn   *builtin.Function
	args []types.OID
	// variadic: the trailing arguments become one array.
	variadic bool
	// order maps the call's arguments to parameters when some are named.
	order []int
	// defaults is how many trailing parameters take their default.
	defaults int
}

// matchesExactly compares argument types.
func (c *candidate) matchesExactly(in []types.OID) bool {
	for i, t := range c.args {
		if t != in[i] {
			return false
		}
	}
	return true
}

// candidates lists the functions of a name that could take n arguments.
func functionCandidates(name string, n int, names []string, expandVariadic bool) []candidate {
	var out []candidate
	for _, f := range builtin.Functions(name) {
		if len(names) > 0 {
			if c, ok := namedCandidate(f, n, names); ok {
				out = append(out, c)
			}
			continue
		}
		least := len(f.Args) - f.Defaults
		switch {
		case len(f.Args) == n:
			c := candidate{fn: f, args: f.Args}
			if f.Variadic != 0 && expandVariadic {
				c.args = append(f.Args[:n-1:n-1], f.Variadic)
				c.variadic = f.Variadic != types.AnyOID
			}
			out = append(out, c)
		case f.Variadic != 0 && expandVariadic && n >= len(f.Args):
			args := append([]types.OID(nil), f.Args[:len(f.Args)-1]...)
			for len(args) < n {
				args = append(args, f.Variadic)
			}
			out = append(out, candidate{fn: f, args: args, variadic: f.Variadic != types.AnyOID})
		case n < len(f.Args) && n >= least && f.Variadic == 0:
			out = append(out, candidate{fn: f, args: f.Args[:n], defaults: len(f.Args) - n})
		}
	}
	return out
}

// namedCandidate matches a call whose last len(names) arguments are named.
func namedCandidate(f *builtin.Function, n int, names []string) (candidate, bool) {
	if len(f.ArgNames) == 0 || n > len(f.Args) {
		return candidate{}, false
	}
	c := candidate{fn: f}
	given := make([]bool, len(f.Args))
	positional := n - len(names)
	for i := range positional {
		c.order = append(c.order, i)
		given[i] = true
	}
	for _, name := range names {
		at := -1
		for i, an := range f.ArgNames {
			if an == name && i < len(f.Args) {
				at = i
			}
		}
		if at < 0 || given[at] {
			return candidate{}, false
		}
		given[at] = true
		c.order = append(c.order, at)
	}
	for i := range given {
		if !given[i] {
			if i < len(f.Args)-f.Defaults {
				return candidate{}, false
			}
			c.defaults++
		}
	}
	for _, at := range c.order {
		c.args = append(c.args, f.Args[at])
	}
	return c, true
}

// matchCandidates keeps those whose parameters the arguments can be coerced to.
func matchCandidates(list []candidate, in []types.OID) []candidate {
	var out []candidate
	for _, c := range list {
		ok := true
		for i, t := range c.args {
			if !canCoerce(in[i], t, builtin.CastImplicit) {
				ok = false
				break
			}
		}
		if ok && consistentGenerics(in, c.args) {
			out = append(out, c)
		}
	}
	return out
}

// selectCandidate is PostgreSQL's func_select_candidate; nil if it stays
// ambiguous.
func selectCandidate(list []candidate, in []types.OID) *candidate {
	if len(list) == 1 {
		return &list[0]
	}
	unknowns := 0
	for _, t := range in {
		if t == types.UnknownOID {
			unknowns++
		}
	}
	// Most exact matches.
	list = keepBest(list, func(c *candidate) int {
		n := 0
		for i, t := range in {
			if t != types.UnknownOID && c.args[i] == t {
				n++
			}
		}
		return n
	})
	if len(list) == 1 {
		return &list[0]
	}
	// Most exact or preferred types.
	list = keepBest(list, func(c *candidate) int {
		n := 0
		for i, t := range in {
			if t == types.UnknownOID {
				continue
			}
			if c.args[i] == t || (category(c.args[i]) == category(t) && isPreferred(c.args[i])) {
				n++
			}
		}
		return n
	})
	if len(list) == 1 {
		return &list[0]
	}
	if unknowns == 0 {
		return nil
	}
	// Categories for the unknown literals.
	cats := make([]byte, len(in))
	preferred := make([]bool, len(in))
	resolved := true
	for i, t := range in {
		if t != types.UnknownOID {
			continue
		}
		var cat byte
		have, conflict := false, false
		for _, c := range list {
			k := category(c.args[i])
			p := isPreferred(c.args[i])
			switch {
			case !have:
				cat, preferred[i], have = k, p, true
			case k == cat:
				preferred[i] = preferred[i] || p
			case k == 'S':
				cat, preferred[i] = k, p
			case cat == 'S':
			default:
				conflict = true
			}
		}
		if conflict && cat != 'S' {
			resolved = false
			break
		}
		cats[i] = cat
	}
	if resolved {
		var kept []candidate
		for _, c := range list {
			ok := true
			for i, t := range in {
				if t != types.UnknownOID {
					continue
				}
				if category(c.args[i]) != cats[i] || (preferred[i] && !isPreferred(c.args[i])) {
					ok = false
					break
				}
			}
			if ok {
				kept = append(kept, c)
			}
		}
		if len(kept) > 0 {
			list = kept
		}
		if len(list) == 1 {
			return &list[0]
		}
	}
	// All known arguments of one type: take the unknown ones to be of it too.
	if unknowns < len(in) {
		known := types.UnknownOID
		for _, t := range in {
			if t == types.UnknownOID {
				continue
			}
			if known != types.UnknownOID && known != t {
				return nil
			}
			known = t
		}
		var pick *candidate
		for k := range list {
			ok := true
			for i := range in {
				if !canCoerce(known, list[k].args[i], builtin.CastImplicit) {
					ok = false
					break
				}
			}
			if ok {
				if pick != nil {
					return nil
				}
				pick = &list[k]
			}
		}
		return pick
	}
	return nil
}

// keepBest keeps the candidates with the highest score.
func keepBest(list []candidate, score func(*candidate) int) []candidate {
	best := -1
	var out []candidate
	for i := range list {
		s := score(&list[i])
		if s > best {
			best, out = s, out[:0:0]
		}
		if s == best {
			out = append(out, list[i])
		}
	}
	return out
}

// signature is name(type, …) for messages.
func (a *analyzer) signature(name string, args []types.OID, names []string) string {
	parts := make([]string, len(args))
	for i, t := range args {
		parts[i] = a.typeName(t)
		if k := i - (len(args) - len(names)); k >= 0 {
			parts[i] = names[k] + " => " + parts[i]
		}
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

func argTypes(args []Expr) []types.OID {
	out := make([]types.OID, len(args))
	for i, e := range args {
		out[i] = e.Type()
	}
	return out
}

// resolveFunction finds the function that a call means.
func (a *analyzer) resolveFunction(schema, name string, args []Expr, names []string, variadic bool, loc int32) (*candidate, error) {
	in := argTypes(args)
	full := name
	var list []candidate
	if schema != "" {
		full = schema + "." + name
	}
	if schema != "" && a.env.View.SchemaByName(schema) == nil {
		return nil, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", schema).At(loc)
	}
	if schema == "" || schema == "pg_catalog" || schema == "information_schema" {
		list = functionCandidates(name, len(args), names, !variadic)
	}
	exact := list[:0:0]
	for i := range list {
		if list[i].matchesExactly(in) {
			exact = append(exact, list[i])
		}
	}
	if len(exact) > 0 {
		// A function without a variadic or default part comes first.
		best := &exact[0]
		for i := range exact {
			if !exact[i].variadic && exact[i].defaults == 0 {
				best = &exact[i]
				break
			}
		}
		return best, nil
	}
	matching := matchCandidates(list, in)
	if len(matching) == 0 {
		e := pgerr.New(pgerr.UndefinedFunction, "function %s does not exist", a.signature(full, in, names)).At(loc)
		return nil, e.WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
	}
	if c := selectCandidate(matching, in); c != nil {
		return c, nil
	}
	return nil, pgerr.New(pgerr.AmbiguousFunction, "function %s is not unique", a.signature(full, in, names)).
		WithHint("Could not choose a best candidate function. You might need to add explicit type casts.").At(loc)
}

// operatorCandidates lists the operators of a name with one or two arguments.
func operatorCandidates(name string, prefix bool) []*builtin.Operator {
	var out []*builtin.Operator
	for _, o := range builtin.Operators(name) {
		if (o.Left == 0) == prefix {
			out = append(out, o)
		}
	}
	return out
}

// findOperator resolves an operator for argument types; 0 for the left of a
// prefix one. nil and an error if there is none or too many.
func (a *analyzer) findOperator(name string, left, right types.OID, loc int32) (*builtin.Operator, error) {
	prefix := left == 0
	list := operatorCandidates(name, prefix)
	// An unknown literal is first taken to be of the other side's type.
	l, r := left, right
	if !prefix {
		if l == types.UnknownOID && r != types.UnknownOID {
			l = r
		} else if r == types.UnknownOID && l != types.UnknownOID {
			r = l
		}
	}
	for _, o := range list {
		if o.Left == l && o.Right == r {
			return o, nil
		}
	}
	in := []types.OID{left, right}
	if prefix {
		in = in[1:]
	}
	cands := make([]candidate, 0, len(list))
	byFn := make([]*builtin.Operator, 0, len(list))
	for _, o := range list {
		args := []types.OID{o.Left, o.Right}
		if prefix {
			args = args[1:]
		}
		cands = append(cands, candidate{args: args, defaults: len(byFn)})
		byFn = append(byFn, o)
	}
	matching := matchCandidates(cands, in)
	if len(matching) == 0 {
		sig := name + " " + a.typeName(right)
		if !prefix {
			sig = a.typeName(left) + " " + sig
		}
		hint := "No operator matches the given name and argument types. You might need to add explicit type casts."
		if prefix {
			hint = "No operator matches the given name and argument type. You might need to add an explicit type cast."
		}
		return nil, pgerr.New(pgerr.UndefinedFunction, "operator does not exist: %s", sig).WithHint("%s", hint).At(loc)
	}
	if c := selectCandidate(matching, in); c != nil {
		return byFn[c.defaults], nil
	}
	sig := name + " " + a.typeName(right)
	if !prefix {
		sig = a.typeName(left) + " " + sig
	}
	return nil, pgerr.New(pgerr.AmbiguousFunction, "operator is not unique: %s", sig).
		WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.").At(loc)
}

// makeOp builds left op right (left nil: prefix), as make_op does.
func (a *analyzer) makeOp(name string, left, right Expr, loc int32) (*Call, error) {
	var lt types.OID
	if left != nil {
		lt = left.Type()
	}
	op, err := a.findOperator(name, lt, right.Type(), loc)
	if err != nil {
		return nil, err
	}
	args := []Expr{right}
	declared := []types.OID{op.Right}
	if left != nil {
		args = []Expr{left, right}
		declared = []types.OID{op.Left, op.Right}
	}
	declared, ret, err := a.resolveGenerics(argTypes(args), declared, op.Ret, loc)
	if err != nil {
		return nil, err
	}
	for i := range args {
		if args[i], err = a.coerce(args[i], declared[i], builtin.CastImplicit, -1); err != nil {
			return nil, err
		}
	}
	return &Call{Typed: Typed{ret, -1, loc}, Fn: bind(op.Fn, args, ret), Args: args, Op: name}, nil
}
