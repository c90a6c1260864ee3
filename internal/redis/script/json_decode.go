package script

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

func (c *jsonConfig) decode(l *lua.LState) int {
	if l.GetTop() != 1 {
		l.ArgError(1, "expected 1 argument")
	}
	d := jsonDecoder{l: l, config: c, in: structText(l, 1)}
	if len(d.in) >= 2 && (d.in[0] == 0 || d.in[1] == 0) {
		l.RaiseError("JSON parser does not support UTF-16 or UTF-32")
	}
	d.next()
	result := d.value()
	d.want = "the end"
	d.next()
	if d.token != jsonEnd {
		d.expected("the end")
	}
	l.Push(result)
	return 1
}

// jsonToken names a token as cjson's errors do.
type jsonToken string

const (
	jsonObject      jsonToken = "T_OBJ_BEGIN"
	jsonObjectEnd   jsonToken = "T_OBJ_END"
	jsonArray       jsonToken = "T_ARR_BEGIN"
	jsonArrayEnd    jsonToken = "T_ARR_END"
	jsonString      jsonToken = "T_STRING"
	jsonNumber      jsonToken = "T_NUMBER"
	jsonBoolean     jsonToken = "T_BOOLEAN"
	jsonNull        jsonToken = "T_NULL"
	jsonColon       jsonToken = "T_COLON"
	jsonComma       jsonToken = "T_COMMA"
	jsonEnd         jsonToken = "T_END"
	jsonInvalidText           = "invalid token"
)

// jsonDecoder reads tokens and values.
type jsonDecoder struct {
	l      *lua.LState
	config *jsonConfig
	in     string
	at     int
	depth  int
	want   string // what a bad token is found instead of; a value if empty

	token  jsonToken
	start  int // of the token
	text   string
	number float64
	truth  bool
}

func (d *jsonDecoder) expected(what string) {
	d.l.RaiseError("Expected %s but found %s at character %d", what, string(d.token), d.start+1)
}

func (d *jsonDecoder) invalid(reason string, at int) {
	what := d.want
	if what == "" {
		what = "value"
	}
	d.l.RaiseError("Expected %s but found %s at character %d", what, reason, at+1)
}

func (d *jsonDecoder) next() {
	for d.at < len(d.in) && strings.IndexByte(" \t\n\r", d.in[d.at]) >= 0 {
		d.at++
	}
	d.start = d.at
	if d.at >= len(d.in) {
		d.token = jsonEnd
		return
	}
	single := map[byte]jsonToken{
		'{': jsonObject, '}': jsonObjectEnd, '[': jsonArray, ']': jsonArrayEnd, ':': jsonColon, ',': jsonComma,
	}
	c := d.in[d.at]
	if token, ok := single[c]; ok {
		d.token = token
		d.at++
		return
	}
	rest := d.in[d.at:]
	switch {
	case c == '"':
		d.string()
	case c == '-' || c >= '0' && c <= '9':
		d.numeral()
	case strings.HasPrefix(rest, "true"), strings.HasPrefix(rest, "false"):
		d.truth = c == 't'
		d.token = jsonBoolean
		d.at += len(strconv.FormatBool(d.truth))
	case strings.HasPrefix(rest, "null"):
		d.token = jsonNull
		d.at += 4
	case d.config.invalidDecode == "on" && d.special(rest):
	default:
		d.invalid(jsonInvalidText, d.at)
	}
}

// special reads the numbers that JSON does not have.
func (d *jsonDecoder) special(rest string) bool {
	for _, word := range []string{"infinity", "inf", "nan"} {
		if len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) {
			d.number = math.Inf(1)
			if word == "nan" {
				d.number = math.NaN()
			}
			d.token = jsonNumber
			d.at += len(word)
			return true
		}
	}
	return false
}

func (d *jsonDecoder) numeral() {
	end := d.at
	for end < len(d.in) && strings.IndexByte("+-.0123456789eExXabcdfABCDF", d.in[end]) >= 0 {
		end++
	}
	digits := strings.TrimPrefix(d.in[d.at:end], "-")
	if d.config.invalidDecode != "on" && len(digits) > 1 && digits[0] == '0' && (digits[1] >= '0' && digits[1] <= '9' || digits[1]|0x20 == 'x') {
		d.invalid("invalid number", d.at)
	}
	// The longest prefix that is a number, as strtod would read.
	for ; end > d.at; end-- {
		if f, ok := parseNumber(d.in[d.at:end]); ok {
			d.number = f
			d.token = jsonNumber
			d.at = end
			return
		}
	}
	if strings.HasPrefix(d.in[d.at:], "-") && d.config.invalidDecode == "on" {
		if d.special(d.in[d.at+1:]) {
			d.number = -d.number
			d.at++
			return
		}
	}
	d.invalid("invalid number", d.at)
}

func (d *jsonDecoder) string() {
	var b []byte
	i := d.at + 1
	for {
		if i >= len(d.in) {
			d.invalid("unexpected end of string", i)
		}
		c := d.in[i]
		switch {
		case c == '"':
			d.token, d.text, d.at = jsonString, string(b), i+1
			return
		case c == 0:
			d.invalid("invalid token", i)
		case c != '\\':
			b = append(b, c)
			i++
			continue
		}
		if i+1 >= len(d.in) {
			d.invalid("unexpected end of string", i)
		}
		escaped := d.in[i+1]
		if escaped == 'u' {
			b, i = d.unicode(b, i)
			continue
		}
		at := strings.IndexByte(`"\/bfnrt`, escaped)
		if at < 0 {
			d.invalid("invalid escape code", i)
		}
		b = append(b, "\"\\/\b\f\n\r\t"[at])
		i += 2
	}
}

// unicode reads an escaped character, or the two halves of one.
func (d *jsonDecoder) unicode(b []byte, i int) (out []byte, next int) {
	r, ok := d.hex4(i)
	if !ok {
		d.invalid("invalid unicode escape code", i)
	}
	i += 6
	if utf16.IsSurrogate(r) {
		low, ok := d.hex4(i)
		r = utf16.DecodeRune(r, low)
		if !ok || r == utf8.RuneError {
			d.invalid("invalid unicode escape code", i-6)
		}
		i += 6
	}
	return utf8.AppendRune(b, r), i
}

func (d *jsonDecoder) hex4(i int) (rune, bool) {
	if i+6 > len(d.in) || d.in[i] != '\\' || d.in[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(d.in[i+2:i+6], 16, 16)
	return rune(n), err == nil
}

func (d *jsonDecoder) value() lua.LValue {
	switch d.token {
	case jsonString:
		return lua.LString(d.text)
	case jsonNumber:
		return lua.LNumber(d.number)
	case jsonBoolean:
		return lua.LBool(d.truth)
	case jsonNull:
		return d.config.null
	case jsonObject:
		return d.object()
	case jsonArray:
		return d.array()
	}
	d.expected("value")
	return lua.LNil
}

func (d *jsonDecoder) descend() {
	if d.depth++; d.depth > min(d.config.decodeDepth, 4000) {
		d.l.RaiseError("Found too many nested data structures (%d) at character %d", d.depth, d.at)
	}
}

func (d *jsonDecoder) object() lua.LValue {
	d.descend()
	t := d.l.NewTable()
	d.next()
	if d.token == jsonObjectEnd {
		d.depth--
		return t
	}
	for {
		if d.token != jsonString {
			d.expected("object key string")
		}
		key := d.text
		if d.next(); d.token != jsonColon {
			d.expected("colon")
		}
		d.next()
		t.RawSetString(key, d.value())
		if d.next(); d.token == jsonObjectEnd {
			d.depth--
			return t
		}
		if d.token != jsonComma {
			d.expected("comma or object end")
		}
		d.next()
	}
}

func (d *jsonDecoder) array() lua.LValue {
	d.descend()
	t := d.l.NewTable()
	d.next()
	if d.token == jsonArrayEnd {
		d.depth--
		return t
	}
	for {
		t.Append(d.value())
		if d.next(); d.token == jsonArrayEnd {
			d.depth--
			return t
		}
		if d.token != jsonComma {
			d.expected("comma or array end")
		}
		d.next()
	}
}
