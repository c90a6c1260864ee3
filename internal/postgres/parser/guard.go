package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// Limits of what is given to pg_query. It recurses in C over the tree it made,
// and C's stack does not grow: with 8 MB, 64,000 chained operators end the
// process, with 1 MB about 2,500 do and some 900 nested sub-selects. Depth is
// counted so that both stay far away; no statement that is not deep comes near.
const (
	// maxDepth bounds nesting plus the length of operator, set operation and join
	// chains along any path.
	maxDepth = 1000
	// maxSize bounds a statement's bytes.
	maxSize = 64 << 20
	// maxTokens bounds the tree, which takes some 500 bytes a token.
	maxTokens = 4 << 20
)

// level is one open parenthesis, bracket or CASE. Within it, operands stand in
// chains; a chain's depth is the number of its operators plus the depth of its
// deepest operand, whatever way the operators associate.
type level struct {
	close   byte // ')' or ']', 'E' for END
	query   int  // 1 if a query may stand directly in it: one more node
	ops     int  // operators in the current chain
	child   int  // depth of the deepest operand in it
	deepest int  // of the finished chains
	sets    int  // UNION and its like: a chain of its own, around all others
	joins   int
	pending int // BETWEENs whose AND is to come
}

func (l *level) endChain() {
	l.deepest = max(l.deepest, l.ops+l.child)
	l.ops, l.child, l.pending = 0, 0, 0
}

func (l *level) depth() int {
	return max(l.deepest, l.ops+l.child) + l.sets + l.joins + l.query
}

// guard holds what checking one text needs.
type guard struct {
	levels []level
	blanks [][2]int
	// deepest is the depth of the statements that have ended.
	deepest int
	// before is the keyword that the last token was, notKeyword if it was a name
	// or no word; dot tells a dot.
	before word
	dot    bool
}

// check refuses text that pg_query must not see, and gives the text to parse:
// the same with comments blanked, since pg_query's time over runs of comments
// grows with their square.
func check(sql string) (string, error) {
	if len(sql) > maxSize {
		return "", tooComplex("The statement has %d bytes; at most %d are accepted.", len(sql), maxSize)
	}
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return "", pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x00`)
	}
	if !utf8.ValidString(sql) {
		return "", invalidUTF8(sql)
	}
	var stack [32]level
	g := guard{levels: stack[:1]}
	return g.run(sql)
}

// CheckUTF8 reports text that is not UTF-8 or holds a NUL byte, as 22021.
func CheckUTF8(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x00`)
	}
	if !utf8.ValidString(s) {
		return invalidUTF8(s)
	}
	return nil
}

func invalidUTF8(s string) error {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			const hex = "0123456789abcdef"
			return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x%c%c`,
				hex[s[i]>>4], hex[s[i]&15])
		}
		i += n
	}
	return nil
}

func tooComplex(detail string, args ...any) error {
	return pgerr.New(pgerr.StatementTooComplex, "statement is too complex").WithDetail(detail, args...).
		WithHint("Break the statement into several, or use a list, an array or a table in place of a chain of operators.")
}

func (g *guard) run(sql string) (string, error) {
	s := scanner{src: sql}
	s.onComment = func(start, end int) { g.blanks = append(g.blanks, [2]int{start, end}) }
	var last token
	tokens := 0
	for {
		t := s.next()
		if s.unterminated != "" {
			return "", pgerr.New(pgerr.SyntaxError, "%s at or near %q", s.unterminated, clip(sql[s.openAt:])).
				At(int32(s.openAt))
		}
		if t.kind == tokEOF {
			break
		}
		if tokens++; tokens > maxTokens {
			return "", tooComplex("The statement has more than %d words.", maxTokens)
		}
		g.token(sql, t)
		if len(g.levels) > maxDepth {
			return "", tooDeep(t)
		}
		if l := &g.levels[len(g.levels)-1]; l.ops+l.child+l.sets+l.joins > maxDepth {
			return "", tooDeep(t)
		}
		last = t
	}
	for len(g.levels) > 1 {
		g.pop()
	}
	if g.deepest = max(g.deepest, g.levels[0].depth()); g.deepest > maxDepth {
		return "", tooDeep(last)
	}
	return g.blank(sql), nil
}

func tooDeep(t token) error {
	err := pgerr.From(tooComplex("Expressions and queries may be nested, and operators chained, %d deep.", maxDepth))
	return err.At(int32(t.start))
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func (g *guard) token(sql string, t token) {
	l := &g.levels[len(g.levels)-1]
	before, dot := g.before, g.dot
	g.before, g.dot = notKeyword, false
	switch t.kind {
	case tokOp:
		l.ops++
	case tokPunct:
		switch sql[t.start] {
		case '(':
			g.push(')')
		case '[':
			g.push(']')
		case ')', ']':
			g.popTo(sql[t.start])
		case ',':
			l.endChain()
		case '.':
			g.dot = true
		case ';':
			// Inside parentheses it is a syntax error, or a rule's list of statements.
			l.endChain()
			if len(g.levels) == 1 {
				g.deepest = max(g.deepest, l.depth())
				*l = level{}
			}
		}
	case tokWord:
		w := keyword(sql[t.start:t.end])
		// After a dot any keyword is a name, and after AS all but those that open
		// what a view or a prepared statement stands for.
		if dot || before == wAs && !opensBody(w) {
			return
		}
		g.before = w
		g.word(w, before)
	}
}

func opensBody(w word) bool {
	return w == wQuery || w == wValues || w == wInsert || w == wUpdate || w == wDelete
}

func (g *guard) word(w, before word) {
	l := &g.levels[len(g.levels)-1]
	switch w {
	case wAnd:
		// Chains of AND and OR are flat lists in the tree.
		if l.pending > 0 {
			l.pending--
			l.ops++
			return
		}
		l.endChain()
	case wOr, wClause:
		l.endChain()
	case wQuery:
		l.query = 1
		l.endChain()
	case wFrom:
		if before == wDistinct {
			l.ops++ // IS DISTINCT FROM
			return
		}
		l.endChain()
	case wValues:
		// Not reserved: it may be an operand, so it ends no chain.
		l.query = 1
	case wNot, wChain, wIn, wDistinct:
		l.ops++
	case wBetween:
		l.ops++
		l.pending++
	case wSetOp:
		l.endChain()
		l.sets++
	case wJoin:
		l.joins++
	case wCase:
		g.push('E')
	case wEnd:
		if l.close == 'E' {
			g.pop()
		}
	}
}

func (g *guard) push(closer byte) { g.levels = append(g.levels, level{close: closer}) }

func (g *guard) pop() {
	n := len(g.levels) - 1
	d := 1 + g.levels[n].depth()
	g.levels = g.levels[:n]
	l := &g.levels[n-1]
	l.child = max(l.child, d)
}

// popTo closes a parenthesis or bracket and any CASE left open in it. One that
// does not fit is a syntax error, left to the parser to report.
func (g *guard) popTo(closer byte) {
	for len(g.levels) > 1 {
		c := g.levels[len(g.levels)-1].close
		g.pop()
		if c == closer {
			return
		}
	}
}

func (g *guard) blank(sql string) string {
	if len(g.blanks) == 0 {
		return sql
	}
	b := []byte(sql)
	for _, c := range g.blanks {
		for i := c[0]; i < c[1]; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}
