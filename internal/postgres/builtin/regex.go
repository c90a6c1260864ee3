package builtin

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// PostgreSQL's advanced regular expressions run on Go's engine, which takes
// linear time. What it cannot do (back references, lookaround) is an error.

// regexOptions are the flags of a regular expression.
type regexOptions struct {
	fold     bool // i
	lineDots bool // . and [^…] do not match newline (n, p)
	lineEnds bool // ^ and $ match at lines (n, w)
	literal  bool // q
	expanded bool // x
	global   bool // g, of functions that allow it
}

// parseFlags reads the flags argument of the regexp functions.
func parseFlags(flags string) (regexOptions, error) {
	var o regexOptions
	for i, c := range flags {
		switch c {
		case 'g':
			o.global = true
		case 'b', 'e', 'c', 's', 't', 'i', 'm', 'n', 'p', 'q', 'w', 'x':
			o.set(c)
		default:
			_, size := utf8.DecodeRuneInString(flags[i:])
			return o, pgerr.New(pgerr.InvalidParameterValue,
				"invalid regular expression option: \"%s\"", flags[i:i+size])
		}
	}
	return o, nil
}

func (o *regexOptions) set(c rune) {
	switch c {
	case 'c':
		o.fold = false
	case 'i':
		o.fold = true
	case 'm', 'n':
		o.lineDots, o.lineEnds = true, true
	case 'p':
		o.lineDots, o.lineEnds = true, false
	case 's':
		o.lineDots, o.lineEnds = false, false
	case 'w':
		o.lineDots, o.lineEnds = false, true
	case 'q':
		o.literal = true
	case 't':
		o.expanded = false
	case 'x':
		o.expanded = true
	}
}

func regexError(text string) error {
	return pgerr.New(pgerr.InvalidRegularExpression, "invalid regular expression: %s", text)
}

func regexUnsupported(what string) error {
	return pgerr.New(pgerr.FeatureNotSupported, "regular expressions with %s are not supported", what)
}

// maxRegexCache bounds the compiled expressions kept; when full the cache
// starts afresh.
const maxRegexCache = 512

type regexKey struct {
	pattern string
	options regexOptions
}

var regexCache = struct {
	sync.RWMutex
	m map[regexKey]*regexp.Regexp
}{m: map[regexKey]*regexp.Regexp{}}

// compileRegex translates and compiles a pattern.
func compileRegex(pattern string, o regexOptions) (*regexp.Regexp, error) {
	o.global = false
	key := regexKey{pattern, o}
	regexCache.RLock()
	re := regexCache.m[key]
	regexCache.RUnlock()
	if re != nil {
		return re, nil
	}
	t := &regexTranslator{s: pattern, o: o}
	if err := t.translate(); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(t.out.String())
	if err != nil {
		return nil, compileError(err)
	}
	if !t.lazy {
		re.Longest() // POSIX semantics, unless the expression asks for shortest matches
	}
	regexCache.Lock()
	defer regexCache.Unlock()
	if len(regexCache.m) >= maxRegexCache {
		clear(regexCache.m)
	}
	regexCache.m[key] = re
	return re, nil
}

func compileError(err error) error {
	var se *syntax.Error
	if !errors.As(err, &se) {
		return regexError(err.Error())
	}
	switch se.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return regexError("parentheses () not balanced")
	case syntax.ErrMissingBracket:
		return regexError("brackets [] not balanced")
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidRepeatOp:
		return regexError("quantifier operand invalid")
	case syntax.ErrInvalidRepeatSize:
		return regexError("invalid repetition count(s)")
	case syntax.ErrInvalidCharRange:
		return regexError("invalid character range")
	case syntax.ErrInvalidEscape, syntax.ErrTrailingBackslash:
		return regexError("invalid escape \\ sequence")
	case syntax.ErrLarge, syntax.ErrNestingDepth:
		return regexError("regular expression is too complex")
	}
	return regexError(se.Code.String())
}

// regexTranslator rewrites an ARE for Go.
type regexTranslator struct {
	s    string
	i    int
	o    regexOptions
	out  strings.Builder
	lazy bool
	word bool // the last atom matches only a word character
}

func (t *regexTranslator) translate() error {
	t.director()
	t.out.WriteString("(?")
	if t.o.fold {
		t.out.WriteByte('i')
	}
	if t.o.lineEnds {
		t.out.WriteByte('m')
	}
	if !t.o.lineDots {
		t.out.WriteByte('s')
	}
	if s := t.out.String(); s == "(?" {
		t.out.Reset()
	} else {
		t.out.WriteByte(')')
	}
	if t.o.literal {
		t.out.WriteString(regexp.QuoteMeta(t.s[t.i:]))
		return nil
	}
	for t.i < len(t.s) {
		if err := t.atom(); err != nil {
			return err
		}
	}
	return nil
}

// director reads ***= or ***: and embedded options (?i) at the start.
func (t *regexTranslator) director() {
	switch {
	case strings.HasPrefix(t.s, "***="):
		t.o.literal = true
		t.i = 4
		return
	case strings.HasPrefix(t.s, "***:"):
		t.i = 4
	}
	rest := t.s[t.i:]
	if !strings.HasPrefix(rest, "(?") {
		return
	}
	end := strings.IndexByte(rest, ')')
	if end < 3 || strings.Trim(rest[2:end], "bceimnpqstwx") != "" {
		return
	}
	for _, c := range rest[2:end] {
		t.o.set(c)
	}
	t.i += end + 1
}

func (t *regexTranslator) atom() error {
	c := t.s[t.i]
	wasWord := t.word
	t.word = false
	switch c {
	case '\\':
		return t.escape(wasWord)
	case '[':
		return t.bracket()
	case '(':
		return t.group()
	case '*', '+', '?':
		t.out.WriteByte(c)
		t.i++
		t.quantifierTail()
		t.word = wasWord && c == '+'
		return nil
	case '{':
		return t.bound(wasWord)
	case '$':
		if t.o.lineEnds {
			t.out.WriteByte('$')
		} else {
			t.out.WriteString(`\z`)
		}
		t.i++
		return nil
	}
	if t.o.expanded {
		switch {
		case c == '#':
			if nl := strings.IndexByte(t.s[t.i:], '\n'); nl >= 0 {
				t.i += nl + 1
			} else {
				t.i = len(t.s)
			}
			t.word = wasWord
			return nil
		case c == ' ' || c >= '\t' && c <= '\r':
			t.i++
			t.word = wasWord
			return nil
		}
	}
	t.word = isWordByte(c)
	t.out.WriteByte(c)
	t.i++
	return nil
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// quantifierTail copies the ? of a shortest-match quantifier.
func (t *regexTranslator) quantifierTail() {
	if t.i < len(t.s) && t.s[t.i] == '?' {
		t.out.WriteByte('?')
		t.i++
		t.lazy = true
	}
}

func (t *regexTranslator) bound(wasWord bool) error {
	end := strings.IndexByte(t.s[t.i:], '}')
	next := t.i + 1
	if next >= len(t.s) || t.s[next] < '0' || t.s[next] > '9' {
		// In an ARE a brace not followed by a digit is itself.
		t.out.WriteString(`\{`)
		t.i++
		return nil
	}
	if end < 0 {
		return regexError("braces {} not balanced")
	}
	body := t.s[next : t.i+end]
	lo, hi, ranged := strings.Cut(body, ",")
	for _, n := range []string{lo, hi} {
		if strings.Trim(n, "0123456789") != "" || len(n) > 3 || len(n) == 3 && n > "255" {
			return regexError("invalid repetition count(s)")
		}
	}
	if ranged && hi == "" {
		t.out.WriteString("{" + lo + ",}")
	} else {
		t.out.WriteString("{" + body + "}")
	}
	t.i += end + 1
	t.word = wasWord && lo != "0"
	t.quantifierTail()
	return nil
}

func (t *regexTranslator) group() error {
	rest := t.s[t.i:]
	switch {
	case strings.HasPrefix(rest, "(?:"):
		t.out.WriteString("(?:")
		t.i += 3
	case strings.HasPrefix(rest, "(?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return regexError("parentheses () not balanced")
		}
		t.i += end + 1
	case strings.HasPrefix(rest, "(?=") || strings.HasPrefix(rest, "(?!") || strings.HasPrefix(rest, "(?<"):
		return regexUnsupported("lookaround")
	case strings.HasPrefix(rest, "(?"):
		return regexError("quantifier operand invalid")
	default:
		t.out.WriteByte('(')
		t.i++
	}
	return nil
}

// escape translates a backslash and what follows it.
func (t *regexTranslator) escape(wasWord bool) error {
	if t.i+1 >= len(t.s) {
		return regexError("invalid escape \\ sequence")
	}
	c := t.s[t.i+1]
	t.i += 2
	switch c {
	case 'd', 'w', 's', 'D', 'W', 'S':
		t.word = c == 'd' || c == 'w'
		t.out.WriteByte('\\')
		t.out.WriteByte(c)
	case 'A':
		t.out.WriteString(`\A`)
	case 'Z':
		t.out.WriteString(`\z`)
	case 'y':
		t.out.WriteString(`\b`)
	case 'Y':
		t.out.WriteString(`\B`)
	case 'm':
		// The start of a word is a boundary before what must be a word character.
		if !t.wordFollows() {
			return regexUnsupported(`\m before anything but a word character`)
		}
		t.out.WriteString(`\b`)
	case 'M':
		if !wasWord {
			return regexUnsupported(`\M after anything but a word character`)
		}
		t.out.WriteString(`\b`)
	case 'a', 'f', 'n', 'r', 't', 'v':
		t.out.WriteByte('\\')
		t.out.WriteByte(c)
	case 'b':
		t.out.WriteString(`\x08`)
	case 'e':
		t.out.WriteString(`\x1b`)
	case 'B':
		t.out.WriteString(`\\`)
	case '0':
		t.out.WriteString(`\x00`)
	case 'u', 'U', 'x':
		return t.codepoint(c)
	default:
		if c >= '1' && c <= '9' {
			return regexUnsupported("back references")
		}
		if isWordByte(c) {
			return regexError("invalid escape \\ sequence")
		}
		t.i--
		r, size := utf8.DecodeRuneInString(t.s[t.i:])
		t.out.WriteString(regexp.QuoteMeta(string(r)))
		t.i += size
	}
	return nil
}

func (t *regexTranslator) wordFollows() bool {
	rest := strings.TrimLeft(t.s[t.i:], "(")
	rest = strings.TrimPrefix(rest, "?:")
	return rest != "" && (isWordByte(rest[0]) || strings.HasPrefix(rest, `\w`) || strings.HasPrefix(rest, `\d`))
}

func (t *regexTranslator) codepoint(kind byte) error {
	limit := map[byte]int{'u': 4, 'U': 8, 'x': 8}[kind]
	n := 0
	for n < limit && t.i+n < len(t.s) && strings.IndexByte("0123456789abcdefABCDEF", t.s[t.i+n]) >= 0 {
		n++
	}
	if n == 0 || kind != 'x' && n != limit {
		return regexError("invalid escape \\ sequence")
	}
	t.out.WriteString(`\x{` + t.s[t.i:t.i+n] + `}`)
	t.i += n
	return nil
}
