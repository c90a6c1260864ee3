package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// FuzzLines has lines of JSON read that nobody wrote: what is taken is a payload that
// decodes, and what is not names its line.
func FuzzLines(f *testing.F) {
	for _, line := range []string{
		`{"db":0,"key":"k","type":"string","value":"v"}`,
		`{"db":1,"key":"aw==","encoding":"base64","type":"set","value":["/w=="]}`,
		`{"key":"k","type":"zset","value":[["a",1.5],["b","inf"]]}`,
		`{"key":"k","type":"hash","expire_ms":1,"value":{"f":"v","g":{"value":"w","expire_ms":2}}}`,
		`{"key":"k","type":"stream","value":{"entries":[{"id":"1-1","fields":[["f","v"]]}],"last_id":"1-1","entries_added":1,"max_deleted_id":"0-0","groups":[{"name":"g","last_id":"1-1","entries_read":1,"consumers":[{"name":"c","seen_ms":1,"pending":[{"id":"1-1","delivered_ms":1,"count":1}]}]}]}}`,
		`{"function":"#!lua name=lib"}`,
		`{"key":`,
	} {
		f.Add([]byte(line + "\n"))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		stats, err := ReadLines(bytes.NewReader(in), NewRestores(io.Discard), Options{Chooses: func(_ int, _ []byte, kind rdb.Kind) bool {
			return kind <= rdb.Stream
		}})
		var line *LineError
		if err != nil && (!errors.As(err, &line) || line.Line < 1 || line.Line > bytes.Count(in, []byte("\n"))+1) {
			t.Errorf("%v after %+v", err, stats)
		}
	})
}

// What a line says comes back as the same line.
func TestLinesComeBack(t *testing.T) {
	const text = `{"db":3,"key":"k","type":"zset","value":[["a",1.5],["b","inf"]]}`
	l := line{}
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatal(err)
	}
	e, payload, kind, err := l.decode()
	if err != nil || kind != rdb.ZSet || e.DB != 3 || string(e.Key) != "k" {
		t.Fatalf("%+v, %v, %v", e, kind, err)
	}
	v := lineValue{text: true}
	if err := rdb.Decode(payload, &v); err != nil {
		t.Fatal(err)
	}
	b, err := marshal(v.json())
	if err != nil || !strings.Contains(text, string(b)) {
		t.Errorf("got %s, %v", b, err)
	}
}
