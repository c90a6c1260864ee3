package exec

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// kernelOf gives a typed kernel for a call of a built-in comparison or
// arithmetic function, nil if there is none. The function's name in pg_proc
// tells which it is; its argument types are checked as well.
func kernelOf(e *plan.Call, base callEval) evaluator {
	if len(base.args) != 2 || !base.strict || e.Fn.OID >= firstUserOID {
		return nil
	}
	l, r := kindOf(e.Args[0].Type()), kindOf(e.Args[1].Type())
	if mask, kind, ok := comparisonOf(e.Fn.Name); ok && l == kind && r == kind {
		return newComparison(base, mask, kind)
	}
	if l != r || kindOf(e.T) != l {
		return nil
	}
	if op, ok := intArithmetic[e.Fn.Name]; ok && l == types.KindInt {
		return &intArithEval{callEval: base, op: op, rng: rangeOf(e.T)}
	}
	if op, ok := floatArithmetic[e.Fn.Name]; ok && l == types.KindFloat && e.T == types.Float8OID {
		return &floatArithEval{callEval: base, op: op}
	}
	return nil
}

// firstUserOID is PostgreSQL's FirstNormalObjectId: functions below are built in.
const firstUserOID = 16384

// cmpMask tells for which outcomes of a three-way comparison an operator holds:
// bit 0 less, bit 1 equal, bit 2 greater.
type cmpMask uint8

var cmpSuffixes = map[string]cmpMask{"lt": 1, "eq": 2, "gt": 4, "le": 3, "ne": 5, "ge": 6}

// comparisonPrefixes are how the names of comparison functions begin, with the
// physical kind of both arguments. Text compares by bytes.
var comparisonPrefixes = map[string]types.Kind{
	"bool": types.KindBool,
	"int2": types.KindInt, "int4": types.KindInt, "int8": types.KindInt,
	"int24": types.KindInt, "int42": types.KindInt, "int28": types.KindInt, "int82": types.KindInt,
	"int48": types.KindInt, "int84": types.KindInt,
	"oid": types.KindInt, "date_": types.KindInt, "time_": types.KindInt,
	"timestamp_": types.KindInt, "timestamptz_": types.KindInt,
	"float4": types.KindFloat, "float8": types.KindFloat, "float48": types.KindFloat, "float84": types.KindFloat,
	"text": types.KindText, "text_": types.KindText, "name": types.KindText, "bytea": types.KindText, "uuid_": types.KindText,
}

func comparisonOf(name string) (cmpMask, types.Kind, bool) {
	if len(name) < 3 {
		return 0, 0, false
	}
	at := len(name) - 2
	mask, ok := cmpSuffixes[name[at:]]
	if !ok {
		return 0, 0, false
	}
	kind, ok := comparisonPrefixes[name[:at]]
	return mask, kind, ok
}

type arithOp uint8

const (
	opAdd arithOp = iota
	opSub
	opMul
	opDiv
	opMod
)

var (
	intArithmetic   = map[string]arithOp{}
	floatArithmetic = map[string]arithOp{}
)

func init() {
	suffixes := map[string]arithOp{"pl": opAdd, "mi": opSub, "mul": opMul, "div": opDiv}
	for suffix, op := range suffixes {
		for _, p := range strings.Fields("int2 int4 int8 int24 int42 int28 int82 int48 int84") {
			intArithmetic[p+suffix] = op
		}
		for _, p := range strings.Fields("float8 float48 float84") {
			floatArithmetic[p+suffix] = op
		}
	}
	for _, p := range strings.Fields("int2 int4 int8") {
		intArithmetic[p+"mod"] = opMod
	}
}
