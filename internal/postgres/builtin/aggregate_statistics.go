package builtin

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// momentsState is variance and standard deviation of exact types: N, ΣX, ΣX².
type momentsState struct {
	sum, squares numericSum
	ints         bool
	sample       bool
	root         bool
	special      bool // a NaN or infinity came
}

func (s *momentsState) Add(_ *Context, a []types.Datum) error {
	var n *numeric
	if s.ints {
		n = types.NumericFromInt(a[0].Int())
	} else {
		n = a[0].Numeric()
	}
	if types.NumericIsNaN(n) || types.NumericIsInf(n) {
		s.special = true
		s.sum.n++
		return nil
	}
	sq, err := types.NumericMul(n, n)
	if err != nil {
		return err
	}
	if err := s.squares.addNumeric(sq); err != nil {
		return err
	}
	return s.sum.addNumeric(n)
}

func (s *momentsState) Result(*Context) (types.Datum, error) {
	n := s.sum.n
	if n == 0 || s.sample && n == 1 {
		return types.Null, nil
	}
	if s.special {
		return types.NumericDatum(types.NumericNaN()), nil
	}
	count := types.NumericFromInt(n)
	left, err := types.NumericMul(count, s.squares.big)
	if err != nil {
		return types.Null, err
	}
	right, err := types.NumericMul(s.sum.big, s.sum.big)
	if err != nil {
		return types.Null, err
	}
	num, err := types.NumericSub(left, right)
	if err != nil {
		return types.Null, err
	}
	if types.NumericSign(num) <= 0 {
		return types.NumericDatum(types.NumericFromInt(0)), nil
	}
	if s.sample {
		count = types.NumericFromInt(n - 1)
	}
	den, err := types.NumericMul(types.NumericFromInt(n), count)
	if err != nil {
		return types.Null, err
	}
	v, err := types.NumericDiv(num, den)
	if err == nil && s.root {
		v, err = types.NumericSqrtAt(v, types.NumericScale(v))
	}
	return numericResult(v, err)
}

func (s *momentsState) Size() int { return 160 }

// floatState keeps the running sums of Youngs and Cramer, which stay exact
// where the plain ones cancel out. One variable, or Y and X of a regression.
type floatState struct {
	n                     float64
	sx, sxx, sy, syy, sxy float64
	two                   bool
	result                func(s *floatState) (float64, bool)
}

func (s *floatState) Add(_ *Context, a []types.Datum) error {
	if !s.two {
		return accumulate(&s.n, &s.sx, &s.sxx, a[0].Float())
	}
	y, x := a[0].Float(), a[1].Float()
	n, sx, sy := s.n, s.sx, s.sy
	if err := accumulate(&n, &s.sy, &s.syy, y); err != nil {
		return err
	}
	if err := accumulate(&s.n, &s.sx, &s.sxx, x); err != nil {
		return err
	}
	if s.n > 1 {
		tx, ty := x*s.n-s.sx, y*s.n-s.sy
		s.sxy += tx * ty / (s.n * (s.n - 1))
		if math.IsInf(s.sxy, 0) {
			if !math.IsInf(sx, 0) && !math.IsInf(sy, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
				return floatOverflow()
			}
			s.sxy = math.NaN()
		}
	} else if math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(y) || math.IsInf(y, 0) {
		s.sxy = math.NaN()
	}
	return nil
}

func accumulate(n, sum, squares *float64, v float64) error {
	old := *sum
	*n++
	*sum += v
	if *n > 1 {
		t := v**n - *sum
		*squares += t * t / (*n * (*n - 1))
		if math.IsInf(*sum, 0) || math.IsInf(*squares, 0) {
			if !math.IsInf(old, 0) && !math.IsInf(v, 0) {
				return floatOverflow()
			}
			*squares = math.NaN()
		}
	} else if math.IsNaN(v) || math.IsInf(v, 0) {
		*squares = math.NaN()
	}
	return nil
}

func (s *floatState) Result(*Context) (types.Datum, error) {
	v, ok := s.result(s)
	if !ok {
		return types.Null, nil
	}
	return types.Float(v), nil
}

func (s *floatState) Size() int { return 64 }

// variance of floats: sample or population, and its root.
func floatVariance(sample, root bool) func(*floatState) (float64, bool) {
	return func(s *floatState) (float64, bool) {
		d := s.n
		if sample {
			d--
		}
		if d <= 0 {
			return 0, false
		}
		v := s.sxx / d
		if root {
			v = math.Sqrt(v)
		}
		return v, true
	}
}

// regressions are the two-variable aggregates, named as SQL does.
var regressions = map[string]func(*floatState) (float64, bool){
	"regr_sxx":   func(s *floatState) (float64, bool) { return s.sxx, s.n >= 1 },
	"regr_syy":   func(s *floatState) (float64, bool) { return s.syy, s.n >= 1 },
	"regr_sxy":   func(s *floatState) (float64, bool) { return s.sxy, s.n >= 1 },
	"regr_avgx":  func(s *floatState) (float64, bool) { return s.sx / s.n, s.n >= 1 },
	"regr_avgy":  func(s *floatState) (float64, bool) { return s.sy / s.n, s.n >= 1 },
	"covar_pop":  func(s *floatState) (float64, bool) { return s.sxy / s.n, s.n >= 1 },
	"covar_samp": func(s *floatState) (float64, bool) { return s.sxy / (s.n - 1), s.n >= 2 },
	"corr": func(s *floatState) (float64, bool) {
		return s.sxy / math.Sqrt(s.sxx*s.syy), s.n >= 1 && s.sxx != 0 && s.syy != 0
	},
	"regr_r2": func(s *floatState) (float64, bool) {
		if s.n < 1 || s.sxx == 0 {
			return 0, false
		}
		if s.syy == 0 {
			return 1, true
		}
		return s.sxy * s.sxy / (s.sxx * s.syy), true
	},
	"regr_slope":     func(s *floatState) (float64, bool) { return s.sxy / s.sxx, s.n >= 1 && s.sxx != 0 },
	"regr_intercept": func(s *floatState) (float64, bool) { return (s.sy - s.sx*s.sxy/s.sxx) / s.n, s.n >= 1 && s.sxx != 0 },
}

func init() {
	type spread struct{ sample, root bool }
	spreads := map[string]spread{
		"variance": {true, false}, "var_samp": {true, false}, "var_pop": {false, false},
		"stddev": {true, true}, "stddev_samp": {true, true}, "stddev_pop": {false, true},
	}
	for name, sp := range spreads {
		for _, t := range []string{"int2", "int4", "int8", "numeric"} {
			ints := t != "numeric"
			provideAgg(name+"("+t+")", func() AggState {
				return &momentsState{ints: ints, sample: sp.sample, root: sp.root}
			}, true)
		}
		for _, t := range []string{"float4", "float8"} {
			result := floatVariance(sp.sample, sp.root)
			provideAgg(name+"("+t+")", func() AggState { return &floatState{result: result} }, false)
		}
	}
	for _, t := range []string{"float4", "float8"} {
		provideAgg("avg("+t+")", func() AggState {
			return &floatState{result: func(s *floatState) (float64, bool) { return s.sx / s.n, s.n >= 1 }}
		}, false)
	}
	for name, result := range regressions {
		provideAgg(name+"(float8,float8)", func() AggState { return &floatState{two: true, result: result} }, false)
	}
	provideAgg("regr_count(float8,float8)", func() AggState { return &countState{} }, true)
}
