package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func badLikeEscape() error {
	return pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

// Like matches SQL's LIKE: % any text, _ any character, \ takes the next as it
// is. With bytewise, _ is a byte.
func Like(s, pattern string, bytewise bool) (bool, error) {
	// Where a % was seen: on a mismatch, try one character further from there.
	backPattern, backText := -1, 0
	i, p := 0, 0
	for {
		switch {
		case p < len(pattern) && pattern[p] == '%':
			p++
			backPattern, backText = p, i
			if p == len(pattern) {
				return true, nil
			}
			continue
		case p == len(pattern) && i == len(s):
			return true, nil
		case p < len(pattern) && i < len(s):
			c, at := pattern[p], p
			if c == '_' {
				size := 1
				if !bytewise {
					_, size = utf8.DecodeRuneInString(s[i:])
				}
				i += size
				p++
				continue
			}
			if c == '\\' {
				if at++; at == len(pattern) {
					return false, badLikeEscape()
				}
				c = pattern[at]
			}
			if c == s[i] {
				i++
				p = at + 1
				continue
			}
		case p < len(pattern) && i == len(s):
			return false, nil // only % could match the nothing that is left
		}
		if backPattern < 0 || backText >= len(s) {
			return false, nil
		}
		size := 1
		if !bytewise {
			_, size = utf8.DecodeRuneInString(s[backText:])
		}
		backText += size
		i, p = backText, backPattern
	}
}

// likeFunc makes LIKE, ILIKE (fold) and their negations.
func likeFunc(fold, not, bytewise bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s, pattern := a[0].Str(), a[1].Str()
		if fold {
			s, pattern = strings.ToLower(s), strings.ToLower(pattern)
		}
		ok, err := Like(s, pattern, bytewise)
		return types.Bool(ok != not), err
	}
}

// likeEscape rewrites a pattern with ESCAPE into one whose escape is a backslash.
func likeEscape(_ *Context, a []types.Datum) (types.Datum, error) {
	pattern, esc := a[0].Str(), a[1].Str()
	if esc == `\` {
		return a[0], nil
	}
	if utf8.RuneCountInString(esc) > 1 {
		return types.Null, pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	var sb strings.Builder
	for i := 0; i < len(pattern); {
		switch {
		case esc != "" && strings.HasPrefix(pattern[i:], esc):
			sb.WriteByte('\\')
			i += len(esc)
			if i < len(pattern) {
				_, size := utf8.DecodeRuneInString(pattern[i:])
				sb.WriteString(pattern[i : i+size])
				i += size
			}
		case pattern[i] == '\\':
			sb.WriteString(`\\`)
			i++
		default:
			sb.WriteByte(pattern[i])
			i++
		}
	}
	return types.Text(sb.String()), nil
}

func init() {
	for _, t := range []string{"text", "name"} {
		Provide(map[string]Func{
			t + "like": likeFunc(false, false, false), t + "nlike": likeFunc(false, true, false),
			t + "iclike": likeFunc(true, false, false), t + "icnlike": likeFunc(true, true, false),
		})
	}
	Provide(map[string]Func{
		"bytealike": likeFunc(false, false, true), "byteanlike": likeFunc(false, true, true),
		"like_escape": likeEscape, "like_escape_bytea": likeEscape,
	})
}
