package parser

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Lifting stops at these: a longer statement gains nothing by sharing a plan.
const (
	maxLifted   = 100
	maxLiftSize = 16 << 10
	maxLiftNest = 64
)

// LiteralType is the type that PostgreSQL gives a literal by its form.
type LiteralType uint8

// Literal types: an integer's depends on its size, a string's is unknown.
const (
	LiteralInt4 LiteralType = iota + 1
	LiteralInt8
	LiteralNumeric
	LiteralString
)

// Literal is a value lifted out of a statement. Text has a number's sign, and a
// string's content without its quotes.
type Literal struct {
	Type LiteralType
	Text string
}

// Lifter takes the literals out of a statement, so that statements which differ
// in nothing else share a plan. It may be used again; not by two at once.
//
// What it leaves means what the whole did: a literal whose place or spelling
// means more than its value (ORDER BY 1, varchar(10), DATE '…', LIKE 'a%')
// stays where it is.
type Lifter struct {
	// Literals are those of the last statement, in order.
	Literals []Literal
	key      []byte
	at       []span // where each literal was
	sql      string
	nest     [maxLiftNest]bool // noLift outside each open parenthesis
}

type span struct{ start, end int }

// Lift reads a statement. It reports false if the statement has nothing to gain
// or is beyond what it understands; such a statement is parsed as it stands.
func (l *Lifter) Lift(sql string) bool {
	l.sql, l.key, l.Literals, l.at = sql, l.key[:0], l.Literals[:0], l.at[:0]
	if len(sql) > maxLiftSize || strings.IndexByte(sql, 0) >= 0 || !utf8.ValidString(sql) {
		return false
	}
	s := scanner{src: sql}
	var (
		noLift     bool
		depth      int
		prev       token // the token before
		prevWord   word  // its keyword, if it is one
		beforePrev word  // the keyword before that; wAs also stands for ::
		prefix     bool  // prev, an operator, stands before an operand
		t          = s.next()
	)
	if s.unterminated != "" || t.kind != tokWord || !lifted(keyword(sql[t.start:t.end])) {
		return false
	}
	for t.kind != tokEOF {
		next := s.next()
		if s.unterminated != "" {
			return false
		}
		if prev.end > 0 && t.start > prev.end && sql[t.start] != ';' {
			l.key = append(l.key, ' ')
		}
		keyFrom := len(l.key)
		var w word
		begins := startsOperand(sql, prev, prevWord)
		wasPrefix := prefix
		prefix = false
		put := true
		switch t.kind {
		case tokParam:
			return false
		case tokWord:
			if prev.kind != tokPunct || sql[prev.start] != '.' { // t.limit is a column
				w = keyword(sql[t.start:t.end])
			}
			if prevWord == wAs && next.kind == tokWord && strings.EqualFold(sql[t.start:t.end], "interval") {
				return false // the fields of '5'::interval hour say how the literal is read
			}
			switch w {
			case wNoLift, wDistinct:
				return false
			case wOrder, wConflict:
				noLift = true
			case wLimit, wDo:
				noLift = false
			}
		case tokPunct:
			switch c := sql[t.start]; {
			case c == '(' || c == '[':
				if depth == maxLiftNest {
					return false
				}
				l.nest[depth] = noLift
				depth++
				noLift = noLift || c == '[' || prevWord == wTypeMod || prev.kind == tokWord && beforePrev == wAs
			case c == ')' || c == ']':
				if depth == 0 {
					return false
				}
				depth--
				noLift = l.nest[depth]
			case c == ';':
				if next.kind != tokEOF {
					return false
				}
				put = false
			case c < ' ':
				return false
			}
		case tokOp:
			if prefix = begins; prefix && wasPrefix {
				return false // - -1: the grammar folds both signs
			}
			if sql[t.start:t.end] == "::" {
				w = wAs
			}
		case tokString:
			if prev.kind == tokString || prev.kind == tokOther {
				return false
			}
			if noLift || !begins || isMatch(sql, prev) {
				if NamesNow(sql[t.start:t.end]) {
					return false
				}
				break
			}
			l.lift(LiteralString, unquote(sql[t.start+1:t.end-1]), span{t.start, t.end})
			put = false
		case tokOther:
			if prev.kind == tokString || prev.kind == tokOther || NamesNow(sql[t.start:t.end]) {
				return false
			}
		case tokInt, tokNumber:
			if !plainNumber(sql[t.start:t.end]) {
				return false
			}
			if noLift || !begins {
				break
			}
			at := span{t.start, t.end}
			if wasPrefix && sql[prev.start:prev.end] == "-" && !bindsTighter(sql, next) {
				at.start = prev.start
				l.unsign(keyFrom)
			}
			if atEdge(sql[t.start:t.end]) {
				return false
			}
			l.number(t.kind, at, sql[t.start:t.end])
			put = false
		}
		if len(l.Literals) > maxLifted {
			return false
		}
		if put {
			l.key = append(l.key, sql[t.start:t.end]...)
		}
		beforePrev = prevWord
		prev, prevWord = t, w
		t = next
	}
	return depth == 0
}

// lifted tells the words that a statement worth lifting begins with.
func lifted(w word) bool {
	return w == wQuery || w == wValues || w == wInsert || w == wUpdate || w == wDelete
}

// startsOperand reports whether what follows prev is an operand that a
// parameter may replace.
func startsOperand(sql string, prev token, w word) bool {
	switch prev.kind {
	case tokOp:
		return w != wAs // not after ::
	case tokPunct:
		c := sql[prev.start]
		return c == '(' || c == ','
	case tokWord:
		switch w {
		case wClause, wQuery, wAnd, wOr, wNot, wBetween, wLimit, wFrom:
			return true
		}
	}
	return false
}

// isMatch tells the operators that match patterns: a plan may use a constant
// pattern's prefix.
func isMatch(sql string, prev token) bool {
	return prev.kind == tokOp && strings.IndexByte(sql[prev.start:prev.end], '~') >= 0
}

// bindsTighter reports a token that takes a number before its sign does.
func bindsTighter(sql string, next token) bool {
	switch next.kind {
	case tokOp:
		return sql[next.start:next.end] == "::"
	case tokPunct:
		return sql[next.start] == '[' || sql[next.start] == '.'
	}
	return false
}

// plainNumber excludes 0x1f, 1_000 and junk after digits: it takes digits, at
// most one point among them, and an exponent.
func plainNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	whole := digits()
	if s != "" && s[0] == '.' {
		s = s[1:]
		whole = digits() || whole
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		whole = digits() && whole
	}
	return whole && s == ""
}

// NamesNow reports text that may hold a literal whose value depends on when it is
// read: 'now', 'today', 'tomorrow', 'yesterday'. A plan made from such a text
// must not serve another execution of the text.
func NamesNow(s string) bool {
	for i := range len(s) {
		for _, w := range [...]string{"now", "today", "tomorrow", "yesterday"} {
			if len(s)-i >= len(w) && strings.EqualFold(s[i:i+len(w)], w) {
				return true
			}
		}
	}
	return false
}

func unquote(s string) string {
	if strings.IndexByte(s, '\'') < 0 {
		return s
	}
	return strings.ReplaceAll(s, "''", "'")
}

// unsign takes the sign before a number out of the key again, with the space
// that may follow it.
func (l *Lifter) unsign(keyFrom int) {
	for keyFrom > 0 && l.key[keyFrom-1] == ' ' {
		keyFrom--
	}
	keyFrom--
	l.key = l.key[:keyFrom]
}

// atEdge tells the numbers whose type changes with their sign. The grammar folds
// signs before it, in parentheses too, which lifting would hide.
func atEdge(digits string) bool {
	digits = strings.TrimLeft(digits, "0")
	return digits == "2147483648" || digits == "9223372036854775808"
}

// number lifts digits, with the sign if at begins before them.
func (l *Lifter) number(k tokenKind, at span, digits string) {
	text := digits
	if at.end-at.start > len(digits) {
		text = "-" + digits
	}
	typ := LiteralNumeric
	if k == tokInt {
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			typ = LiteralInt8
			if v == int64(int32(v)) {
				typ = LiteralInt4
			}
		}
	}
	l.lift(typ, text, at)
}

func (l *Lifter) lift(t LiteralType, text string, at span) {
	l.Literals = append(l.Literals, Literal{t, text})
	l.at = append(l.at, at)
	l.key = append(l.key, byte(t)) // no such byte stands outside quotes
}

// Key is equal for statements of one shape. It is valid until the next Lift.
func (l *Lifter) Key() []byte { return l.key }

// SQL is the statement with $1… in place of its literals.
func (l *Lifter) SQL() string {
	var b strings.Builder
	from := 0
	for i, at := range l.at {
		b.WriteString(l.sql[from:at.start])
		b.WriteString(" $")
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteByte(' ')
		from = at.end
	}
	b.WriteString(l.sql[from:])
	return b.String()
}
