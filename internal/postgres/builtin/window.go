package builtin

import (
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func rowNumber(_ *Context, f WindowFrame) (types.Datum, error) {
	return types.Int(int64(f.Row()) + 1), nil
}

func rank(_ *Context, f WindowFrame) (types.Datum, error) {
	return types.Int(int64(f.PeerStart()) + 1), nil
}

func denseRank(_ *Context, f WindowFrame) (types.Datum, error) {
	return types.Int(int64(f.PeerGroup()) + 1), nil
}

func percentRank(_ *Context, f WindowFrame) (types.Datum, error) {
	if f.Rows() <= 1 {
		return types.Float(0), nil
	}
	return types.Float(float64(f.PeerStart()) / float64(f.Rows()-1)), nil
}

func cumeDist(_ *Context, f WindowFrame) (types.Datum, error) {
	return types.Float(float64(f.PeerEnd()) / float64(f.Rows())), nil
}

// ntile deals the partition into buckets as even as can be, the larger first.
func ntile(_ *Context, f WindowFrame) (types.Datum, error) {
	d, err := f.Arg(0, 0)
	if err != nil || d.IsNull() {
		return types.Null, err
	}
	n := d.Int()
	if n <= 0 {
		return types.Null, pgerr.New(pgerr.InvalidArgumentForNtile, "argument of ntile must be greater than zero")
	}
	rows, row := int64(f.Rows()), int64(f.Row())
	size, larger := rows/n, rows%n
	if row < larger*(size+1) {
		return types.Int(row/(size+1) + 1), nil
	}
	return types.Int(larger + (row-larger*(size+1))/size + 1), nil
}

// offsetBy is lag (dir -1) and lead (dir 1), with args given.
func offsetBy(dir int64, args int) WindowFunc {
	return func(_ *Context, f WindowFrame) (types.Datum, error) {
		offset := int64(1)
		if args > 1 {
			d, err := f.Arg(f.Row(), 1)
			if err != nil || d.IsNull() {
				return types.Null, err
			}
			offset = d.Int()
		}
		row := int64(f.Row()) + dir*offset
		if row >= 0 && row < int64(f.Rows()) {
			return f.Arg(int(row), 0)
		}
		if args > 2 {
			return f.Arg(f.Row(), 2)
		}
		return types.Null, nil
	}
}

func firstValue(_ *Context, f WindowFrame) (types.Datum, error) {
	if f.FrameStart() >= f.FrameEnd() {
		return types.Null, nil
	}
	return f.Arg(f.FrameStart(), 0)
}

func lastValue(_ *Context, f WindowFrame) (types.Datum, error) {
	if f.FrameStart() >= f.FrameEnd() {
		return types.Null, nil
	}
	return f.Arg(f.FrameEnd()-1, 0)
}

func nthValue(_ *Context, f WindowFrame) (types.Datum, error) {
	d, err := f.Arg(f.Row(), 1)
	if err != nil || d.IsNull() {
		return types.Null, err
	}
	n := d.Int()
	if n <= 0 {
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "argument of nth_value must be greater than zero")
	}
	row := int64(f.FrameStart()) + n - 1
	if row >= int64(f.FrameEnd()) {
		return types.Null, nil
	}
	return f.Arg(int(row), 0)
}

func init() {
	for name, fn := range map[string]WindowFunc{
		"window_row_number": rowNumber, "window_rank": rank, "window_dense_rank": denseRank,
		"window_percent_rank": percentRank, "window_cume_dist": cumeDist, "window_ntile": ntile,
		"window_lag": offsetBy(-1, 1), "window_lag_with_offset": offsetBy(-1, 2),
		"window_lag_with_offset_and_default": offsetBy(-1, 3),
		"window_lead":                        offsetBy(1, 1), "window_lead_with_offset": offsetBy(1, 2),
		"window_lead_with_offset_and_default": offsetBy(1, 3),
		"window_first_value":                  firstValue, "window_last_value": lastValue, "window_nth_value": nthValue,
	} {
		provide(name, implementation{window: fn})
	}
}
