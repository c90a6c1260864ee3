package commandtest

import (
	"errors"
	"strconv"
	"strings"
)

var (
	errQuote  = errors.New("a quoted word does not end")
	errEscape = errors.New("an unknown escape in a quoted word")
)

// unquote reads a quoted word up to its closing quote.
func unquote(s string) (word, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], nil
		case '\\':
			i++
			if i == len(s) {
				return "", "", errQuote
			}
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case 't':
				b.WriteByte('\t')
			case '\\', '"':
				b.WriteByte(s[i])
			case 'x':
				if i+2 >= len(s) {
					return "", "", errQuote
				}
				n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
				if err != nil {
					return "", "", err
				}
				b.WriteByte(byte(n))
				i += 2
			default:
				return "", "", errEscape
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", errQuote
}

// Text makes a reply readable on one line: +OK, :1, "bulk", nil, -ERR …,
// [array], {map}, ~[set], ,1.5.
func Text(reply []byte) string {
	text, rest := text(string(reply))
	if rest != "" {
		return text + " and more: " + strconv.Quote(rest)
	}
	return text
}

func text(s string) (out, rest string) {
	line, rest, ok := strings.Cut(s, "\r\n")
	if !ok || line == "" {
		return "malformed " + strconv.Quote(s), ""
	}
	switch line[0] {
	case '$', '=':
		n, err := strconv.Atoi(line[1:])
		if err == nil && n < 0 {
			return "nil", rest
		}
		if err != nil || len(rest) < n+2 {
			return "malformed " + strconv.Quote(s), ""
		}
		return strconv.Quote(rest[:n]), rest[n+2:]
	case '_':
		return "nil", rest
	case '*', '~', '>', '%':
		return aggregate(line, rest)
	}
	return line, rest
}

func aggregate(line, rest string) (out, after string) {
	n, err := strconv.Atoi(line[1:])
	if err != nil {
		return "malformed " + strconv.Quote(line), ""
	}
	if n < 0 {
		return "nil-array", rest
	}
	prefix, open, end := line[:1], "[", "]"
	switch line[0] {
	case '*':
		prefix = ""
	case '%':
		prefix, open, end, n = "", "{", "}", n*2
	}
	var items []string
	for range n {
		var item string
		item, rest = text(rest)
		items = append(items, item)
	}
	return prefix + open + strings.Join(items, " ") + end, rest
}
