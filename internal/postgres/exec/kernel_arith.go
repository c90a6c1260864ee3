package exec

import (
	"math"
	"math/bits"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// intRange is what an integer type holds.
type intRange struct {
	min, max int64
	name     string
}

func rangeOf(t types.OID) intRange {
	switch t {
	case types.Int2OID:
		return intRange{math.MinInt16, math.MaxInt16, "smallint"}
	case types.Int4OID:
		return intRange{math.MinInt32, math.MaxInt32, "integer"}
	}
	return intRange{math.MinInt64, math.MaxInt64, "bigint"}
}

func (g intRange) overflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", g.name)
}

func divisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// intArithEval is +, -, *, / or % of two integers.
type intArithEval struct {
	callEval
	op  arithOp
	rng intRange
}

// apply computes one value; ok is false when it does not fit the type.
func (e *intArithEval) apply(a, b int64) (v int64, err error) {
	ok := true
	switch e.op {
	case opAdd:
		v = a + b
		ok = (v > a) == (b > 0)
	case opSub:
		v = a - b
		ok = (v < a) == (b > 0)
	case opMul:
		hi, lo := bits.Mul64(uint64(a), uint64(b))
		v = int64(lo)
		signed := int64(hi) - (a>>63)&b - (b>>63)&a
		ok = signed == v>>63
	case opDiv, opMod:
		switch {
		case b == 0:
			return 0, divisionByZero()
		case b == -1 && e.op == opMod:
			return 0, nil
		case b == -1:
			v = -a
			ok = a != math.MinInt64
		case e.op == opDiv:
			v = a / b
		default:
			v = a % b
		}
	}
	if !ok || v < e.rng.min || v > e.rng.max {
		return 0, e.rng.overflow()
	}
	return v, nil
}

func (e *intArithEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	o, null, err := e.operands(r, b, sel)
	if err != nil {
		return nil, err
	}
	if null {
		return e.allNull(r, b.N), nil
	}
	if !o.classes(vec.ClassInt) {
		return e.callEval.vector(r, b, sel)
	}
	out := e.begin(r, b.N)
	o.nulls(out, b.N, sel)
	var l, rr []int64
	var lx, rx int64
	if o.lconst {
		lx = o.ls.Int()
	} else {
		l = o.l.Ints
	}
	if o.rconst {
		rx = o.rs.Int()
	} else {
		rr = o.r.Ints
	}
	nulls, dst := out.Nulls, out.Ints
	for k := range countOf(sel, b.N) {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		if nulls != nil && nulls[i] {
			continue
		}
		x, y := lx, rx
		if l != nil {
			x = l[i]
		}
		if rr != nil {
			y = rr[i]
		}
		if dst[i], err = e.apply(x, y); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func countOf(sel []int32, n int) int {
	if sel != nil {
		return len(sel)
	}
	return n
}

// floatArithEval is +, -, * or / of two float8.
type floatArithEval struct {
	callEval
	op arithOp
}

func (e *floatArithEval) apply(a, b float64) (float64, error) {
	var v float64
	switch e.op {
	case opAdd:
		v = a + b
	case opSub:
		v = a - b
	case opMul:
		if v = a * b; v == 0 && a != 0 && b != 0 {
			return 0, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow")
		}
	case opDiv:
		if b == 0 && a == a {
			return 0, divisionByZero()
		}
		if v = a / b; v == 0 && a != 0 && !math.IsInf(b, 0) {
			return 0, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow")
		}
	}
	if math.IsInf(v, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
	}
	return v, nil
}

func (e *floatArithEval) vector(r *run, b *vec.Batch, sel []int32) (*vec.Vec, error) {
	o, null, err := e.operands(r, b, sel)
	if err != nil {
		return nil, err
	}
	if null {
		return e.allNull(r, b.N), nil
	}
	if !o.classes(vec.ClassFloat) {
		return e.callEval.vector(r, b, sel)
	}
	out := e.begin(r, b.N)
	o.nulls(out, b.N, sel)
	return out, each(sel, b.N, func(i int) error {
		if out.Nulls != nil && out.Nulls[i] {
			return nil
		}
		x, y := o.ls.Float(), o.rs.Float()
		if !o.lconst {
			x = o.l.Floats[i]
		}
		if !o.rconst {
			y = o.r.Floats[i]
		}
		var err error
		out.Floats[i], err = e.apply(x, y)
		return err
	})
}
