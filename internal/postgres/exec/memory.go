package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// datumBytes is a datum's own size.
const datumBytes = 24

// datumSize is about the memory that a datum takes.
func datumSize(d types.Datum) int64 {
	switch d.Kind() {
	case types.KindText:
		return datumBytes + int64(len(d.Raw()))
	case types.KindNumeric:
		return datumBytes + 64
	case types.KindInterval, types.KindTimeTZ:
		return datumBytes + 16
	case types.KindArray:
		n := int64(datumBytes + 64)
		for _, it := range d.Array().Items {
			n += datumSize(it)
		}
		return n
	case types.KindRecord:
		n := int64(datumBytes + 64)
		for _, f := range d.Record().Fields {
			n += datumSize(f)
		}
		return n
	case types.KindJSONB:
		return datumBytes + jsonSize(d.JSONB())
	case types.KindOther:
		return datumBytes + 64
	default:
		return datumBytes
	}
}

func jsonSize(j *types.JSONB) int64 {
	n := int64(128 + len(j.Str))
	for _, k := range j.Keys {
		n += int64(16 + len(k))
	}
	for i := range j.Items {
		n += jsonSize(&j.Items[i])
	}
	return n
}

// batchSize is about the memory that the counting rows of b take when kept.
func batchSize(b *vec.Batch) int64 {
	n := int64(0)
	rows := b.Rows()
	for _, c := range b.Cols {
		if c.Class != vec.ClassDatum {
			n += int64(rows) * 8
			continue
		}
		for i := range rows {
			n += datumSize(c.Get(b.Index(i)))
		}
	}
	return n
}
