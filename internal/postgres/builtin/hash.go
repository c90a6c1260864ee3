package builtin

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// The hash functions of SQL give PostgreSQL's own values (Jenkins' lookup3, as
// in its hashfn.c): programs keep them, and derive advisory locks from them.

const hashSeed = 0x9e3779b9

func hashMix(a, b, c uint32) (uint32, uint32, uint32) {
	a -= c
	a ^= bits.RotateLeft32(c, 4)
	c += b
	b -= a
	b ^= bits.RotateLeft32(a, 6)
	a += c
	c -= b
	c ^= bits.RotateLeft32(b, 8)
	b += a
	a -= c
	a ^= bits.RotateLeft32(c, 16)
	c += b
	b -= a
	b ^= bits.RotateLeft32(a, 19)
	a += c
	c -= b
	c ^= bits.RotateLeft32(b, 4)
	b += a
	return a, b, c
}

func hashFinal(a, b, c uint32) uint32 {
	c ^= b
	c -= bits.RotateLeft32(b, 14)
	a ^= c
	a -= bits.RotateLeft32(c, 11)
	b ^= a
	b -= bits.RotateLeft32(a, 25)
	c ^= b
	c -= bits.RotateLeft32(b, 16)
	a ^= c
	a -= bits.RotateLeft32(c, 4)
	b ^= a
	b -= bits.RotateLeft32(a, 14)
	c ^= b
	c -= bits.RotateLeft32(b, 24)
	return c
}

// hashAny hashes bytes.
func hashAny(k []byte) uint32 {
	a := uint32(hashSeed) + uint32(len(k)) + 3923095
	b, c := a, a
	for len(k) >= 12 {
		a += binary.LittleEndian.Uint32(k)
		b += binary.LittleEndian.Uint32(k[4:])
		c += binary.LittleEndian.Uint32(k[8:])
		a, b, c = hashMix(a, b, c)
		k = k[12:]
	}
	for i, v := range k {
		switch {
		case i < 4:
			a += uint32(v) << (8 * i)
		case i < 8:
			b += uint32(v) << (8 * (i - 4))
		default: // the lowest byte of c holds the length
			c += uint32(v) << (8 * (i - 7))
		}
	}
	return hashFinal(a, b, c)
}

// hashInt hashes one 32-bit word.
func hashInt(v uint32) uint32 {
	a := uint32(hashSeed) + 4 + 3923095
	return hashFinal(a+v, a, a)
}

// hashLong hashes 64 bits so that small numbers hash as their 32 bits do.
func hashLong(v int64) uint32 {
	lo, hi := uint32(v), uint32(v>>32)
	if v >= 0 {
		lo ^= hi
	} else {
		lo ^= ^hi
	}
	return hashInt(lo)
}

func hashDouble(f float64) uint32 {
	if f == 0 {
		return 0
	}
	b := math.Float64bits(f)
	if math.IsNaN(f) {
		b = 0x7ff8000000000000 // C's NaN; Go's has one bit more
	}
	return hashAny(binary.LittleEndian.AppendUint64(nil, b))
}

func hashFunc(of func(types.Datum) uint32) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Int(int64(int32(of(a[0])))), nil }
}

func init() {
	text := hashFunc(func(d types.Datum) uint32 { return hashAny(d.Raw()) })
	long := hashFunc(func(d types.Datum) uint32 { return hashLong(d.Int()) })
	word := hashFunc(func(d types.Datum) uint32 { return hashInt(uint32(d.Int())) })
	double := hashFunc(func(d types.Datum) uint32 { return hashDouble(d.Float()) })
	Provide(map[string]Func{
		"hashtext": text, "hashname": text, "uuid_hash": text,
		"hashbpchar": hashFunc(func(d types.Datum) uint32 { return hashAny([]byte(types.TrimBlanks(d.Str()))) }),
		"hashchar": hashFunc(func(d types.Datum) uint32 {
			if d.Str() == "" {
				return hashInt(0)
			}
			return hashInt(uint32(int32(int8(d.Str()[0]))))
		}),
		"hashint2": word, "hashint4": word, "hashoid": word, "hashint8": long, "time_hash": long, "timestamp_hash": long,
		"hashfloat4": double, "hashfloat8": double,
	})
}
