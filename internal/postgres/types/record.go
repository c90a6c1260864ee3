package types

// appendRecord writes a row value: (1,"a b",).
func appendRecord(dst []byte, r *Record, f *Format) []byte {
	dst = append(dst, '(')
	for i, d := range r.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		if d.IsNull() {
			continue
		}
		from := len(dst)
		dst = AppendText(dst, r.Types[i], d, f)
		if recordNeedsQuotes(dst[from:]) {
			text := string(dst[from:])
			dst = append(dst[:from], '"')
			for j := range len(text) {
				if text[j] == '"' || text[j] == '\\' {
					dst = append(dst, text[j])
				}
				dst = append(dst, text[j])
			}
			dst = append(dst, '"')
		}
	}
	return append(dst, ')')
}

func recordNeedsQuotes(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	for _, c := range text {
		switch c {
		case '"', '\\', '(', ')', ',':
			return true
		}
		if isSpace(c) {
			return true
		}
	}
	return false
}
