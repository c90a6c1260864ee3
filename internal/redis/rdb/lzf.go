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

// packer compresses strings with LZF.
type packer struct {
	// last is where the three bytes of a hash were seen, counted over all strings, so
	// that it need not be cleared for each: what is not above base was in another one.
	last [1 << packerBits]uint32
	base uint32
	out  []byte
}

const (
	packerBits = 13
	// shortestPacked is the length from which on redis-server tries to compress, and
	// longestPacked that up to which it is done here: for what is compressed has room
	// beside the string.
	shortestPacked = 21
	longestPacked  = 64 << 20

	longestRun     = 1 << 5 // literal bytes
	longestStretch = 264    // bytes of a reference
	farthest       = 1 << 13
)

// pack returns the string compressed, valid until the next call, or nil if that does
// not make it shorter by four bytes, which the lengths may take.
func (p *packer) pack(s []byte) []byte {
	if len(s) < shortestPacked || len(s) > longestPacked {
		return nil
	}
	if p.base > 1<<32-1-longestPacked {
		clear(p.last[:])
		p.base = 0
	}
	p.out = p.out[:0]
	limit := len(s) - 4
	literals := 0 // where those begin that are not written yet
	for i := 0; i+2 < len(s); {
		from := p.seen(s, i)
		if from < 0 || i-from > farthest || s[from] != s[i] || s[from+1] != s[i+1] || s[from+2] != s[i+2] {
			i++
			continue
		}
		p.literals(s[literals:i])
		n := 3
		for n < longestStretch && i+n < len(s) && s[from+n] == s[i+n] {
			n++
		}
		p.reference(i-from-1, n)
		if i += n; i+2 < len(s) {
			p.seen(s, i-2)
			p.seen(s, i-1)
		}
		literals = i
		if len(p.out) >= limit {
			break
		}
	}
	p.base += uint32(len(s))
	if len(p.out)+len(s)-literals >= limit {
		return nil
	}
	p.literals(s[literals:])
	if len(p.out) >= limit {
		return nil
	}
	return p.out
}

// seen notes the three bytes at i and returns where bytes of their hash were before,
// negative if nowhere.
func (p *packer) seen(s []byte, i int) int {
	h := (uint32(s[i])<<16 | uint32(s[i+1])<<8 | uint32(s[i+2])) * 2654435761 >> (32 - packerBits)
	from := int(p.last[h]) - int(p.base) - 1
	p.last[h] = p.base + uint32(i) + 1
	return from
}

func (p *packer) literals(s []byte) {
	for len(s) > 0 {
		n := min(len(s), longestRun)
		p.out = append(append(p.out, byte(n-1)), s[:n]...)
		s = s[n:]
	}
}

// reference repeats n bytes from back+1 bytes ago.
func (p *packer) reference(back, n int) {
	if n -= 2; n < 7 {
		p.out = append(p.out, byte(n<<5|back>>8), byte(back))
		return
	}
	p.out = append(p.out, byte(7<<5|back>>8), byte(n-7), byte(back))
}
