package resp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String is the reply so that its types can be told, as redis-cli shows it at a
// terminal; each line ends with a newline.
func (r *Reply) String() string {
	var b strings.Builder
	typed(&b, r, "")
	return b.String()
}

func typed(b *strings.Builder, r *Reply, indent string) {
	if r.Null {
		b.WriteString("(nil)\n")
		return
	}
	switch r.Kind {
	case '+', '=':
		fmt.Fprintf(b, "%s\n", r.Text)
	case '-', '!':
		fmt.Fprintf(b, "(error) %s\n", r.Text)
	case ':':
		fmt.Fprintf(b, "(integer) %s\n", r.Text)
	case ',':
		fmt.Fprintf(b, "(double) %s\n", r.Text)
	case '(':
		fmt.Fprintf(b, "(big number) %s\n", r.Text)
	case '#':
		b.WriteString(map[string]string{"t": "(true)\n", "f": "(false)\n"}[string(r.Text)])
	case '$':
		b.WriteString(Quoted(r.Text) + "\n")
	case '%':
		typedMap(b, r, indent)
	default:
		typedList(b, r, indent)
	}
}

func typedList(b *strings.Builder, r *Reply, indent string) {
	mark := map[byte]string{'*': ")", '~': "~", '>': ">"}[r.Kind]
	if len(r.Items) == 0 {
		b.WriteString(map[byte]string{'*': "(empty array)\n", '~': "(empty set)\n", '>': "(empty push)\n"}[r.Kind])
		return
	}
	width := len(strconv.Itoa(len(r.Items)))
	for i := range r.Items {
		if i > 0 {
			b.WriteString(indent)
		}
		fmt.Fprintf(b, "%*d%s ", width, i+1, mark)
		typed(b, &r.Items[i], indent+strings.Repeat(" ", width+2))
	}
}

func typedMap(b *strings.Builder, r *Reply, indent string) {
	if len(r.Items) == 0 {
		b.WriteString("(empty hash)\n")
		return
	}
	width := len(strconv.Itoa(len(r.Items) / 2))
	for i := 0; i+1 < len(r.Items); i += 2 {
		if i > 0 {
			b.WriteString(indent)
		}
		var key strings.Builder
		typed(&key, &r.Items[i], "")
		fmt.Fprintf(b, "%*d# %s => ", width, i/2+1, strings.TrimSuffix(key.String(), "\n"))
		typed(b, &r.Items[i+1], indent+strings.Repeat(" ", width+2))
	}
}

// Quoted is a string in quotes, with what is not printable escaped.
func Quoted(s []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case r == '\n':
			b.WriteString("\\n")
		case r == '\r':
			b.WriteString("\\r")
		case r == '\t':
			b.WriteString("\\t")
		case r == utf8.RuneError && n == 1, r < ' ', r == 0x7f:
			fmt.Fprintf(&b, "\\x%02x", s[0])
		default:
			b.Write(s[:n])
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}

// SplitLine is the words of a line as a person types it, which may be quoted as
// redis-cli allows.
func SplitLine(line string) ([]string, error) {
	var r Reader
	r.Feed([]byte(line + "\n"))
	args, err := r.Next()
	if err != nil {
		return nil, errors.New("unbalanced quotes")
	}
	words := make([]string, 0, len(args))
	for _, a := range args {
		words = append(words, string(a))
	}
	return words, nil
}
