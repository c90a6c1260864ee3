package rdb

// EncodeFunctions is the payload of FUNCTION DUMP: the code of libraries.
func EncodeFunctions(codes [][]byte) []byte {
	var b []byte
	for _, code := range codes {
		b = appendString(append(b, opFunction), code)
	}
	return appendFooter(b)
}

// DecodeFunctions reads a payload of FUNCTION DUMP. What it returns shares
// payload's bytes. ErrFooter says that it is no payload, ErrFormat that it holds
// something else.
func DecodeFunctions(payload []byte) ([][]byte, error) {
	body, err := checkFooter(payload)
	if err != nil {
		return nil, err
	}
	var codes [][]byte
	d := decoder{rest: body}
	for len(d.rest) > 0 {
		if d.rest[0] != opFunction {
			return nil, ErrFormat
		}
		d.rest = d.rest[1:]
		codes = append(codes, d.string())
		if d.failed {
			return nil, ErrFormat
		}
	}
	return codes, nil
}
