package wire

import (
	"encoding/binary"
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// begin appends a message's header; end puts its length in.
func begin(b []byte, typ byte) (out []byte, at int) {
	return append(b, typ, 0, 0, 0, 0), len(b) + 1
}

func end(b []byte, at int) []byte {
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at))
	return b
}

func appendInt16(b []byte, n int) []byte { return binary.BigEndian.AppendUint16(b, uint16(n)) }
func appendInt32(b []byte, n int) []byte { return binary.BigEndian.AppendUint32(b, uint32(n)) }

func appendCString(b []byte, s string) []byte { return append(append(b, s...), 0) }

// appendError appends an ErrorResponse ('E') or NoticeResponse ('N').
func appendError(b []byte, typ byte, e *pgerr.Error) []byte {
	b, at := begin(b, typ)
	severity := e.Severity
	if severity == "" {
		severity = "ERROR"
	}
	field := func(code byte, v string) {
		if v != "" {
			b = appendCString(append(b, code), v)
		}
	}
	field('S', severity)
	field('V', severity)
	field('C', e.Code)
	b = appendCString(append(b, 'M'), e.Message)
	field('D', e.Detail)
	field('H', e.Hint)
	if e.Position > 0 {
		field('P', strconv.Itoa(e.Position))
	}
	field('W', e.Where)
	field('s', e.Schema)
	field('t', e.Table)
	field('c', e.Column)
	field('d', e.DataType)
	field('n', e.Constraint)
	return end(append(b, 0), at)
}

// formatOf is the format of a column: 0 text, 1 binary.
func formatOf(formats []int16, i int) int16 {
	switch len(formats) {
	case 0:
		return 0
	case 1:
		return formats[0]
	default:
		return formats[i]
	}
}

// appendRowDescription appends a RowDescription.
func appendRowDescription(b []byte, cols []plan.ResultColumn, formats []int16) []byte {
	b, at := begin(b, 'T')
	b = appendInt16(b, len(cols))
	for i := range cols {
		c := &cols[i]
		b = appendCString(b, c.Name)
		b = appendInt32(b, int(c.Table))
		b = appendInt16(b, int(c.Attnum))
		b = appendInt32(b, int(c.Type))
		size := int16(-1)
		if t := types.ByOID(c.Type); t != nil {
			size = t.Len
		}
		b = appendInt16(b, int(size))
		b = appendInt32(b, int(c.Typmod))
		b = appendInt16(b, int(formatOf(formats, i)))
	}
	return end(b, at)
}

// appendRow appends a DataRow: the row of a batch at position at.
func appendRow(b []byte, cols []plan.ResultColumn, formats []int16, batch *vec.Batch, at int, f *types.Format) ([]byte, error) {
	b, head := begin(b, 'D')
	b = appendInt16(b, len(cols))
	for i := range cols {
		v := batch.Cols[i]
		if v.IsNull(at) {
			b = append(b, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		start := len(b)
		b = append(b, 0, 0, 0, 0)
		if formatOf(formats, i) == 0 {
			b = appendText(b, cols[i].Type, v, at, f)
		} else {
			var err error
			if b, err = appendBinary(b, cols[i].Type, v, at); err != nil {
				return b, err
			}
		}
		binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	}
	return end(b, head), nil
}

func appendText(b []byte, oid types.OID, v *vec.Vec, at int, f *types.Format) []byte {
	switch oid {
	case types.Int4OID, types.Int8OID, types.Int2OID, types.OIDOID:
		return strconv.AppendInt(b, v.Ints[at], 10)
	case types.TextOID, types.VarCharOID, types.BPCharOID, types.NameOID:
		if v.Class == vec.ClassDatum {
			return append(b, v.Datums[at].Str()...)
		}
	}
	return types.AppendText(b, oid, v.Get(at), f)
}

func appendBinary(b []byte, oid types.OID, v *vec.Vec, at int) ([]byte, error) {
	switch oid {
	case types.Int4OID:
		return binary.BigEndian.AppendUint32(b, uint32(v.Ints[at])), nil
	case types.Int8OID:
		return binary.BigEndian.AppendUint64(b, uint64(v.Ints[at])), nil
	}
	return types.AppendBinary(b, oid, v.Get(at))
}
