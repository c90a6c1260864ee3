package hyperloglog

import (
	"encoding/binary"
	"math/bits"

	"github.com/orbit-server/orbit/internal/redis/command"
)

const (
	errNotHLL    command.Error = "WRONGTYPE Key is not a valid HyperLogLog string value."
	errCorrupted command.Error = "INVALIDOBJ Corrupted HLL object detected"
)

// The shape of a value: a header, then registers of six bits.
//
//	HYLL  encoding:1  unused:3  cached estimate:8, little-endian
//
// The most significant bit of the cached estimate says that it is stale.
const (
	magic      = "HYLL"
	headerSize = 16
	dense      = 0
	sparse     = 1

	indexBits = 14
	registers = 1 << indexBits
	rankBits  = 64 - indexBits // of an element's hash, for the length of its run
	denseSize = headerSize + registers*6/8
	staleBit  = 1 << 63
	hashSeed  = 0xadc83b19
)

// value is a HyperLogLog, which its methods change in place or replace.
type value struct {
	b []byte
	// sparseMax is the size up to which a sparse value may grow.
	sparseMax int
}

// sparseMax is the server's hll-sparse-max-bytes, or its default where there is
// no server (a test).
func sparseMax(c *command.Ctx) int {
	if c.Server == nil {
		return 3000
	}
	return int(c.Server.Params().Int("hll-sparse-max-bytes"))
}

// newValue is the empty HyperLogLog.
func newValue(sparseMax int) value {
	b := make([]byte, headerSize, 64)
	copy(b, magic)
	b[4] = sparse
	return value{appendZeros(b, registers), sparseMax}
}

// check refuses a string that is not a HyperLogLog. A sparse one may turn out
// to be corrupted only when it is read.
func check(b []byte) error {
	if len(b) < headerSize || string(b[:4]) != magic || b[4] > sparse || b[4] == dense && len(b) != denseSize {
		return errNotHLL
	}
	return nil
}

func isSparse(b []byte) bool { return b[4] == sparse }

// cached is the estimate that the value carries, if it is still right.
func cached(b []byte) (estimate uint64, ok bool) {
	estimate = binary.LittleEndian.Uint64(b[8:])
	return estimate, estimate&staleBit == 0
}

func (v *value) setCached(estimate uint64) { binary.LittleEndian.PutUint64(v.b[8:], estimate) }

// invalidate marks the cached estimate as stale.
func (v *value) invalidate() { v.b[headerSize-1] |= 0x80 }

// add takes an element in, and says whether a register changed.
func (v *value) add(element []byte) (changed bool, err error) {
	index, rank := place(element)
	return v.raise(index, rank)
}

// raise gives a register this value unless it has a greater one.
func (v *value) raise(index int, rank uint8) (changed bool, err error) {
	if isSparse(v.b) {
		return v.raiseSparse(index, rank)
	}
	return raiseDense(v.b[headerSize:], index, rank), nil
}

// place is the register that an element belongs to, and the length of the run
// of zeros in the rest of its hash, the final one included.
func place(element []byte) (index int, rank uint8) {
	hash := murmurHash64A(element, hashSeed)
	rest := hash>>indexBits | 1<<rankBits
	return int(hash & (registers - 1)), uint8(bits.TrailingZeros64(rest)) + 1
}

// murmurHash64A is MurmurHash2 in its variant for 64-bit machines.
func murmurHash64A(data []byte, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(data))*m
	for ; len(data) >= 8; data = data[8:] {
		k := binary.LittleEndian.Uint64(data) * m
		k ^= k >> r
		h = (h ^ k*m) * m
	}
	if len(data) > 0 {
		var tail [8]byte
		copy(tail[:], data)
		h = (h ^ binary.LittleEndian.Uint64(tail[:])) * m
	}
	h ^= h >> r
	h *= m
	return h ^ h>>r
}
