package types

import "encoding/hex"

const uuidLen = 16

// parseUUID reads 32 hexadecimal digits, with a hyphen allowed after any group
// of four, and braces around.
func parseUUID(s string) ([]byte, error) {
	t := s
	if len(t) > 0 && t[0] == '{' {
		if t[len(t)-1] != '}' {
			return nil, invalidSyntax(UUIDOID, s)
		}
		t = t[1 : len(t)-1]
	}
	out := make([]byte, uuidLen)
	for i := range out {
		if len(t) < 2 {
			return nil, invalidSyntax(UUIDOID, s)
		}
		hi, lo := hexValue(t[0]), hexValue(t[1])
		if hi < 0 || lo < 0 {
			return nil, invalidSyntax(UUIDOID, s)
		}
		out[i] = byte(hi<<4 | lo)
		t = t[2:]
		if len(t) > 0 && t[0] == '-' && i%2 == 1 && i < uuidLen-1 {
			t = t[1:]
		}
	}
	if t != "" {
		return nil, invalidSyntax(UUIDOID, s)
	}
	return out, nil
}

func appendUUID(dst, b []byte) []byte {
	if len(b) != uuidLen {
		return hex.AppendEncode(dst, b)
	}
	dst = hex.AppendEncode(dst, b[0:4])
	for _, r := range [][2]int{{4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		dst = append(dst, '-')
		dst = hex.AppendEncode(dst, b[r[0]:r[1]])
	}
	return dst
}
