package rdb

// decompress undoes LZF: literal runs, and references to what was before.
func decompress(packed []byte, n int) ([]byte, bool) {
	plain := make([]byte, 0, n)
	for len(packed) > 0 && len(plain) <= n {
		control := int(packed[0])
		packed = packed[1:]
		if control < 32 { // a literal run
			run := control + 1
			if run > len(packed) {
				return nil, false
			}
			plain, packed = append(plain, packed[:run]...), packed[run:]
			continue
		}
		run := control >> 5
		if run == 7 {
			if len(packed) == 0 {
				return nil, false
			}
			run += int(packed[0])
			packed = packed[1:]
		}
		if len(packed) == 0 {
			return nil, false
		}
		from := len(plain) - (control&0x1f)<<8 - int(packed[0]) - 1
		packed = packed[1:]
		if from < 0 {
			return nil, false
		}
		for i := range run + 2 { // the stretch may overlap what it makes
			plain = append(plain, plain[from+i])
		}
	}
	return plain, len(plain) == n && len(packed) == 0
}
