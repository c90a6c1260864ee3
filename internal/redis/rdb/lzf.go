package rdb

// decompress undoes LZF, literal runs and references to what was before, and reports
// whether that fills plain.
func decompress(plain, packed []byte) bool {
	at := 0
	for len(packed) > 0 {
		control := int(packed[0])
		packed = packed[1:]
		if control < 32 { // a literal run
			run := control + 1
			if run > len(packed) || run > len(plain)-at {
				return false
			}
			at += copy(plain[at:], packed[:run])
			packed = packed[run:]
			continue
		}
		run := control >> 5
		if run == 7 {
			if len(packed) == 0 {
				return false
			}
			run += int(packed[0])
			packed = packed[1:]
		}
		run += 2
		if len(packed) == 0 {
			return false
		}
		from := at - (control&0x1f)<<8 - int(packed[0]) - 1
		packed = packed[1:]
		if from < 0 || run > len(plain)-at {
			return false
		}
		// The stretch may overlap what it makes: then that is the stretch over and over.
		for end := at + run; at < end; {
			at += copy(plain[at:end], plain[from:at])
		}
	}
	return at == len(plain)
}
