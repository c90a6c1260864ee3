package isolation

import (
	"fmt"
	"regexp"
	"strings"
)

// Kinds of tokens.
const (
	keyword = iota
	identifier
	block
	integer
	punctuation
)

type token struct {
	kind int
	text string
}

var (
	blank      = regexp.MustCompile(`^(?:[ \t\r\f\n]+|#[^\n\r]*)`)
	plainName  = regexp.MustCompile(`^[A-Za-z\x80-\xff_][A-Za-z\x80-\xff_0-9$]*`)
	quotedName = regexp.MustCompile(`^"((?:[^"\n]|"")*)"`)
	digits     = regexp.MustCompile(`^[0-9]+`)
	keywords   = map[string]bool{"notices": true, "permutation": true, "session": true, "setup": true, "step": true, "teardown": true}
)

// scan cuts a spec into tokens (specscanner.l).
func scan(text string) ([]token, error) {
	var tokens []token
	for text != "" {
		if m := blank.FindString(text); m != "" {
			text = text[len(m):]
			continue
		}
		var t token
		var length int
		switch c := text[0]; {
		case c == '{':
			end := strings.IndexByte(text, '}')
			if end < 0 {
				return nil, fmt.Errorf("unterminated sql block")
			}
			t, length = token{block, strings.Trim(text[1:end], " \t\r\f")}, end+1
		case c == '"':
			m := quotedName.FindStringSubmatch(text)
			if m == nil {
				return nil, fmt.Errorf("unterminated quoted identifier")
			}
			t, length = token{identifier, strings.ReplaceAll(m[1], `""`, `"`)}, len(m[0])
		case strings.ContainsRune("(),*", rune(c)):
			t, length = token{punctuation, text[:1]}, 1
		default:
			if m := plainName.FindString(text); m != "" {
				t, length = token{identifier, m}, len(m)
				if keywords[m] {
					t.kind = keyword
				}
			} else if m := digits.FindString(text); m != "" {
				t, length = token{integer, m}, len(m)
			} else {
				return nil, fmt.Errorf("unexpected character %q", c)
			}
		}
		tokens = append(tokens, t)
		text = text[length:]
	}
	return tokens, nil
}
