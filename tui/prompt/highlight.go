package prompt

import (
	"strings"

	"github.com/orbit-server/orbit/internal/prompt"
)

// class is what a part of SQL is.
type class byte

const (
	plainText class = iota
	wordText
	stringText
	numberText
	commentText
	nameText // in quotes
)

// token is a part of a text.
type token struct {
	to    int // where it ends
	class class
}

// sqlWords are the words that are drawn as SQL's own.
var sqlWords = wordSet(prompt.SQLWords, strings.Fields(`ADD ALL ANY CASCADE CHECK COLUMN CONSTRAINT CROSS DO EXCEPT FETCH FILTER FOR
FOREIGN GRANT IF ILIKE INTERSECT LATERAL NATURAL NOTHING ONLY OVER PARTITION RECURSIVE RENAME REPLACE RESTRICT RETURNS REVOKE SIMILAR
TEMPORARY TO TRANSACTION UNLOGGED VACUUM WINDOW WORK CONFLICT DEFERRABLE NULLS FIRST LAST`))

func wordSet(lists ...[]string) map[string]bool {
	set := map[string]bool{}
	for _, list := range lists {
		for _, w := range list {
			set[w] = true
		}
	}
	return set
}

// tokens cuts a text into its parts, in order; together they are the text.
func tokens(text string) (all []token) {
	for at := 0; at < len(text); {
		t := nextToken(text, at)
		all = append(all, t)
		at = t.to
	}
	return all
}

func nextToken(text string, at int) token {
	rest := text[at:]
	switch c := text[at]; {
	case strings.HasPrefix(rest, "--"):
		return token{at + until(rest, "\n", 2), commentText}
	case strings.HasPrefix(rest, "/*"):
		return token{at + until(rest, "*/", 2), commentText}
	case c == '\'':
		return token{at + until(rest, "'", 1), stringText}
	case c == '"':
		return token{at + until(rest, `"`, 1), nameText}
	case c == '$':
		if end := strings.IndexByte(rest[1:], '$'); end >= 0 && isWord(rest[1:1+end]) {
			tag := rest[:end+2]
			return token{at + until(rest, tag, len(tag)), stringText}
		}
	case c >= '0' && c <= '9':
		return token{at + while(rest, func(c byte) bool { return wordByte(c) || c == '.' }), numberText}
	case wordByte(c):
		end := while(rest, wordByte)
		word := strings.ToUpper(rest[:end])
		if word == "E" && strings.HasPrefix(rest[1:], "'") {
			return token{at + escaped(rest), stringText}
		}
		if sqlWords[word] {
			return token{at + end, wordText}
		}
		return token{at + end, plainText}
	}
	return token{at + 1, plainText}
}

// until is behind the next mark, or the end.
func until(s, mark string, from int) int {
	if i := strings.Index(s[from:], mark); i >= 0 {
		return from + i + len(mark)
	}
	return len(s)
}

// escaped is behind a string that begins with E and has backslashes.
func escaped(s string) int {
	for i := 2; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\'':
			return i + 1
		}
	}
	return len(s)
}

func while(s string, ok func(byte) bool) int {
	for i := range len(s) {
		if !ok(s[i]) {
			return i
		}
	}
	return len(s)
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func isWord(s string) bool { return while(s, wordByte) == len(s) }
