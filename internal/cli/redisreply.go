package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
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
	_, err := io.WriteString(w, r.String())
	return err
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
