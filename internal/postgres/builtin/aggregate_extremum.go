package builtin

import "github.com/orbit-server/orbit/internal/postgres/types"

// extremumState keeps the least or greatest value.
type extremumState struct {
	oid types.OID
	dir int
	v   types.Datum
}

// extremum is min (greatest false) or max.
func extremum(oid types.OID, greatest bool) *Aggregate {
	dir := -1
	if greatest {
		dir = 1
	}
	return &Aggregate{New: func() AggState { return &extremumState{oid: oid, dir: dir} }, IgnoresOrder: true}
}

func (s *extremumState) Add(_ *Context, a []types.Datum) error {
	if s.v.IsNull() || types.Compare(s.oid, a[0], s.v)*s.dir > 0 {
		s.v = a[0]
	}
	return nil
}

func (s *extremumState) Result(*Context) (types.Datum, error) { return s.v, nil }

func (s *extremumState) Size() int { return 64 }
