package types

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// nameLen is the longest identifier, NAMEDATALEN - 1.
const nameLen = 63

// TruncateName cuts an identifier to what the type name holds, at a character's
// boundary.
func TruncateName(s string) string {
	if len(s) <= nameLen {
		return s
	}
	end := nameLen
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// charPrefix is the length in bytes of the first n characters of s, and whether
// s has more.
func charPrefix(s string, n int) (end int, more bool) {
	if len(s) <= n {
		return len(s), false
	}
	for ; n > 0 && end < len(s); n-- {
		if s[end] < utf8.RuneSelf {
			end++
			continue
		}
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return end, end < len(s)
}

// fitLength applies varchar(n): blanks beyond the limit go in silence, others
// are an error unless the cast is explicit.
func fitLength(s string, typmod Typmod, explicit bool) (string, error) {
	n := int(typmod) - varHdrSize
	end, more := charPrefix(s, n)
	if !more {
		return s, nil
	}
	if !explicit && strings.TrimRight(s[end:], " ") != "" {
		return "", pgerr.New(pgerr.StringDataRightTruncation, "value too long for type character varying(%d)", n)
	}
	return s[:end], nil
}

// padChar applies char(n): as fitLength, then blanks up to n characters.
func padChar(s string, typmod Typmod, explicit bool) (string, error) {
	n := int(typmod) - varHdrSize
	end, more := charPrefix(s, n)
	if more {
		if !explicit && strings.TrimRight(s[end:], " ") != "" {
			return "", pgerr.New(pgerr.StringDataRightTruncation, "value too long for type character(%d)", n)
		}
		return s[:end], nil
	}
	if n > maxAttrSize { // only a caller that made up a modifier asks for so much
		return "", invalidModifier()
	}
	if missing := n - utf8.RuneCountInString(s); missing > 0 {
		return s + strings.Repeat(" ", missing), nil
	}
	return s, nil
}

// TrimBlanks drops the trailing blanks that do not count in a bpchar.
func TrimBlanks(s string) string { return strings.TrimRight(s, " ") }

// ValidateUTF8 checks text that came from outside: the server's encoding is
// UTF8, and no text holds a zero byte.
func ValidateUTF8(b []byte) error {
	if utf8.Valid(b) {
		if bytes.IndexByte(b, 0) >= 0 {
			return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
		}
		return nil
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			return invalidUTF8(b[i:])
		}
		i += size
	}
	return nil
}

func invalidUTF8(b []byte) error {
	want := 1
	switch c := b[0]; {
	case c&0xe0 == 0xc0:
		want = 2
	case c&0xf0 == 0xe0:
		want = 3
	case c&0xf8 == 0xf0:
		want = 4
	}
	var sb strings.Builder
	for i := range min(want, len(b)) {
		if i > 0 {
			sb.WriteByte(' ')
		}
		const digits = "0123456789abcdef"
		sb.WriteString("0x")
		sb.WriteByte(digits[b[i]>>4])
		sb.WriteByte(digits[b[i]&15])
	}
	return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", sb.String())
}
