package hyperloglog

import "slices"

// The sparse representation: runs of equal registers, in one or two bytes each.
//
//	00xxxxxx           zero:  1 to 64 registers that are 0
//	01xxxxxx yyyyyyyy  xzero: 1 to 16384 registers that are 0
//	1vvvvvxx           val:   1 to 4 registers that are 1 to 32
const (
	zeroMaxSpan = 64
	valMaxSpan  = 4
	valMaxRank  = 32
	xzeroTag    = 0x40
	valTag      = 0x80
)

// opcode is one run as it is stored.
type opcode struct {
	span int
	rank uint8 // 0 for both kinds of zeros
	size int   // bytes
}

// decode reads the opcode that b begins with; ok is false if b ends within it.
func decode(b []byte) (op opcode, ok bool) {
	switch {
	case b[0]&valTag != 0:
		return opcode{int(b[0]&3) + 1, b[0]>>2&0x1f + 1, 1}, true
	case b[0]&xzeroTag == 0:
		return opcode{int(b[0]&0x3f) + 1, 0, 1}, true
	case len(b) < 2:
		return opcode{}, false
	}
	return opcode{(int(b[0]&0x3f)<<8 | int(b[1])) + 1, 0, 2}, true
}

func appendVal(b []byte, rank uint8, span int) []byte {
	return append(b, (rank-1)<<2|byte(span-1)|valTag)
}

// appendZeros encodes a run of zeros in the shortest way.
func appendZeros(b []byte, span int) []byte {
	if span--; span < zeroMaxSpan {
		return append(b, byte(span))
	}
	return append(b, byte(span>>8)|xzeroTag, byte(span))
}

// appendRun encodes a piece of a run, if there is anything of it.
func appendRun(b []byte, rank uint8, span int) []byte {
	switch {
	case span == 0:
		return b
	case rank == 0:
		return appendZeros(b, span)
	}
	return appendVal(b, rank, span)
}

// eachRun calls fn for every run, and refuses what does not make up exactly all
// registers.
func eachRun(b []byte, fn func(first, span int, rank uint8)) error {
	first := 0
	for len(b) > 0 {
		op, ok := decode(b)
		if !ok || first+op.span > registers {
			return errCorrupted
		}
		fn(first, op.span, op.rank)
		first += op.span
		b = b[op.size:]
	}
	if first != registers {
		return errCorrupted
	}
	return nil
}

// raiseSparse is raise for the sparse representation. It turns into the dense
// one when it cannot hold the rank or becomes too large.
func (v *value) raiseSparse(index int, rank uint8) (changed bool, err error) {
	if rank > valMaxRank {
		return v.raiseAsDense(index, rank)
	}
	at, before, first := headerSize, headerSize, 0 // before is the opcode before at
	var op opcode
	for {
		if at >= len(v.b) {
			return false, errCorrupted
		}
		var ok bool
		if op, ok = decode(v.b[at:]); !ok {
			return false, errCorrupted
		}
		if index < first+op.span {
			break
		}
		before, at, first = at, at+op.size, first+op.span
	}
	if op.rank >= rank {
		return false, nil
	}
	var buf [5]byte
	split := appendRun(buf[:0], op.rank, index-first)
	split = appendVal(split, rank, 1)
	split = appendRun(split, op.rank, first+op.span-1-index)
	if grows := len(split) - op.size; grows > 0 && len(v.b)+grows > v.sparseMax {
		return v.raiseAsDense(index, rank)
	}
	v.b = slices.Replace(v.b, at, at+op.size, split...)
	v.mergeFrom(before)
	v.invalidate()
	return true, nil
}

func (v *value) raiseAsDense(index int, rank uint8) (bool, error) {
	if err := v.toDense(); err != nil {
		return false, err
	}
	v.invalidate()
	return raiseDense(v.b[headerSize:], index, rank), nil
}

// mergeFrom joins neighbouring runs of one rank among the next few opcodes, as
// many as an update can have touched.
func (v *value) mergeFrom(at int) {
	for range 5 {
		if at >= len(v.b) {
			return
		}
		op, ok := decode(v.b[at:])
		if !ok {
			return
		}
		if op.rank > 0 && at+1 < len(v.b) {
			next, ok := decode(v.b[at+1:])
			if ok && next.rank == op.rank && op.span+next.span <= valMaxSpan {
				v.b = slices.Delete(v.b, at, at+1)
				appendVal(v.b[:at], op.rank, op.span+next.span)
				continue
			}
		}
		at += op.size
	}
}
