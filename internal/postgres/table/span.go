package table

import (
	"bytes"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// keySpan is a span as keys of the store, [lower, upper). A point is one key,
// lower, which is at most one row's.
type keySpan struct {
	lower, upper []byte
	point        bool
}

// keySpans encodes the spans of a scan, without empty ones. il nil is a table
// ordered by hidden row numbers, which has no bounds to give.
func (l *layout) keySpans(il *indexLayout, spans []Span) []keySpan {
	prefix, end := l.prefix, l.end
	if il != nil {
		prefix, end = il.prefix, il.end
	}
	if il == nil || len(spans) == 0 {
		return []keySpan{{lower: prefix, upper: end}}
	}
	out := make([]keySpan, 0, len(spans))
	for i := range spans {
		s := &spans[i]
		k := keySpan{lower: prefix, upper: end}
		if len(s.Lower.Key) > 0 {
			k.lower = il.appendBound(nil, s.Lower.Key)
			k.point = il.unique && isPoint(s, len(il.keys))
			if !s.Lower.Inclusive {
				k.lower = storage.PrefixEnd(k.lower)
			}
		}
		if len(s.Upper.Key) > 0 {
			k.upper = il.appendBound(nil, s.Upper.Key)
			if s.Upper.Inclusive {
				k.upper = storage.PrefixEnd(k.upper)
			}
		}
		if bytes.Compare(k.lower, k.upper) < 0 {
			out = append(out, k)
		}
	}
	return out
}

func (il *indexLayout) appendBound(dst []byte, key []types.Datum) []byte {
	dst = append(dst, il.prefix...)
	for i, d := range key {
		k := &il.keys[i]
		dst = types.AppendKey(dst, k.oid, d, k.desc, k.nullsFirst)
	}
	return dst
}

// isPoint tells whether a span holds one full key without NULLs.
func isPoint(s *Span, columns int) bool {
	if !s.Lower.Inclusive || !s.Upper.Inclusive || len(s.Lower.Key) != columns || len(s.Upper.Key) != columns {
		return false
	}
	for i, d := range s.Lower.Key {
		if d.IsNull() || d != s.Upper.Key[i] {
			return false
		}
	}
	return true
}
