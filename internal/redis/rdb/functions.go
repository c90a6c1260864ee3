package rdb

// EncodeFunctions is the payload of FUNCTION DUMP: the code of libraries.
func EncodeFunctions(codes [][]byte) []byte {
	var b []byte
	for _, code := range codes {
		b = appendString(append(b, opFunction), code)
	}
	return appendFooter(b, writtenVersion)
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
	d := decoder{buf: body}
	for d.rest() > 0 {
		if d.byte() != opFunction {
			return nil, ErrFormat
		}
		codes = append(codes, d.string())
		if d.err != nil {
			return nil, ErrFormat
		}
	}
	return codes, nil
}
