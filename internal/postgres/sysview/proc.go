package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// languageInternal is the language of functions written into the server.
const languageInternal types.OID = 12

// eachFunction calls fn for the functions that the query can be about.
func (s *scan) eachFunction(oidColumn, nameColumn string, fn func(*builtin.Function) error) error {
	if o, ok := s.oid(oidColumn); ok {
		if f := builtin.FunctionByOID(o); f != nil {
			return fn(f)
		}
		return nil
	}
	list := builtin.AllFunctions
	if nameColumn != "" {
		if name, ok := s.text(nameColumn); ok {
			list = func() []*builtin.Function { return builtin.Functions(name) }
		}
	}
	for _, f := range list() {
		if err := fn(f); err != nil {
			return err
		}
	}
	return nil
}

// schemaOf is the schema of a function.
func schemaOf(f *builtin.Function) types.OID {
	if informationFunctions[f.OID] {
		return catalog.InformationSchemaOID
	}
	return catalog.PgCatalogOID
}

func pgProc(s *scan) error {
	return s.eachFunction("oid", "proname", func(f *builtin.Function) error {
		rows := 0.0
		if f.Set != nil || f.BindSet != nil {
			rows = 1000
		}
		all, modes, names := procParameters(f)
		return s.row(
			oid(f.OID), text(f.Name), oid(schemaOf(f)), oid(catalog.BootstrapRole), oid(languageInternal), float(1), float(rows),
			oid(f.Variadic), num(0), char(f.Kind), boolean(false), boolean(false), boolean(f.Strict), boolean(rows > 0),
			char(byte(f.Volatility)), text("s"), num(len(f.Args)), num(f.Defaults), oid(f.Ret), oidvector(f.Args),
			all, modes, names, null, null, text(f.Source), null, null, null, null,
		)
	})
}

// procParameters is proallargtypes, proargmodes and proargnames: the first two
// are NULL unless there are parameters that give a value out.
func procParameters(f *builtin.Function) (all, modes, names types.Datum) {
	list := make([]string, 0, len(f.Args)+len(f.OutNames))
	named := false
	for i := range f.Args {
		n := ""
		if i < len(f.ArgNames) {
			n = f.ArgNames[i]
		}
		named = named || n != ""
		list = append(list, n)
	}
	all, modes, names = null, null, null
	if len(f.OutTypes) > 0 || f.Variadic != 0 {
		typs := append(append([]types.OID(nil), f.Args...), f.OutTypes...)
		how := make([]string, len(typs))
		for i := range how {
			switch {
			case i >= len(f.Args):
				how[i] = "o"
			case f.Variadic != 0 && i == len(f.Args)-1:
				how[i] = "v"
			default:
				how[i] = "i"
			}
		}
		all, modes = numbers(types.OIDOID, typs), texts(types.CharOID, how)
	}
	if len(f.OutTypes) > 0 {
		list = append(list, f.OutNames...)
		named = true
	}
	if named {
		names = texts(types.TextOID, list)
	}
	return all, modes, names
}

func pgAggregate(s *scan) error {
	return s.eachFunction("aggfnoid", "", func(f *builtin.Function) error {
		if f.Kind != 'a' {
			return nil
		}
		kind, direct := byte('n'), 0
		if f.Agg != nil && f.Agg.OrderedSet {
			kind, direct = 'o', len(f.Args)-1
		}
		// What follows describes transition functions in SQL; aggregates here have none.
		return s.row(
			oid(f.OID), char(kind), num(direct), num(0), num(0), num(0), num(0), num(0), num(0), num(0), num(0),
			boolean(false), boolean(false), char('r'), char('r'), num(0), num(0), num(0), num(0), num(0), null, null,
		)
	})
}

func pgOperator(s *scan) error {
	for _, o := range operatorsGiven(s) {
		kind := byte('b')
		if o.Left == 0 {
			kind = 'l'
		}
		negator, commutator := types.OID(0), types.OID(0)
		if n := builtin.OperatorFor(o.Negator, o.Left, o.Right); n != nil {
			negator = n.OID
		}
		if c := builtin.OperatorFor(o.Commutator, o.Right, o.Left); c != nil {
			commutator = c.OID
		}
		if err := s.row(
			oid(o.OID), text(o.Name), oid(catalog.PgCatalogOID), oid(catalog.BootstrapRole), char(kind), boolean(o.Mergeable),
			boolean(o.Hashable), oid(o.Left), oid(o.Right), oid(o.Ret), oid(commutator), oid(negator), oid(o.Fn.OID), num(0), num(0),
		); err != nil {
			return err
		}
	}
	return nil
}

func operatorsGiven(s *scan) []*builtin.Operator {
	if o, ok := s.oid("oid"); ok {
		if op := builtin.OperatorByOID(o); op != nil {
			return []*builtin.Operator{op}
		}
		return nil
	}
	if name, ok := s.text("oprname"); ok {
		return builtin.Operators(name)
	}
	return builtin.AllOperators()
}

func pgCast(s *scan) error {
	for _, f := range facts().casts {
		c := builtin.FindCast(f.from, f.to)
		if c == nil {
			continue
		}
		fn := f.fn
		if builtin.FunctionByOID(fn) == nil {
			fn = 0 // the conversion is not to be called by name
		}
		if err := s.row(oid(f.oid), oid(f.from), oid(f.to), oid(fn), char(byte(c.Context)), char(f.method)); err != nil {
			return err
		}
	}
	return nil
}

func pgLanguage(s *scan) error {
	return s.row(
		oid(languageInternal), text("internal"), oid(catalog.BootstrapRole), boolean(false), boolean(false),
		num(0), num(0), num(2246), null,
	)
}
