package builtin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// maxText bounds what repeat, lpad and their like may make: PostgreSQL's 1 GB.
const maxText = 1<<30 - 1

func tooLong() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "requested length too large")
}

func text1(op func(string) string) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Text(op(a[0].Str())), nil }
}

func textInt(op func(string) int) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Int(int64(op(a[0].Str()))), nil }
}

func concat(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Text(a[0].Str() + a[1].Str()), nil
}

func bpcharLength(s string) int { return utf8.RuneCountInString(types.TrimBlanks(s)) }

// runeOffset is the byte offset of character n, counted from 0, at most the end.
func runeOffset(s string, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return i
}

// substring takes length characters from position start, counted from 1;
// positions before the first count but hold nothing. A negative length is an error.
func substring(s string, start, length int64, bounded bool) (string, error) {
	end := int64(1<<62) - 1
	if bounded {
		if length < 0 {
			return "", pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
		}
		end = start + length
	}
	start = max(start, 1)
	if end <= start {
		return "", nil
	}
	s = s[runeOffset(s, int(min(start-1, int64(len(s))))):]
	if !bounded {
		return s, nil
	}
	return s[:runeOffset(s, int(min(end-start, int64(len(s)))))], nil
}

func textSubstring(_ *Context, a []types.Datum) (types.Datum, error) {
	length, bounded := int64(0), len(a) > 2
	if bounded {
		length = a[2].Int()
	}
	s, err := substring(a[0].Str(), a[1].Int(), length, bounded)
	return types.Text(s), err
}

// left takes n characters, or all but the last -n.
func left(s string, n int64) string {
	if n < 0 {
		n = max(int64(utf8.RuneCountInString(s))+n, 0)
	}
	return s[:runeOffset(s, int(min(n, int64(len(s)))))]
}

func right(s string, n int64) string {
	count := int64(utf8.RuneCountInString(s))
	if n < 0 {
		n = max(count+n, 0)
	}
	return s[runeOffset(s, int(max(count-n, 0))):]
}

func textAndInt(op func(string, int64) string) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.Text(op(a[0].Str(), a[1].Int())), nil
	}
}

// pad fills or cuts to n characters.
func pad(atLeft bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s, n, fill := a[0].Str(), max(a[1].Int(), 0), " "
		if len(a) > 2 {
			fill = a[2].Str()
		}
		count := int64(utf8.RuneCountInString(s))
		if count >= n {
			return types.Text(s[:runeOffset(s, int(n))]), nil
		}
		if fill == "" {
			return a[0], nil
		}
		if n*4 > maxText {
			return types.Null, tooLong()
		}
		missing := n - count
		width := int64(utf8.RuneCountInString(fill))
		p := strings.Repeat(fill, int(missing/width)) + fill[:runeOffset(fill, int(missing%width))]
		if atLeft {
			return types.Text(p + s), nil
		}
		return types.Text(s + p), nil
	}
}

// trim drops characters of a set from the ends: l, r or both.
func trim(ends string) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s, set := a[0].Str(), " "
		if len(a) > 1 {
			set = a[1].Str()
		}
		if strings.Contains(ends, "l") {
			s = strings.TrimLeft(s, set)
		}
		if strings.Contains(ends, "r") {
			s = strings.TrimRight(s, set)
		}
		return types.Text(s), nil
	}
}

func repeat(_ *Context, a []types.Datum) (types.Datum, error) {
	s, n := a[0].Str(), max(a[1].Int(), 0)
	if s != "" && n > maxText/int64(len(s)) {
		return types.Null, tooLong()
	}
	return types.Text(strings.Repeat(s, int(n))), nil
}

func replace(_ *Context, a []types.Datum) (types.Datum, error) {
	s, from, to := a[0].Str(), a[1].Str(), a[2].Str()
	if from == "" {
		return a[0], nil
	}
	if n := strings.Count(s, from); n == 0 {
		return a[0], nil
	} else if len(s)+n*(len(to)-len(from)) > maxText {
		return types.Null, tooLong()
	}
	return types.Text(strings.ReplaceAll(s, from, to)), nil
}

// translate replaces each character of from by the one at its place in to, or
// drops it where to is shorter.
func translate(_ *Context, a []types.Datum) (types.Datum, error) {
	to := []rune(a[2].Str())
	m := make(map[rune]rune)
	i := 0
	for _, r := range a[1].Str() {
		if _, seen := m[r]; !seen {
			if i < len(to) {
				m[r] = to[i]
			} else {
				m[r] = -1
			}
		}
		i++
	}
	return types.Text(strings.Map(func(r rune) rune {
		if v, ok := m[r]; ok {
			return v
		}
		return r
	}, a[0].Str())), nil
}

func reverse(s string) string {
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		_, size := utf8.DecodeLastRuneInString(s)
		out = append(out, s[len(s)-size:]...)
		s = s[:len(s)-size]
	}
	return string(out)
}

func splitPart(_ *Context, a []types.Datum) (types.Datum, error) {
	s, sep, n := a[0].Str(), a[1].Str(), a[2].Int()
	if n == 0 {
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "field position must not be zero")
	}
	if s == "" {
		return types.Text(""), nil
	}
	if sep == "" {
		if n == 1 || n == -1 {
			return a[0], nil
		}
		return types.Text(""), nil
	}
	parts := strings.Split(s, sep)
	if n < 0 {
		n += int64(len(parts)) + 1
	}
	if n < 1 || n > int64(len(parts)) {
		return types.Text(""), nil
	}
	return types.Text(parts[n-1]), nil
}

// position is where needle starts, counted in characters from 1; 0 if nowhere.
func position(_ *Context, a []types.Datum) (types.Datum, error) {
	s := a[0].Str()
	i := strings.Index(s, a[1].Str())
	if i < 0 {
		return types.Int(0), nil
	}
	return types.Int(int64(utf8.RuneCountInString(s[:i])) + 1), nil
}

// initcap capitalizes words, which are runs of letters and digits.
func initcap(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		was := inWord
		inWord = unicode.IsLetter(r) || unicode.IsDigit(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func ascii(s string) int {
	if s == "" {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(s)
	return int(r)
}

func chr(_ *Context, a []types.Datum) (types.Datum, error) {
	v := a[0].Int()
	switch {
	case v < 0:
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "character number must be positive")
	case v == 0:
		return types.Null, pgerr.New(pgerr.ProgramLimitExceeded, "null character not permitted")
	case v > unicode.MaxRune:
		return types.Null, pgerr.New(pgerr.ProgramLimitExceeded,
			"requested character too large for encoding: %d", v)
	case !utf8.ValidRune(rune(v)):
		return types.Null, pgerr.New(pgerr.ProgramLimitExceeded,
			"requested character not valid for encoding: %d", v)
	}
	return types.Text(string(rune(v))), nil
}

// overlay replaces length characters from a position by other text.
func overlay(_ *Context, a []types.Datum) (types.Datum, error) {
	s, by, start := a[0].Str(), a[1].Str(), a[2].Int()
	length := int64(utf8.RuneCountInString(by))
	if len(a) > 3 {
		length = a[3].Int()
	}
	if start <= 0 {
		return types.Null, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
	}
	before, err := substring(s, 1, start-1, true)
	if err != nil {
		return types.Null, err
	}
	after, err := substring(s, start+length, 0, false)
	return types.Text(before + by + after), err
}

func toName(_ *Context, a []types.Datum) (types.Datum, error) {
	return types.Text(types.TruncateName(a[0].Str())), nil
}

func toChar(_ *Context, a []types.Datum) (types.Datum, error) {
	s := a[0].Str()
	return types.Text(s[:min(len(s), 1)]), nil
}

func init() {
	Provide(map[string]Func{
		"textlen": textInt(utf8.RuneCountInString), "bpcharlen": textInt(bpcharLength),
		"textoctetlen":     textInt(func(s string) int { return len(s) }),
		"bpcharoctetlen":   textInt(func(s string) int { return len(s) }),
		"bit_length(text)": textInt(func(s string) int { return 8 * len(s) }),
		"textcat":          concat, "lower": text1(strings.ToLower), "upper": text1(strings.ToUpper), "initcap": text1(initcap),
		"text_substr": textSubstring, "text_substr_no_len": textSubstring, "textpos": position,
		"text_left": textAndInt(left), "text_right": textAndInt(right),
		"lpad": pad(true), "rpad": pad(false), "lpad(text,int4)": pad(true), "rpad(text,int4)": pad(false),
		"ltrim": trim("l"), "ltrim1": trim("l"), "rtrim": trim("r"), "rtrim1": trim("r"),
		"btrim": trim("lr"), "btrim1": trim("lr"),
		"repeat": repeat, "replace_text": replace, "translate": translate, "text_reverse": text1(reverse),
		"split_part": splitPart, "ascii": textInt(ascii), "chr": chr,
		"text_starts_with": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(strings.HasPrefix(a[0].Str(), a[1].Str())), nil
		},
		"textoverlay": overlay, "textoverlay_no_len": overlay,
		"text_name": toName, "bpchar_name": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Text(types.TruncateName(types.TrimBlanks(a[0].Str()))), nil
		},
		"name_text": identity, "name_bpchar": identity,
		"text_char": toChar, "char_text": identity, "char_bpchar": identity,
		"booltext": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].Bool() {
				return types.Text("true"), nil
			}
			return types.Text("false"), nil
		},
		"chartoi4": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if s := a[0].Str(); s != "" {
				return types.Int(int64(int8(s[0]))), nil
			}
			return types.Int(0), nil
		},
		"i4tochar": func(_ *Context, a []types.Datum) (types.Datum, error) {
			v := a[0].Int()
			if v < -128 || v > 127 {
				return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "\"char\" out of range")
			}
			if v == 0 {
				return types.Text(""), nil
			}
			return types.Bytes([]byte{byte(v)}), nil
		},
		"nameconcatoid": func(_ *Context, a []types.Datum) (types.Datum, error) {
			suffix := "_" + types.Output(types.OIDOID, a[1], nil)
			s := a[0].Str()
			return types.Text(types.TruncateName(s[:min(len(s), 63-len(suffix))]) + suffix), nil
		},
		"varchar": lengthFunc(types.VarCharOID), "bpchar": lengthFunc(types.BPCharOID),
		"numeric": lengthFunc(types.NumericOID), "bit": lengthFunc(types.BitOID), "varbit": lengthFunc(types.VarBitOID),
	})
}

// lengthFunc is the function behind a length coercion: value, typmod, and for
// strings whether the cast is explicit.
func lengthFunc(oid types.OID) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.ApplyTypmod(oid, a[0], types.Typmod(a[1].Int()), len(a) > 2 && a[2].Bool())
	}
}
