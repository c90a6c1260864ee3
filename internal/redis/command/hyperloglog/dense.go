package hyperloglog

// The dense representation: 16384 registers of six bits, the first one in the
// low bits of the first byte.

func denseRegister(b []byte, index int) uint8 {
	at, shift := index*6/8, index*6&7
	x := uint(b[at]) >> shift
	if at+1 < len(b) {
		x |= uint(b[at+1]) << (8 - shift)
	}
	return uint8(x & 63)
}

func setDenseRegister(b []byte, index int, rank uint8) {
	at, shift := index*6/8, index*6&7
	b[at] = b[at]&^(63<<shift) | rank<<shift
	if at+1 < len(b) {
		b[at+1] = b[at+1]&^(63>>(8-shift)) | rank>>(8-shift)
	}
}

func raiseDense(b []byte, index int, rank uint8) (changed bool) {
	if rank <= denseRegister(b, index) {
		return false
	}
	setDenseRegister(b, index, rank)
	return true
}

// toDense changes the representation. The cached estimate stays right.
func (v *value) toDense() error {
	if !isSparse(v.b) {
		return nil
	}
	b := make([]byte, denseSize)
	copy(b, v.b[:headerSize])
	b[4] = dense
	err := eachRun(v.b[headerSize:], func(first, span int, rank uint8) {
		for i := range span {
			if rank > 0 {
				setDenseRegister(b[headerSize:], first+i, rank)
			}
		}
	})
	if err == nil {
		v.b = b
	}
	return err
}
