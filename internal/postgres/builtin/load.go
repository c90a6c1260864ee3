package builtin

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// The facts of pg_proc, pg_operator and pg_cast as PostgreSQL 15 has them, one
// row a line, tab-separated. A row counts only where Go code stands behind it:
// code is found by prosrc, or name(argument types) for aggregates and for what
// PostgreSQL writes in SQL.
var (
	//go:embed data/pg_proc.tsv
	procRows string
	//go:embed data/pg_operator.tsv
	operatorRows string
	//go:embed data/pg_cast.tsv
	castRows string
)

// implementation is the code behind a function.
type implementation struct {
	fn         Func
	set        SetFunc
	agg        *Aggregate
	window     WindowFunc
	bind       func(args []types.OID, ret types.OID) Func
	bindSet    func(args []types.OID, ret types.OID) SetFunc
	bindAgg    func(args []types.OID, ret types.OID) *Aggregate
	bindWindow func(args []types.OID, ret types.OID) WindowFunc
	// strict marks aggregates that are given no NULLs: pg_proc says it of their
	// transition function, not of them.
	strict bool
}

var (
	implementations = map[string]implementation{}

	functionsByName = map[string][]*Function{}
	functionsByOID  = map[types.OID]*Function{}
	operatorsByName = map[string][]*Operator{}
	operatorsByOID  = map[types.OID]*Operator{}
	casts           = map[castKey]*Cast{}
)

type castKey struct{ from, to types.OID }

var load = sync.OnceFunc(func() {
	loadFunctions()
	for _, f := range registered {
		addFunction(f)
	}
	loadOperators()
	loadCasts()
})

// Provide adds the code of functions that pg_proc lists, by prosrc: for packages
// above that own functions over the catalog. It must be called from init.
func Provide(fns map[string]Func) {
	for name, fn := range fns {
		provide(name, implementation{fn: fn})
	}
}

// ProvideSet is Provide for set-returning functions.
func ProvideSet(fns map[string]SetFunc) {
	for name, fn := range fns {
		provide(name, implementation{set: fn})
	}
}

func provide(name string, impl implementation) {
	if _, ok := implementations[name]; ok {
		panic("builtin: two implementations of " + name)
	}
	implementations[name] = impl
}

func provideBind(fns map[string]func(args []types.OID, ret types.OID) Func) {
	for name, bind := range fns {
		provide(name, implementation{bind: bind})
	}
}

func mustOID(s string) types.OID {
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic(fmt.Sprintf("builtin: bad catalog row: %v", err))
	}
	return types.OID(v)
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func oidList(s string) []types.OID {
	words := splitList(s)
	oids := make([]types.OID, len(words))
	for i, w := range words {
		oids[i] = mustOID(w)
	}
	return oids
}

// columns of a row of pg_proc.tsv.
const (
	procOID = iota
	procName
	procArgs
	procArgNames
	procDefaults
	procVariadic
	procRet
	procFlags // strict, volatility, returns a set, kind
	procSource
	procOutNames
	procOutTypes
	procColumns
)

func loadFunctions() {
	for line := range strings.Lines(procRows) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(row) != procColumns {
			panic("builtin: bad row of pg_proc: " + line)
		}
		args := oidList(row[procArgs])
		impl, ok := implementations[row[procSource]]
		if !ok {
			if impl, ok = derived(row, args); !ok {
				continue
			}
		}
		flags := row[procFlags]
		f := &Function{
			OID: mustOID(row[procOID]), Name: row[procName], Args: args, ArgNames: splitList(row[procArgNames]),
			Variadic: mustOID(row[procVariadic]), Ret: mustOID(row[procRet]),
			Strict: flags[0] == 't' || impl.strict, Volatility: Volatility(flags[1]), Kind: flags[3],
			OutNames: splitList(row[procOutNames]), OutTypes: oidList(row[procOutTypes]),
			Source: row[procSource],
			Fn:     impl.fn, Set: impl.set, Agg: impl.agg, Window: impl.window,
			Bind: impl.bind, BindSet: impl.bindSet, BindAgg: impl.bindAgg, BindWindow: impl.bindWindow,
		}
		f.setDefaults(row[procDefaults])
		addFunction(f)
	}
}

func (f *Function) setDefaults(list string) {
	if list == "" {
		return
	}
	values := strings.Split(list, "|")
	f.Defaults = len(values)
	for i, text := range values {
		oid := f.Args[len(f.Args)-len(values)+i]
		d, err := types.Input(oid, text, -1, nil)
		if err != nil {
			panic(fmt.Sprintf("builtin: default of %s: %v", f.Name, err))
		}
		f.DefaultValues = append(f.DefaultValues, d)
	}
}

func addFunction(f *Function) {
	functionsByName[f.Name] = append(functionsByName[f.Name], f)
	functionsByOID[f.OID] = f
}

func loadOperators() {
	for line := range strings.Lines(operatorRows) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		fn, ok := functionsByOID[mustOID(row[8])]
		if !ok {
			continue
		}
		op := &Operator{
			OID: mustOID(row[0]), Name: row[1], Left: mustOID(row[2]), Right: mustOID(row[3]), Ret: mustOID(row[4]),
			Commutator: row[5], Negator: row[6], Hashable: row[7][0] == 't', Mergeable: row[7][1] == 't', Fn: fn,
		}
		operatorsByName[op.Name] = append(operatorsByName[op.Name], op)
		operatorsByOID[op.OID] = op
	}
}

// Functions lists the functions of a name, aggregates and window functions too.
// The caller must not modify what it gets, here and below.
func Functions(name string) []*Function {
	load()
	return functionsByName[name]
}

// FunctionByOID finds a function, nil if there is none.
func FunctionByOID(oid types.OID) *Function {
	load()
	return functionsByOID[oid]
}

// Operators lists the operators of a name.
func Operators(name string) []*Operator {
	load()
	return operatorsByName[name]
}

// OperatorByOID finds an operator, nil if there is none.
func OperatorByOID(oid types.OID) *Operator {
	load()
	return operatorsByOID[oid]
}

// OperatorFor finds the operator of a name for just these operand types (left 0
// for a prefix operator), nil if there is none.
func OperatorFor(name string, left, right types.OID) *Operator {
	for _, op := range Operators(name) {
		if op.Left == left && op.Right == right {
			return op
		}
	}
	return nil
}

// FindCast finds the cast between two types, nil if pg_cast has none. Casts
// through text (I/O conversion) are not in pg_cast.
func FindCast(from, to types.OID) *Cast {
	load()
	return casts[castKey{from, to}]
}

// AllFunctions lists every function by OID, AllOperators every operator, AllCasts
// every cast by its types.
func AllFunctions() []*Function {
	load()
	return slices.SortedFunc(maps.Values(functionsByOID), func(a, b *Function) int { return cmpOID(a.OID, b.OID) })
}

// AllOperators lists every operator by OID.
func AllOperators() []*Operator {
	load()
	return slices.SortedFunc(maps.Values(operatorsByOID), func(a, b *Operator) int { return cmpOID(a.OID, b.OID) })
}

// AllCasts lists every cast, by its types.
func AllCasts() []*Cast {
	load()
	return slices.SortedFunc(maps.Values(casts), func(a, b *Cast) int {
		if a.From != b.From {
			return cmpOID(a.From, b.From)
		}
		return cmpOID(a.To, b.To)
	})
}

func cmpOID(a, b types.OID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
