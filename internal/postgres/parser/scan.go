package parser

import "strings"

// tokenKind classes tokens as the guard and the lifter need them: no finer than
// that, so that what PostgreSQL's own scanner would refuse may pass here.
type tokenKind uint8

const (
	tokEOF    tokenKind = iota
	tokWord             // unquoted identifier or keyword
	tokQuoted           // "identifier", also U&"…"
	tokString           // '…' without escapes of any kind but ''
	tokOther            // E'…', B'…', X'…', N'…', U&'…', $tag$…$tag$
	tokInt              // decimal digits only
	tokNumber           // any other number
	tokParam            // $1
	tokOp               // operator characters, :: := => included
	tokPunct            // ( ) [ ] , ; . :
)

type token struct {
	kind       tokenKind
	start, end int
}

// scanner cuts SQL into tokens. It follows the rules of PostgreSQL's scan.l for
// where a token ends; with standard_conforming_strings on, as pg_query has it.
type scanner struct {
	src string
	pos int
	// unterminated names what the input ended inside of, "" if nothing.
	unterminated string
	openAt       int
	// onComment, if set, is told each comment's bytes.
	onComment func(start, end int)
}

const (
	classSpace = 1 << iota
	classIdentStart
	classIdent
	classDigit
	classOp
)

var classes = func() (t [256]uint8) {
	for c := range 256 {
		b := byte(c)
		switch {
		case b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f' || b == '\v':
			t[c] = classSpace
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= 0x80:
			t[c] = classIdentStart | classIdent
		case b >= '0' && b <= '9':
			t[c] = classDigit | classIdent
		case b == '$':
			t[c] = classIdent
		case strings.IndexByte("~!@#^&|`?+-*/%<>=", b) >= 0:
			t[c] = classOp
		}
	}
	return t
}()

func (s *scanner) at(i int) byte {
	if i < len(s.src) {
		return s.src[i]
	}
	return 0
}

// next gives the next token; comments and spaces are passed over.
func (s *scanner) next() token {
	s.skip()
	start := s.pos
	if start >= len(s.src) {
		return token{tokEOF, start, start}
	}
	c := s.src[start]
	switch cl := classes[c]; {
	case cl&classIdentStart != 0:
		return s.word()
	case cl&classDigit != 0, c == '.' && classes[s.at(start+1)]&classDigit != 0:
		return s.number()
	case cl&classOp != 0:
		return s.operator()
	}
	switch c {
	case '\'':
		s.quoted('\'', "quoted string")
		return token{tokString, start, s.pos}
	case '"':
		s.quoted('"', "quoted identifier")
		return token{tokQuoted, start, s.pos}
	case '$':
		return s.dollar()
	case ':':
		if n := s.at(start + 1); n == ':' || n == '=' {
			s.pos += 2
			return token{tokOp, start, s.pos}
		}
	}
	s.pos++
	return token{tokPunct, start, s.pos}
}

func (s *scanner) skip() {
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		start := s.pos
		switch {
		case classes[c]&classSpace != 0:
			s.pos++
			continue
		case c == '-' && s.at(s.pos+1) == '-':
			for s.pos < len(s.src) && s.src[s.pos] != '\n' && s.src[s.pos] != '\r' {
				s.pos++
			}
		case c == '/' && s.at(s.pos+1) == '*':
			s.blockComment()
		default:
			return
		}
		if s.onComment != nil {
			s.onComment(start, s.pos)
		}
	}
}

func (s *scanner) blockComment() {
	start, depth := s.pos, 0
	for s.pos < len(s.src) {
		switch {
		case s.src[s.pos] == '/' && s.at(s.pos+1) == '*':
			depth++
			s.pos += 2
		case s.src[s.pos] == '*' && s.at(s.pos+1) == '/':
			depth--
			s.pos += 2
			if depth == 0 {
				return
			}
		default:
			s.pos++
		}
	}
	s.open("/* comment", start)
}

func (s *scanner) open(what string, at int) {
	if s.unterminated == "" {
		s.unterminated, s.openAt = what, at
	}
	s.pos = len(s.src)
}

// quoted passes a token in quotes that are doubled inside it.
func (s *scanner) quoted(q byte, what string) {
	start := s.pos
	s.pos++
	for {
		i := strings.IndexByte(s.src[s.pos:], q)
		if i < 0 {
			s.open("unterminated "+what, start)
			return
		}
		s.pos += i + 1
		if s.at(s.pos) != q {
			return
		}
		s.pos++
	}
}

// escaped passes an E'…' string from its quote on.
func (s *scanner) escaped() {
	start := s.pos
	s.pos++
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case '\\':
			s.pos += 2
		case '\'':
			s.pos++
			if s.at(s.pos) != '\'' && !s.continued() {
				return
			}
			s.pos++
		default:
			s.pos++
		}
	}
	s.open("unterminated quoted string", start)
}

// continued moves to the quote of a string's continuation, if white space with
// a newline and a quote follow. Only escape strings need it: the others' next
// part reads the same as a string of its own.
func (s *scanner) continued() bool {
	// Comments reach the parser as spaces, so a newline counts outside them only.
	space, newline := s.pos, false
	look := scanner{src: s.src, pos: s.pos}
	look.onComment = func(start, end int) {
		newline = newline || strings.ContainsAny(s.src[space:start], "\n\r")
		space = end
	}
	look.skip()
	if s.at(look.pos) != '\'' || look.unterminated != "" {
		return false
	}
	if !newline && !strings.ContainsAny(s.src[space:look.pos], "\n\r") {
		return false
	}
	if s.onComment != nil {
		again := scanner{src: s.src, pos: s.pos, onComment: s.onComment}
		again.skip()
	}
	s.pos = look.pos
	return true
}

func (s *scanner) word() token {
	start := s.pos
	if n := s.at(start + 1); n == '\'' || n == '&' {
		switch s.src[start] | 0x20 {
		case 'e':
			if n == '\'' {
				s.pos++
				s.escaped()
				return token{tokOther, start, s.pos}
			}
		case 'b', 'x', 'n':
			if n == '\'' {
				s.pos++
				s.quoted('\'', "quoted string")
				return token{tokOther, start, s.pos}
			}
		case 'u':
			switch {
			case n == '&' && s.at(start+2) == '\'':
				s.pos += 2
				s.quoted('\'', "quoted string")
				return token{tokOther, start, s.pos}
			case n == '&' && s.at(start+2) == '"':
				s.pos += 2
				s.quoted('"', "quoted identifier")
				return token{tokQuoted, start, s.pos}
			}
		}
	}
	for s.pos < len(s.src) && classes[s.src[s.pos]]&classIdent != 0 {
		s.pos++
	}
	return token{tokWord, start, s.pos}
}

// number passes a number, and what PostgreSQL 16 takes as one: 0x1f, 1_000. A
// trailing letter is left in the token, so that it is no plain integer.
func (s *scanner) number() token {
	start, kind := s.pos, tokInt
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		switch {
		case c >= '0' && c <= '9':
		case c == '.':
			// 1..2 is two dots of a loop in PL/pgSQL, never SQL; stop at it.
			if s.at(s.pos+1) == '.' {
				return token{kind, start, s.pos}
			}
			kind = tokNumber
		case (c == 'e' || c == 'E') && (s.at(s.pos+1) == '+' || s.at(s.pos+1) == '-') && classes[s.at(s.pos+2)]&classDigit != 0:
			kind = tokNumber
			s.pos++
		case c != '$' && classes[c]&classIdent != 0:
			kind = tokNumber
		default:
			return token{kind, start, s.pos}
		}
		s.pos++
	}
	return token{kind, start, s.pos}
}

func (s *scanner) dollar() token {
	start := s.pos
	i := start + 1
	if classes[s.at(i)]&classDigit != 0 {
		for classes[s.at(i)]&classDigit != 0 {
			i++
		}
		s.pos = i
		return token{tokParam, start, i}
	}
	for c := s.at(i); c != '$' && classes[c]&classIdent != 0; c = s.at(i) {
		i++
	}
	if s.at(i) != '$' {
		s.pos = start + 1
		return token{tokPunct, start, s.pos}
	}
	tag := s.src[start : i+1]
	end := strings.Index(s.src[i+1:], tag)
	if end < 0 {
		s.open("unterminated dollar-quoted string", start)
	} else {
		s.pos = i + 1 + end + len(tag)
	}
	return token{tokOther, start, s.pos}
}

// operator passes one operator: the longest run, cut before a comment, and with
// trailing + and - given back unless the run has a character that allows them.
func (s *scanner) operator() token {
	start := s.pos
	i := start
	free := false
	for i < len(s.src) && classes[s.src[i]]&classOp != 0 {
		c, n := s.src[i], s.at(i+1)
		if i > start && (c == '-' && n == '-' || c == '/' && n == '*') {
			break
		}
		if strings.IndexByte("~!@#^&|`?%", c) >= 0 {
			free = true
		}
		i++
	}
	if !free {
		for i > start+1 && (s.src[i-1] == '+' || s.src[i-1] == '-') {
			i--
		}
	}
	s.pos = i
	return token{tokOp, start, i}
}
