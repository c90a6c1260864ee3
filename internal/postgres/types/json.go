package types

import (
	"strings"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// maxJSONDepth bounds nesting, as PostgreSQL's stack depth limit does.
const maxJSONDepth = 6000

// jsonScanner reads JSON text. It builds no values unless asked.
type jsonScanner struct {
	s     string
	i     int
	depth int
}

func (p *jsonScanner) fail(detail string, args ...any) error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s", "json").WithDetail(detail, args...)
}

func (p *jsonScanner) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// token is the text at the cursor, for messages.
func (p *jsonScanner) token() string {
	rest := p.s[p.i:]
	if rest == "" {
		return ""
	}
	n := 0
	for n < len(rest) && (isAlnum(rest[n]) || rest[n] == '_' || rest[n] >= 0x80) {
		n++
	}
	if n == 0 {
		n, _ = charPrefix(rest, 1)
	}
	return rest[:n]
}

func (p *jsonScanner) unexpected(want string) error {
	if p.i >= len(p.s) {
		return p.fail("The input string ended unexpectedly.")
	}
	c := p.s[p.i]
	if strings.IndexByte(`{}[],:"`, c) < 0 && !isDigit(c) && c != '-' {
		if t := p.token(); t != "true" && t != "false" && t != "null" {
			return p.fail("Token \"%s\" is invalid.", t)
		}
	}
	found := p.token()
	if c == '"' || isDigit(c) || c == '-' {
		from := p.i
		if err := p.skip(); err != nil {
			return err
		}
		found = p.s[from:p.i]
	}
	return p.fail("Expected %s, but found \"%s\".", want, found)
}

// value reads one value; with build it is returned.
func (p *jsonScanner) value(build bool) (JSONB, error) {
	p.space()
	if p.i >= len(p.s) {
		return JSONB{}, p.fail("The input string ended unexpectedly.")
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return p.object(build)
	case c == '[':
		return p.array(build)
	case c == '"':
		s, err := p.str(build)
		return JSONB{Kind: JSONString, Str: s}, err
	case c == '-' || isDigit(c):
		return p.number(build)
	}
	switch t := p.token(); t {
	case "true", "false":
		p.i += len(t)
		return JSONB{Kind: JSONBool, Bool: t == "true"}, nil
	case "null":
		p.i += len(t)
		return JSONB{}, nil
	}
	return JSONB{}, p.unexpected("JSON value")
}

func (p *jsonScanner) skip() error {
	_, err := p.value(false)
	return err
}

func (p *jsonScanner) enter() error {
	p.i++
	if p.depth++; p.depth > maxJSONDepth {
		return pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded")
	}
	return nil
}

func (p *jsonScanner) array(build bool) (JSONB, error) {
	v := JSONB{Kind: JSONArray}
	err := p.elements(func() error {
		e, err := p.value(build)
		if build {
			v.Items = append(v.Items, e)
		}
		return err
	})
	return v, err
}

// elements walks an array, calling each at every element; each must read it.
func (p *jsonScanner) elements(each func() error) error {
	if err := p.enter(); err != nil {
		return err
	}
	p.space()
	if p.i < len(p.s) && p.s[p.i] == ']' {
		p.i++
		p.depth--
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		p.space()
		switch {
		case p.i < len(p.s) && p.s[p.i] == ',':
			p.i++
		case p.i < len(p.s) && p.s[p.i] == ']':
			p.i++
			p.depth--
			return nil
		default:
			return p.unexpected("\",\" or \"]\"")
		}
	}
}

func (p *jsonScanner) object(build bool) (JSONB, error) {
	v := JSONB{Kind: JSONObject}
	err := p.fields(build, func(key string) error {
		e, err := p.value(build)
		if build {
			v.Keys = append(v.Keys, key)
			v.Items = append(v.Items, e)
		}
		return err
	})
	if build && err == nil {
		v.sortKeys()
	}
	return v, err
}

// fields walks an object, calling each after every key; each must read the value.
func (p *jsonScanner) fields(keys bool, each func(key string) error) error {
	if err := p.enter(); err != nil {
		return err
	}
	p.space()
	if p.i < len(p.s) && p.s[p.i] == '}' {
		p.i++
		p.depth--
		return nil
	}
	want := "string or \"}\""
	for {
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return p.unexpected(want)
		}
		key, err := p.str(keys)
		if err != nil {
			return err
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ':' {
			return p.unexpected("\":\"")
		}
		p.i++
		if err := each(key); err != nil {
			return err
		}
		p.space()
		switch {
		case p.i < len(p.s) && p.s[p.i] == ',':
			p.i++
			want = "string"
		case p.i < len(p.s) && p.s[p.i] == '}':
			p.i++
			p.depth--
			return nil
		default:
			return p.unexpected("\",\" or \"}\"")
		}
	}
}

// number checks JSON's own number syntax, stricter than numeric's.
func (p *jsonScanner) number(build bool) (JSONB, error) {
	from := p.i
	digits := func() int {
		n := 0
		for p.i < len(p.s) && isDigit(p.s[p.i]) {
			p.i++
			n++
		}
		return n
	}
	if p.s[p.i] == '-' {
		p.i++
	}
	ok := true
	if p.i < len(p.s) && p.s[p.i] == '0' {
		p.i++
	} else {
		ok = digits() > 0
	}
	if ok && p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		ok = digits() > 0
	}
	if ok && p.i < len(p.s) && p.s[p.i]|0x20 == 'e' {
		p.i++
		if p.i < len(p.s) && (p.s[p.i] == '+' || p.s[p.i] == '-') {
			p.i++
		}
		ok = digits() > 0
	}
	for p.i < len(p.s) && (isAlnum(p.s[p.i]) || p.s[p.i] == '_' || p.s[p.i] >= 0x80) {
		ok = false
		p.i++
	}
	if !ok {
		return JSONB{}, p.fail("Token \"%s\" is invalid.", p.s[from:p.i])
	}
	if !build {
		return JSONB{}, nil
	}
	n, err := ParseNumeric(p.s[from:p.i])
	return JSONB{Kind: JSONNumber, Num: n}, err
}

// str reads a string; with build its value is returned.
func (p *jsonScanner) str(build bool) (string, error) {
	from := p.i + 1
	for p.i++; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return p.s[from : p.i-1], nil
		case c == '\\':
			return p.escaped(from, build)
		case c < 0x20:
			return "", p.fail("Character with value 0x%02x must be escaped.", c)
		}
	}
	return "", p.unterminated(from)
}

func (p *jsonScanner) unterminated(from int) error {
	return p.fail("Token \"%s\" is invalid.", p.s[from-1:])
}

// escaped goes on with a string that has an escape sequence at the cursor.
func (p *jsonScanner) escaped(from int, build bool) (string, error) {
	var sb strings.Builder
	sb.WriteString(p.s[from:p.i])
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '"':
			p.i++
			return sb.String(), nil
		case c < 0x20:
			return "", p.fail("Character with value 0x%02x must be escaped.", c)
		case c != '\\':
			sb.WriteByte(c)
			p.i++
			continue
		}
		if p.i+1 >= len(p.s) {
			break
		}
		p.i++
		const plain, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
		if k := strings.IndexByte(plain, p.s[p.i]); k >= 0 {
			sb.WriteByte(meant[k])
			p.i++
			continue
		}
		if p.s[p.i] != 'u' {
			end, _ := charPrefix(p.s[p.i:], 1)
			return "", p.fail("Escape sequence \"\\%s\" is invalid.", p.s[p.i:p.i+end])
		}
		r, err := p.unicode(build)
		if err != nil {
			return "", err
		}
		sb.WriteRune(r)
	}
	return "", p.unterminated(from)
}

// unicode reads \uXXXX with the cursor on the u, and the second half of a
// surrogate pair.
func (p *jsonScanner) unicode(build bool) (rune, error) {
	r, ok := p.hex4()
	if !ok {
		return 0, p.fail("\"\\u\" must be followed by four hexadecimal digits.")
	}
	if r == 0 && build {
		return 0, pgerr.New(pgerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("\\u0000 cannot be converted to text.")
	}
	if !build || r < 0xd800 || r > 0xdfff {
		if r >= 0xd800 && r <= 0xdfff {
			return utf8.RuneError, nil
		}
		return r, nil
	}
	if r >= 0xdc00 {
		return 0, p.fail("Unicode low surrogate must follow a high surrogate.")
	}
	if strings.HasPrefix(p.s[p.i:], `\u`) {
		p.i++
		if lo, ok := p.hex4(); ok && lo >= 0xdc00 && lo <= 0xdfff {
			return 0x10000 + (r-0xd800)<<10 + (lo - 0xdc00), nil
		}
	}
	return 0, p.fail("Unicode low surrogate must follow a high surrogate.")
}

func (p *jsonScanner) hex4() (rune, bool) {
	if p.i+5 > len(p.s) {
		return 0, false
	}
	r := rune(0)
	for _, c := range []byte(p.s[p.i+1 : p.i+5]) {
		v := hexValue(c)
		if v < 0 {
			return 0, false
		}
		r = r<<4 | rune(v)
	}
	p.i += 5
	return r, true
}

func (p *jsonScanner) end() error {
	p.space()
	if p.i < len(p.s) {
		return p.unexpected("end of input")
	}
	return nil
}

// CheckJSON tells whether s is JSON, with PostgreSQL's error if not.
func CheckJSON(s string) error {
	p := &jsonScanner{s: s}
	if err := p.skip(); err != nil {
		return err
	}
	return p.end()
}

// ParseJSONB reads JSON text into a tree.
func ParseJSONB(s string) (*JSONB, error) {
	p := &jsonScanner{s: s}
	v, err := p.value(true)
	if err != nil {
		return nil, err
	}
	return &v, p.end()
}

// JSONTextKind tells what kind of value JSON text holds, by its first character.
func JSONTextKind(s string) JSONKind {
	p := jsonScanner{s: s}
	p.space()
	if p.i >= len(s) {
		return JSONNull
	}
	switch c := s[p.i]; {
	case c == '{':
		return JSONObject
	case c == '[':
		return JSONArray
	case c == '"':
		return JSONString
	case c == 't' || c == 'f':
		return JSONBool
	case c == '-' || isDigit(c):
		return JSONNumber
	}
	return JSONNull
}

// JSONTextFields walks the members of an object in JSON text, in order, with
// duplicates; raw is a value's own text. Anything but an object has none.
func JSONTextFields(s string, each func(key, raw string) error) error {
	p := &jsonScanner{s: s}
	p.space()
	if p.i >= len(s) || s[p.i] != '{' {
		return nil
	}
	return p.fields(true, func(key string) error {
		raw, err := p.raw()
		if err != nil {
			return err
		}
		return each(key, raw)
	})
}

// JSONTextElements walks the elements of an array in JSON text. Anything but an
// array has none.
func JSONTextElements(s string, each func(raw string) error) error {
	p := &jsonScanner{s: s}
	p.space()
	if p.i >= len(s) || s[p.i] != '[' {
		return nil
	}
	return p.elements(func() error {
		raw, err := p.raw()
		if err != nil {
			return err
		}
		return each(raw)
	})
}

func (p *jsonScanner) raw() (string, error) {
	p.space()
	from := p.i
	if err := p.skip(); err != nil {
		return "", err
	}
	return p.s[from:p.i], nil
}

// JSONTextString is the value of a JSON string in JSON text.
func JSONTextString(s string) (string, error) {
	p := &jsonScanner{s: s}
	p.space()
	if p.i >= len(s) || s[p.i] != '"' {
		return "", p.unexpected("string")
	}
	return p.str(true)
}
