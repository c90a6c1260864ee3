package dump

import (
	"bytes"
	"strings"
)

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// dollarTag is the $tag$ that a text begins with, "" if it begins with none.
func dollarTag(b []byte) string {
	for i := 1; i < len(b); i++ {
		switch {
		case b[i] == '$':
			return string(b[:i+1])
		case !isWord(b[i]), i == 1 && b[i] >= '0' && b[i] <= '9':
			return ""
		}
	}
	return ""
}

// indexOf is where s begins in b at from or behind, -1 if it does not.
func indexOf(b []byte, from int, s string) int {
	if i := bytes.Index(b[from:], []byte(s)); i >= 0 {
		return from + i
	}
	return -1
}

// lineEnd is what lies behind the first newline, 0 if there is none.
func lineEnd(b []byte) int { return bytes.IndexByte(b, '\n') + 1 }

func quoteLiteral(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}
