package dump

// lexer finds the ends of statements in a text, which it is given line by line: no
// token that matters here spans two lines but what is inside quotes or comments.
type lexer struct {
	inside   byte   // ' e " $ *: a string, one with escapes, a name, a dollar quote, a comment; 0: none
	tag      string // of the dollar quote
	comments int    // block comments nest
	parens   int    // a semicolon in parentheses ends nothing
	started  bool   // something other than space and comments was seen
	first    int    // where it began, in the line that was scanned last
	word     bool   // the byte before is part of a word: $ there begins no quote
}

// line scans a line up to the end of a statement, and gives what lies behind its
// semicolon, -1 if it does not end in this line.
func (l *lexer) line(b []byte, from int) int {
	l.word = false
	for i := from; i < len(b); {
		if l.inside != 0 {
			i = l.skip(b, i)
			continue
		}
		switch c := b[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			i++
			l.word = false
			continue
		case c == '-' && i+1 < len(b) && b[i+1] == '-':
			return -1
		case c == '/' && i+1 < len(b) && b[i+1] == '*':
			l.inside, l.comments = '*', 1
			i += 2
			continue
		case c == ';' && l.parens <= 0:
			return i + 1
		default:
			if !l.started {
				l.started, l.first = true, i
			}
			i = l.token(b, i)
		}
	}
	return -1
}

// token passes what begins at i outside of quotes and comments.
func (l *lexer) token(b []byte, i int) int {
	c := b[i]
	word := l.word
	l.word = c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	switch c {
	case '\'':
		l.inside = '\''
		if i > 0 && (b[i-1] == 'e' || b[i-1] == 'E') && (i == 1 || !isWord(b[i-2])) {
			l.inside = 'e'
		}
	case '"':
		l.inside = '"'
	case '(':
		l.parens++
	case ')':
		l.parens--
	case '$':
		if tag := dollarTag(b[i:]); tag != "" && !word {
			l.inside, l.tag, l.word = '$', tag, false
			return i + len(tag)
		}
	}
	return i + 1
}

// skip passes what is inside quotes or a comment.
func (l *lexer) skip(b []byte, i int) int {
	switch l.inside {
	case 'e':
		for ; i < len(b); i++ {
			if b[i] == '\\' {
				i++
			} else if b[i] == '\'' {
				if i+1 < len(b) && b[i+1] == '\'' {
					i++ // so that what follows has escapes still
					continue
				}
				l.inside = 0
				return i + 1
			}
		}
	case '$':
		if end := indexOf(b, i, l.tag); end >= 0 {
			l.inside = 0
			return end + len(l.tag)
		}
	case '*':
		for ; i+1 < len(b); i++ {
			switch {
			case b[i] == '*' && b[i+1] == '/':
				i++
				if l.comments--; l.comments == 0 {
					l.inside = 0
					return i + 1
				}
			case b[i] == '/' && b[i+1] == '*':
				i++
				l.comments++
			}
		}
	default: // a doubled quote ends it and begins it anew
		if end := indexOf(b, i, string(l.inside)); end >= 0 {
			l.inside = 0
			return end + 1
		}
	}
	return len(b)
}

// next forgets the statement that ended.
func (l *lexer) next() { *l = lexer{} }

// Complete tells whether a text ends with the semicolon of a statement, and perhaps
// space and comments behind it.
func Complete(text string) bool {
	var l lexer
	ended := false
	for len(text) > 0 {
		b := []byte(text)
		if end := lineEnd(b); end > 0 {
			b = b[:end]
		}
		text = text[len(b):]
		for at := 0; ; {
			at = l.line(b, at)
			if l.started {
				ended = false
			}
			if at < 0 {
				break
			}
			l.next()
			ended = true
		}
	}
	return ended && l.inside == 0
}

// StatementAt is where the statement is that a place of a text belongs to, as bytes:
// from behind the semicolon before it to behind its own. Behind the last one, with
// nothing but space there, it is the last one.
func StatementAt(text string, at int) (from, to int) {
	var l lexer
	start, before := 0, 0
	for pos := 0; pos < len(text); {
		b := []byte(text[pos:])
		if end := lineEnd(b); end > 0 {
			b = b[:end]
		}
		for i := 0; ; {
			if i = l.line(b, i); i < 0 {
				break
			}
			l.next()
			if at <= pos+i {
				return start, pos + i
			}
			before, start = start, pos+i
		}
		pos += len(b)
	}
	if !l.started && start > 0 {
		return before, start
	}
	return start, len(text)
}
