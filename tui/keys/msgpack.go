package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
)

// maxMsgpack bounds what is read as MessagePack, bytes: nesting takes stack.
const maxMsgpack = 64 << 10

// msgpackAsJSON shows a MessagePack map or array as JSON. Text is never taken for it:
// most bytes of ASCII are numbers to it.
func msgpackAsJSON(b []byte) ([]byte, bool) {
	if len(b) < 2 || len(b) > maxMsgpack || utf8.Valid(b) {
		return nil, false
	}
	switch c := b[0]; {
	case c >= 0x80 && c <= 0x9f, c >= 0xdc && c <= 0xdf: // maps and arrays
	default:
		return nil, false
	}
	in := bytes.NewReader(b)
	d := msgpack.NewDecoder(in)
	d.SetMapDecoder(func(d *msgpack.Decoder) (any, error) { return d.DecodeUntypedMap() })
	v, err := d.DecodeInterfaceLoose()
	if err != nil {
		return nil, false
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	out, err := json.Marshal(plainValue(v))
	return out, err == nil
}

// plainValue makes of a value what JSON can say.
func plainValue(v any) any {
	switch v := v.(type) {
	case map[any]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[fmt.Sprint(plainValue(k))] = plainValue(e)
		}
		return out
	case []any:
		for i := range v {
			v[i] = plainValue(v[i])
		}
		return v
	case []byte:
		if utf8.Valid(v) {
			return string(v)
		}
		return "base64:" + base64.StdEncoding.EncodeToString(v)
	case string:
		if !utf8.ValidString(v) {
			return "base64:" + base64.StdEncoding.EncodeToString([]byte(v))
		}
	}
	return v
}
