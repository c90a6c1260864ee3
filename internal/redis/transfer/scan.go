package transfer

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// scanner reads lines in the form in which Lines writes them, with or without spaces: a
// tenth of the work of encoding/json. Whatever else there is, rare things such as streams
// and everything that is wrong, it leaves to that.
type scanner struct {
	kind  rdb.Kind
	entry rdb.Entry
	// items are the texts of the value, in the order in which they are encoded, scores
	// those of a sorted set's. Both are valid until the next line.
	items  [][]byte
	scores []float64

	rest  []byte
	coded bool   // in base64
	plain []byte // memory for texts that do not stand in the line as they are
}

// line reads a line, and is false where that is left to others.
func (s *scanner) line(text []byte) bool {
	s.rest, s.coded = text, false
	s.items, s.scores, s.plain = s.items[:0], s.scores[:0], s.plain[:0]
	s.entry = rdb.Entry{Idle: -1, Freq: -1}
	return s.head() && s.value() && s.token('}') && len(s.rest) == 0
}

// head reads everything before the value.
func (s *scanner) head() bool {
	if !s.token('{') || !s.name(`"db"`) {
		return false
	}
	db, ok := s.integer()
	if !ok || !s.token(',') || !s.name(`"key"`) {
		return false
	}
	key, ok := s.raw()
	if !ok || !s.token(',') {
		return false
	}
	if s.name(`"encoding"`) {
		encoding, ok := s.raw()
		if s.coded = string(encoding) == "base64"; !ok || !s.coded || !s.token(',') {
			return false
		}
	}
	if !s.name(`"type"`) {
		return false
	}
	kind, ok := s.raw()
	if !ok || !s.token(',') {
		return false
	}
	if s.kind, ok = kindNamed(kind); !ok {
		return false
	}
	if s.name(`"expire_ms"`) {
		if s.entry.Expire, ok = s.integer(); !ok || !s.token(',') {
			return false
		}
	}
	s.entry.DB = int(db)
	s.entry.Key, ok = s.decoded(key)
	return ok && s.name(`"value"`)
}

func (s *scanner) value() bool {
	switch s.kind {
	case rdb.String:
		return s.item()
	case rdb.List, rdb.Set:
		return s.list('[', ']', s.item) && (s.kind == rdb.List || s.unique(1))
	case rdb.ZSet:
		return s.list('[', ']', s.member) && s.unique(1)
	case rdb.Hash:
		return s.list('{', '}', s.field) && s.unique(2)
	}
	return false
}

// list reads one element or more.
func (s *scanner) list(begin, end byte, element func() bool) bool {
	if !s.token(begin) {
		return false
	}
	for element() {
		if s.token(end) {
			return true
		}
		if !s.token(',') {
			return false
		}
	}
	return false
}

func (s *scanner) item() bool {
	text, ok := s.raw()
	if ok {
		text, ok = s.decoded(text)
	}
	s.items = append(s.items, text)
	return ok
}

func (s *scanner) member() bool {
	if !s.token('[') || !s.item() || !s.token(',') {
		return false
	}
	score, ok := s.number()
	s.scores = append(s.scores, score)
	return ok && s.token(']')
}

func (s *scanner) field() bool { return s.item() && s.token(':') && s.item() }

// unique says whether no item is there twice, looking at each one of so many.
func (s *scanner) unique(step int) bool {
	const few = 16
	if len(s.items) <= few*step {
		for i := 0; i < len(s.items); i += step {
			for j := 0; j < i; j += step {
				if bytes.Equal(s.items[i], s.items[j]) {
					return false
				}
			}
		}
		return true
	}
	var members memberSet
	for i := 0; i < len(s.items); i += step {
		if !members.add(string(s.items[i])) {
			return false
		}
	}
	return true
}

// encode writes the value.
func (s *scanner) encode(e *rdb.Encoder) {
	n := len(s.items)
	switch s.kind {
	case rdb.String:
		e.String(s.items[0])
		return
	case rdb.Hash:
		n /= 2
	}
	e.Begin(s.kind, int64(n))
	for i, item := range s.items {
		e.Item(item)
		if s.kind == rdb.ZSet {
			e.Score(s.scores[i])
		}
	}
	e.End()
}

func (s *scanner) space() {
	for len(s.rest) > 0 && s.rest[0] == ' ' {
		s.rest = s.rest[1:]
	}
}

func (s *scanner) token(c byte) bool {
	s.space()
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// name reads the name of a field and the colon, or nothing.
func (s *scanner) name(name string) bool {
	s.space()
	if len(s.rest) < len(name) || string(s.rest[:len(name)]) != name {
		return false
	}
	before := s.rest
	s.rest = s.rest[len(name):]
	if !s.token(':') {
		s.rest = before
		return false
	}
	return true
}

// integer reads one that is not negative.
func (s *scanner) integer() (int64, bool) {
	s.space()
	n := digits(s.rest)
	if n == 0 || n > 18 || n > 1 && s.rest[0] == '0' {
		return 0, false
	}
	v := int64(0)
	for _, c := range s.rest[:n] {
		v = v*10 + int64(c-'0')
	}
	s.rest = s.rest[n:]
	return v, true
}

func digits(b []byte) (n int) {
	for n < len(b) && b[n]-'0' <= 9 {
		n++
	}
	return n
}

// number reads a number of JSON.
func (s *scanner) number() (float64, bool) {
	s.space()
	b, n := s.rest, 0
	if len(b) > 0 && b[0] == '-' {
		n++
	}
	whole := digits(b[n:])
	if whole == 0 || whole > 1 && b[n] == '0' {
		return 0, false
	}
	n += whole
	if n < len(b) && b[n] == '.' {
		fraction := digits(b[n+1:])
		if fraction == 0 {
			return 0, false
		}
		n += 1 + fraction
	}
	if n < len(b) && b[n]|0x20 == 'e' {
		n++
		if n < len(b) && (b[n] == '-' || b[n] == '+') {
			n++
		}
		exponent := digits(b[n:])
		if exponent == 0 {
			return 0, false
		}
		n += exponent
	}
	f, err := strconv.ParseFloat(string(b[:n]), 64)
	s.rest = b[n:]
	return f, err == nil
}

// decoded undoes base64, if the line has that.
func (s *scanner) decoded(text []byte) ([]byte, bool) {
	if !s.coded {
		return text, true
	}
	from := len(s.plain)
	var err error
	s.plain, err = base64.StdEncoding.AppendDecode(s.plain, text)
	return s.plain[from:len(s.plain):len(s.plain)], err == nil
}

// raw reads a string.
func (s *scanner) raw() ([]byte, bool) {
	if !s.token('"') {
		return nil, false
	}
	ascii := byte(0)
	for i, c := range s.rest {
		switch {
		case c == '"':
			text := s.rest[:i]
			s.rest = s.rest[i+1:]
			return text, ascii < utf8.RuneSelf || utf8.Valid(text)
		case c == '\\':
			return s.escaped(i)
		case c < ' ':
			return nil, false
		}
		ascii |= c
	}
	return nil, false
}

// escaped reads a string from the place of its first escape on.
func (s *scanner) escaped(at int) ([]byte, bool) {
	from := len(s.plain)
	s.plain = append(s.plain, s.rest[:at]...)
	for b := s.rest[at:]; len(b) > 0; {
		switch c := b[0]; {
		case c == '"':
			s.rest = b[1:]
			text := s.plain[from:len(s.plain):len(s.plain)]
			return text, utf8.Valid(text)
		case c == '\\':
			r, n := escape(b)
			if n == 0 {
				return nil, false
			}
			s.plain = utf8.AppendRune(s.plain, r)
			b = b[n:]
		case c < ' ':
			return nil, false
		default:
			s.plain = append(s.plain, c)
			b = b[1:]
		}
	}
	return nil, false
}

// escape is the character of an escape and its length; 0 for none, and for half a
// character, of which it takes two.
func escape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	if at := bytes.IndexByte([]byte(`"\/bfnrt`), b[1]); at >= 0 {
		return rune("\"\\/\b\f\n\r\t"[at]), 2
	}
	if b[1] != 'u' || len(b) < 6 {
		return 0, 0
	}
	r, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil || r >= 0xd800 && r < 0xe000 {
		return 0, 0
	}
	return rune(r), 6
}
