package types

import (
	"math"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/apd/v3"
)

// mix spreads an integer's bits (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func combine(h, v uint64) uint64 { return mix(h*31 + v + 0x9e3779b97f4a7c15) }

// nullHash stands for NULL within arrays and rows.
const nullHash = 0x6e756c6c

// Hash is the same for values that Equal holds equal. It is stable across
// processes; integers of different widths hash alike.
func Hash(oid OID, d Datum) uint64 {
	switch d.Kind() {
	case KindNull:
		return nullHash
	case KindInt, KindBool:
		return mix(d.n + 0x9e3779b97f4a7c15)
	case KindText:
		s := d.Str()
		if oid == BPCharOID {
			s = TrimBlanks(s)
		}
		return xxhash.Sum64String(s)
	case KindFloat:
		return hashFloat(d.Float())
	case KindNumeric:
		return hashNumeric(d.Numeric())
	case KindInterval:
		days, micros := d.Interval().span()
		return combine(mix(uint64(days)), uint64(micros))
	case KindTimeTZ:
		t := d.TimeTZ()
		return combine(mix(uint64(t.utc())), uint64(t.Zone))
	case KindJSONB:
		return hashJSON(d.JSONB())
	case KindArray:
		a := d.Array()
		h := uint64(len(a.Items))
		for _, v := range a.Items {
			h = combine(h, Hash(a.Elem, v))
		}
		return h
	case KindRecord:
		r := d.Record()
		h := uint64(len(r.Fields))
		for i, v := range r.Fields {
			h = combine(h, Hash(r.Types[i], v))
		}
		return h
	}
	return 0
}

func hashFloat(f float64) uint64 {
	if math.IsNaN(f) {
		f = math.NaN()
	}
	if f == 0 { // minus zero equals zero
		return mix(0)
	}
	return mix(math.Float64bits(f))
}

func hashNumeric(n *Numeric) uint64 {
	if n.Form != apd.Finite {
		return mix(uint64(numericRank(n) + 7))
	}
	if n.Exponent == 0 && n.Coeff.IsInt64() {
		v := n.Coeff.Int64()
		if n.Negative {
			v = -v
		}
		return mix(uint64(v) + 0x9e3779b97f4a7c15)
	}
	t := NumericTrimScale(n)
	if t.Exponent == 0 && t.Coeff.IsInt64() {
		return hashNumeric(t)
	}
	return xxhash.Sum64(AppendNumeric(nil, t))
}

func hashJSON(v *JSONB) uint64 {
	h := mix(uint64(v.Kind))
	switch v.Kind {
	case JSONString:
		return combine(h, xxhash.Sum64String(v.Str))
	case JSONNumber:
		return combine(h, hashNumeric(v.Num))
	case JSONBool:
		if v.Bool {
			return combine(h, 1)
		}
		return combine(h, 2)
	case JSONArray, JSONObject:
		for i := range v.Items {
			if v.Kind == JSONObject {
				h = combine(h, xxhash.Sum64String(v.Keys[i]))
			}
			h = combine(h, hashJSON(&v.Items[i]))
		}
	}
	return h
}
