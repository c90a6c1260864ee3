package builtin

import (
	"math"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// An ordered-set aggregate gets its direct arguments and then the sorted value
// in every row, in the order of WITHIN GROUP. NULL values do not count.

// percentileState collects the values; the fraction, or an array of them, is
// the direct argument.
type percentileState struct {
	value      types.OID
	ret        types.OID
	continuous bool
	fraction   types.Datum
	items      []types.Datum
	bytes      int
}

func (s *percentileState) Add(_ *Context, a []types.Datum) error {
	s.fraction = a[0]
	if !a[1].IsNull() {
		s.items = append(s.items, a[1])
		s.bytes += datumSize(a[1])
	}
	return nil
}

func (s *percentileState) Size() int { return 64 + s.bytes }

func (s *percentileState) Result(*Context) (types.Datum, error) {
	if len(s.items) == 0 || s.fraction.IsNull() {
		return types.Null, nil
	}
	if s.fraction.Kind() != types.KindArray {
		return s.at(s.fraction.Float())
	}
	in := s.fraction.Array()
	out := &types.Array{Elem: elemOf(s.ret), Dims: in.Dims, Items: make([]types.Datum, len(in.Items))}
	for i, f := range in.Items {
		if f.IsNull() {
			continue
		}
		v, err := s.at(f.Float())
		if err != nil {
			return types.Null, err
		}
		out.Items[i] = v
	}
	return types.ArrayDatum(out), nil
}

func (s *percentileState) at(p float64) (types.Datum, error) {
	if math.IsNaN(p) || p < 0 || p > 1 {
		return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "percentile value %g is not between 0 and 1", p)
	}
	n := len(s.items)
	if !s.continuous {
		return s.items[max(int(math.Ceil(p*float64(n))), 1)-1], nil
	}
	pos := p * float64(n-1)
	lo, hi := int(math.Floor(pos)), int(math.Ceil(pos))
	if lo == hi {
		return s.items[lo], nil
	}
	return s.between(s.items[lo], s.items[hi], pos-float64(lo))
}

func (s *percentileState) between(lo, hi types.Datum, part float64) (types.Datum, error) {
	if s.value == types.IntervalOID {
		diff, err := subtractIntervals(hi.Interval(), lo.Interval())
		if err != nil {
			return types.Null, err
		}
		if diff, err = scaleInterval(diff, part, false); err != nil {
			return types.Null, err
		}
		return intervalResult(addIntervals(lo.Interval(), diff))
	}
	l, h := lo.Float(), hi.Float()
	return types.Float(l + part*(h-l)), nil
}

// modeState finds the value that comes most often; the first of equals wins.
type modeState struct {
	oid             types.OID
	best, last      types.Datum
	bestRun, lenRun int
}

func (s *modeState) Add(_ *Context, a []types.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	if s.lenRun > 0 && types.Equal(s.oid, a[0], s.last) {
		s.lenRun++
	} else {
		s.last, s.lenRun = a[0], 1
	}
	if s.lenRun > s.bestRun {
		s.best, s.bestRun = s.last, s.lenRun
	}
	return nil
}

func (s *modeState) Result(*Context) (types.Datum, error) { return s.best, nil }

func (s *modeState) Size() int { return 64 + datumSize(s.best) + datumSize(s.last) }

func init() {
	for key, continuous := range map[string]bool{
		"percentile_cont(float8,float8)": true, "percentile_cont(float8,interval)": true,
		"percentile_cont(_float8,float8)": true, "percentile_cont(_float8,interval)": true,
		"percentile_disc(float8,anyelement)": false, "percentile_disc(_float8,anyelement)": false,
	} {
		provide(key, implementation{bindAgg: func(args []types.OID, ret types.OID) *Aggregate {
			value := args[len(args)-1]
			return &Aggregate{OrderedSet: true, New: func() AggState {
				return &percentileState{value: value, ret: ret, continuous: continuous}
			}}
		}})
	}
	provide("mode(anyelement)", implementation{bindAgg: func(args []types.OID, _ types.OID) *Aggregate {
		oid := args[0]
		return &Aggregate{OrderedSet: true, New: func() AggState { return &modeState{oid: oid} }}
	}})
}
