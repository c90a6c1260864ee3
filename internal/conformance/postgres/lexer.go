package main

import (
	"regexp"
	"strings"
)

// lexer follows psql's scanner (psqlscan.l) far enough to know, after each line of a
// script, whether psql waits for more of a statement.
type lexer struct {
	quote      string // what ends the quotation or comment that a line began in
	depth      int    // of nested comments
	parens     int
	body       int // of BEGIN ATOMIC … END
	words      []string
	pending    bool // something of a statement is in psql's buffer
	statements int  // ended so far
	commands   []string
	escapes    bool // the quotation takes backslashes
	lenient    bool // standard_conforming_strings is off
	text       strings.Builder
}

var (
	dollarTag  = regexp.MustCompile(`^\$([A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$`)
	word       = regexp.MustCompile(`^[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*`)
	metaName   = regexp.MustCompile(`^\\([^\s\\;:]+|[;:\\])`)
	conforming = regexp.MustCompile(`(?i)standard_conforming_strings\s*(?:=|to)\s*'?(on|off|default)`)
)

// sends are the commands of psql that send what is in its buffer.
var sends = map[string]bool{"g": true, "gx": true, "gset": true, "gexec": true, "gdesc": true, "crosstabview": true, "watch": true, "r": true, "reset": true}

// quoted reports whether a line would begin inside a quotation or comment.
func (l *lexer) quoted() bool { return l.quote != "" }

// idle reports whether psql's buffer is empty.
func (l *lexer) idle() bool { return !l.pending && l.quote == "" }

// line reads one line of the script.
func (l *lexer) line(s string) {
	for s += "\n"; s != ""; {
		if l.quote != "" {
			s = l.inQuote(s)
			continue
		}
		s = l.token(s)
	}
}

// inQuote reads on to the end of the quotation or of the line.
func (l *lexer) inQuote(s string) string {
	if l.quote == "*/" {
		open, end := strings.Index(s, "/*"), strings.Index(s, "*/")
		switch {
		case open >= 0 && (end < 0 || open < end):
			l.depth++
			return s[open+2:]
		case end < 0:
			return ""
		}
		if l.depth--; l.depth == 0 {
			l.quote = ""
		}
		return s[end+2:]
	}
	for i := 0; i < len(s); i++ {
		if l.escapes && s[i] == '\\' {
			i++
			continue
		}
		if strings.HasPrefix(s[i:], l.quote) {
			l.text.WriteString(s[:i+len(l.quote)])
			s = s[i+len(l.quote):]
			l.quote, l.escapes = "", false
			return s
		}
	}
	l.text.WriteString(s)
	return ""
}

// token reads what is next outside of quotations.
func (l *lexer) token(s string) string {
	switch c := s[0]; {
	case strings.HasPrefix(s, "--"):
		return ""
	case strings.HasPrefix(s, "/*"):
		l.quote, l.depth = "*/", 1
		return s[2:]
	case c == '\\':
		return l.command(s)
	case c == '\'' || c == '"':
		l.begin(string(c))
		l.escapes = c == '\'' && l.lenient
		return s[1:]
	case (c == 'u' || c == 'U') && strings.HasPrefix(s[1:], "&'"):
		l.begin("'")
		return s[3:]
	case (c == 'e' || c == 'E') && len(s) > 1 && s[1] == '\'':
		l.begin("'")
		l.escapes = true
		return s[2:]
	case c == '$':
		if tag := dollarTag.FindString(s); tag != "" {
			l.begin(tag)
			return s[len(tag):]
		}
	case c == ';' && l.parens == 0 && l.body == 0:
		l.end()
		return s[1:]
	case c == '(':
		l.parens++
	case c == ')':
		l.parens = max(0, l.parens-1)
	}
	if w := word.FindString(s); w != "" {
		l.pending = true
		l.text.WriteString(w)
		l.word(strings.ToLower(w))
		return s[len(w):]
	}
	if strings.TrimSpace(s[:1]) != "" {
		l.pending = true
	}
	l.text.WriteString(s[:1])
	return s[1:]
}

func (l *lexer) begin(quote string) {
	l.pending, l.quote = true, quote
	l.text.WriteString(quote)
}

// end is a statement's semicolon, or a command that sends the buffer.
func (l *lexer) end() {
	if m := conforming.FindStringSubmatch(l.text.String()); m != nil {
		l.lenient = strings.EqualFold(m[1], "off")
	}
	l.text.Reset()
	l.pending, l.parens, l.body, l.words = false, 0, 0, nil
	l.statements++
}

// word keeps the depth of a function's SQL body, whose semicolons end nothing.
func (l *lexer) word(w string) {
	if len(l.words) < 4 {
		l.words = append(l.words, w)
	}
	if !l.createsRoutine() || l.parens > 0 {
		return
	}
	switch {
	case w == "begin", w == "case" && l.body > 0:
		l.body++
	case w == "end" && l.body > 0:
		l.body--
	}
}

func (l *lexer) createsRoutine() bool {
	w := l.words
	if len(w) < 2 || w[0] != "create" {
		return false
	}
	if w[1] == "or" && len(w) == 4 && w[2] == "replace" {
		w = w[2:]
	}
	return w[1] == "function" || w[1] == "procedure"
}

// command reads a command of psql, which takes the rest of the line.
func (l *lexer) command(s string) string {
	m := metaName.FindStringSubmatch(s)
	if m == nil {
		return s[1:]
	}
	switch name := m[1]; {
	case name == ";" || name == ":":
		return s[2:]
	case name == "\\":
		return s[2:]
	case sends[name]:
		l.end()
	default:
		l.commands = append(l.commands, name)
	}
	return s[len(m[0])+argumentsLength(s[len(m[0]):]):]
}

// argumentsLength is where a command's arguments end: at the end of the line, or
// behind two backslashes, which another command follows.
func argumentsLength(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case quoted && s[i] == '\\':
			i++
		case strings.HasPrefix(s[i:], `\\`):
			return i + 2
		}
	}
	return len(s)
}
