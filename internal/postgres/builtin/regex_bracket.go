package builtin

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// bracket copies a bracket expression.
func (t *regexTranslator) bracket() error {
	rest := t.s[t.i:]
	for _, w := range []string{"[[:<:]]", "[[:>:]]"} {
		if strings.HasPrefix(rest, w) {
			t.out.WriteString(`\b`)
			t.i += len(w)
			return nil
		}
	}
	t.out.WriteByte('[')
	t.i++
	negated := false
	if t.i < len(t.s) && t.s[t.i] == '^' {
		negated = true
		t.out.WriteByte('^')
		t.i++
	}
	for first := true; t.i < len(t.s); first = false {
		c := t.s[t.i]
		switch {
		case c == ']' && !first:
			if negated && t.o.lineDots {
				t.out.WriteString(`\n`)
			}
			t.out.WriteByte(']')
			t.i++
			return nil
		case c == ']':
			t.out.WriteString(`\]`)
			t.i++
		case c == '[':
			if err := t.class(); err != nil {
				return err
			}
		case c == '\\':
			if err := t.bracketEscape(); err != nil {
				return err
			}
		case c == '^' || c == '&' || c == '~':
			t.out.WriteByte('\\')
			t.out.WriteByte(c)
			t.i++
		default:
			t.out.WriteByte(c)
			t.i++
		}
	}
	return regexError("brackets [] not balanced")
}

func (t *regexTranslator) class() error {
	rest := t.s[t.i:]
	if len(rest) < 2 || rest[1] != ':' && rest[1] != '.' && rest[1] != '=' {
		t.out.WriteString(`\[`)
		t.i++
		return nil
	}
	closing := string(rest[1]) + "]"
	end := strings.Index(rest[2:], closing)
	if end < 0 {
		return regexError("brackets [] not balanced")
	}
	name := rest[2 : 2+end]
	t.i += end + 4
	if rest[1] != ':' {
		if utf8.RuneCountInString(name) != 1 {
			return regexError("invalid collating element")
		}
		t.out.WriteString(regexp.QuoteMeta(name))
		return nil
	}
	switch name {
	case "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "word":
		t.out.WriteString("[:" + name + ":]")
		return nil
	}
	return regexError("invalid character class")
}

func (t *regexTranslator) bracketEscape() error {
	if t.i+1 >= len(t.s) {
		return regexError("invalid escape \\ sequence")
	}
	c := t.s[t.i+1]
	switch c {
	case 'd', 'w', 's', 'a', 'f', 'n', 'r', 't', 'v':
		t.out.WriteString(t.s[t.i : t.i+2])
		t.i += 2
	case 'b':
		t.out.WriteString(`\x08`)
		t.i += 2
	case 'u', 'U', 'x':
		t.i += 2
		return t.codepoint(c)
	default:
		if isWordByte(c) {
			return regexError("invalid escape \\ sequence")
		}
		r, size := utf8.DecodeRuneInString(t.s[t.i+1:])
		if r < utf8.RuneSelf {
			t.out.WriteByte('\\')
		}
		t.out.WriteString(t.s[t.i+1 : t.i+1+size])
		t.i += 1 + size
	}
	return nil
}
