package builtin

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// charset is an encoding that text can be converted from and to.
type charset uint8

const (
	charsetUTF8 charset = iota + 1
	charsetLatin1
	charsetASCII
)

// findCharset knows an encoding by PostgreSQL's spellings.
func findCharset(name, which string) (charset, error) {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name)) {
	case "utf8", "unicode":
		return charsetUTF8, nil
	case "latin1", "iso88591":
		return charsetLatin1, nil
	case "sqlascii":
		return charsetASCII, nil
	}
	return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid %s encoding name \"%s\"", which, name)
}

// decodeText reads bytes of an encoding.
func decodeText(b []byte, cs charset) (string, error) {
	if cs == charsetLatin1 {
		var sb strings.Builder
		for _, c := range b {
			sb.WriteRune(rune(c))
		}
		b = []byte(sb.String())
	}
	if err := types.ValidateUTF8(b); err != nil {
		return "", err
	}
	return string(b), nil
}

// encodeText writes text in an encoding.
func encodeText(s string, cs charset) ([]byte, error) {
	if cs != charsetLatin1 {
		return []byte(s), nil
	}
	out := make([]byte, 0, len(s))
	for i, r := range s {
		if r > 0xff {
			var seq strings.Builder
			for j := range utf8.RuneLen(r) {
				seq.WriteString(" 0x" + hexDigits(uint64(s[i+j])))
			}
			return nil, pgerr.New(pgerr.UntranslatableCharacter,
				"character with byte sequence%s in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"", seq.String())
		}
		out = append(out, byte(r))
	}
	return out, nil
}

func convertFrom(_ *Context, a []types.Datum) (types.Datum, error) {
	cs, err := findCharset(a[1].Str(), "source")
	if err != nil {
		return types.Null, err
	}
	s, err := decodeText(a[0].Raw(), cs)
	return types.Text(s), err
}

func convertTo(_ *Context, a []types.Datum) (types.Datum, error) {
	cs, err := findCharset(a[1].Str(), "destination")
	if err != nil {
		return types.Null, err
	}
	b, err := encodeText(a[0].Str(), cs)
	return types.Bytes(b), err
}

func convert(_ *Context, a []types.Datum) (types.Datum, error) {
	from, err := findCharset(a[1].Str(), "source")
	if err != nil {
		return types.Null, err
	}
	to, err := findCharset(a[2].Str(), "destination")
	if err != nil {
		return types.Null, err
	}
	s, err := decodeText(a[0].Raw(), from)
	if err != nil {
		return types.Null, err
	}
	b, err := encodeText(s, to)
	return types.Bytes(b), err
}

func lengthIn(_ *Context, a []types.Datum) (types.Datum, error) {
	cs, err := findCharset(a[1].Str(), "source")
	if err != nil {
		return types.Null, err
	}
	s, err := decodeText(a[0].Raw(), cs)
	return types.Int(int64(utf8.RuneCountInString(s))), err
}

var normalForms = map[string]norm.Form{"nfc": norm.NFC, "nfd": norm.NFD, "nfkc": norm.NFKC, "nfkd": norm.NFKD}

func normalForm(name string) (norm.Form, error) {
	f, ok := normalForms[strings.ToLower(name)]
	if !ok {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid normalization form: %s", name)
	}
	return f, nil
}

func normalize(_ *Context, a []types.Datum) (types.Datum, error) {
	f, err := normalForm(a[1].Str())
	if err != nil {
		return types.Null, err
	}
	return types.Text(f.String(a[0].Str())), nil
}

func isNormalized(_ *Context, a []types.Datum) (types.Datum, error) {
	f, err := normalForm(a[1].Str())
	if err != nil {
		return types.Null, err
	}
	return types.Bool(f.IsNormalString(a[0].Str())), nil
}

func badUnicodeEscape() *pgerr.Error {
	return pgerr.New(pgerr.SyntaxError, "invalid Unicode escape").
		WithHint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")
}

// unistr replaces Unicode escapes: \XXXX, \+XXXXXX, \uXXXX, \UXXXXXXXX, and \\.
func unistr(_ *Context, a []types.Datum) (types.Datum, error) {
	s := a[0].Str()
	var sb strings.Builder
	high := rune(0) // the first half of a surrogate pair
	for s != "" {
		if s[0] != '\\' || strings.HasPrefix(s, `\\`) {
			if high != 0 {
				return types.Null, pgerr.New(pgerr.SyntaxError, "invalid Unicode surrogate pair")
			}
			sb.WriteByte(s[0])
			if s[0] == '\\' {
				s = s[1:]
			}
			s = s[1:]
			continue
		}
		skip, digits := 1, 4
		if len(s) > 1 {
			switch s[1] {
			case '+':
				skip, digits = 2, 6
			case 'u':
				skip = 2
			case 'U':
				skip, digits = 2, 8
			}
		}
		if len(s) < skip+digits {
			return types.Null, badUnicodeEscape()
		}
		r := rune(0)
		for _, c := range []byte(s[skip : skip+digits]) {
			v := strings.IndexByte("0123456789abcdef", c|0x20)
			if c < '0' || v < 0 || r > utf8.MaxRune {
				return types.Null, badUnicodeEscape()
			}
			r = r<<4 | rune(v)
		}
		s = s[skip+digits:]
		switch {
		case r == 0 || r > utf8.MaxRune:
			return types.Null, pgerr.New(pgerr.InvalidParameterValue, "invalid Unicode code point: %04X", r)
		case high != 0:
			if r < 0xdc00 || r > 0xdfff {
				return types.Null, pgerr.New(pgerr.SyntaxError, "invalid Unicode surrogate pair")
			}
			sb.WriteRune(0x10000 + (high-0xd800)<<10 + (r - 0xdc00))
			high = 0
		case r >= 0xd800 && r < 0xdc00:
			high = r
		case r >= 0xdc00 && r <= 0xdfff:
			return types.Null, pgerr.New(pgerr.SyntaxError, "invalid Unicode surrogate pair")
		default:
			sb.WriteRune(r)
		}
	}
	if high != 0 {
		return types.Null, pgerr.New(pgerr.SyntaxError, "invalid Unicode surrogate pair")
	}
	return types.Text(sb.String()), nil
}

// columnSize is about how many bytes PostgreSQL would store a value in: the
// type's own, or a header and what it holds.
func columnSize(args []types.OID, _ types.OID) Func {
	t := types.ByOID(args[0])
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if t != nil && t.Len > 0 {
			return types.Int(int64(t.Len)), nil
		}
		size := datumSize(a[0])
		if a[0].Kind() == types.KindText {
			size = len(a[0].Raw()) + 1
			if size > 127 {
				size += 3
			}
		}
		return types.Int(int64(size)), nil
	}
}

func init() {
	Provide(map[string]Func{
		"pg_convert_from": convertFrom, "pg_convert_to": convertTo, "pg_convert": convert, "length_in_encoding": lengthIn,
		"unicode_normalize_func": normalize, "unicode_is_normalized": isNormalized, "unistr": unistr,
	})
	provideBind(map[string]func(args []types.OID, ret types.OID) Func{"pg_column_size": columnSize})
}
