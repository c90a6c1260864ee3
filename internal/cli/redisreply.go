package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// showRaw prints a reply as plain text: a line for each element, strings as they are.
func showRaw(w io.Writer, r *resp.Reply) error {
	if r.Items == nil {
		_, err := fmt.Fprintf(w, "%s\n", r.Text)
		return err
	}
	for i := range r.Items {
		if err := showRaw(w, &r.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

// showTyped prints a reply so that its types can be told, as redis-cli does at a
// terminal.
func showTyped(w io.Writer, r *resp.Reply) error {
	var b strings.Builder
	typed(&b, r, "")
	_, err := io.WriteString(w, b.String())
	return err
}

func typed(b *strings.Builder, r *resp.Reply, indent string) {
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
		b.WriteString(quoted(r.Text) + "\n")
	case '%':
		typedMap(b, r, indent)
	default:
		typedList(b, r, indent)
	}
}

func typedList(b *strings.Builder, r *resp.Reply, indent string) {
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

func typedMap(b *strings.Builder, r *resp.Reply, indent string) {
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

// quoted is a string in quotes, with what is not printable escaped.
func quoted(s []byte) string {
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

// showJSON prints a reply as one line of JSON; see docs/CLI_JSON_OUTPUT.md.
func showJSON(w io.Writer, r *resp.Reply) error {
	line, err := json.Marshal(jsonReply(r))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", line)
	return err
}

func jsonReply(r *resp.Reply) any {
	switch {
	case r.Null:
		return nil
	case r.Kind == '-' || r.Kind == '!':
		return map[string]string{"error": string(r.Text)}
	case r.Kind == ':', r.Kind == '(':
		return json.Number(r.Text)
	case r.Kind == ',':
		if s := string(r.Text); s == "inf" || s == "-inf" || s == "nan" {
			return s
		}
		return json.Number(r.Text)
	case r.Kind == '#':
		return string(r.Text) == "t"
	case r.Kind == '%':
		return jsonMap(r)
	case r.Items != nil || r.Kind == '*' || r.Kind == '~' || r.Kind == '>':
		list := make([]any, 0, len(r.Items))
		for i := range r.Items {
			list = append(list, jsonReply(&r.Items[i]))
		}
		return list
	}
	return jsonText(r.Text)
}

// jsonMap is an object if all keys are different texts, else a list of pairs.
func jsonMap(r *resp.Reply) any {
	object := make(map[string]any, len(r.Items)/2)
	var pairs [][2]any
	for i := 0; i+1 < len(r.Items); i += 2 {
		key, value := jsonReply(&r.Items[i]), jsonReply(&r.Items[i+1])
		pairs = append(pairs, [2]any{key, value})
		switch name := key.(type) {
		case string:
			object[name] = value
		case json.Number:
			object[name.String()] = value
		}
	}
	if len(object) == len(pairs) {
		return object
	}
	return pairs
}

// jsonText is a string, or an object with its bytes if it is no text.
func jsonText(b []byte) any {
	if utf8.Valid(b) {
		return string(b)
	}
	return map[string]string{"base64": base64.StdEncoding.EncodeToString(b)}
}
