package transfer

import (
	"bytes"
	"errors"
	"fmt"
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
		for line := range bytes.Lines(in) {
			sameLine(t, bytes.TrimSpace(line))
		}
		stats, err := ReadLines(bytes.NewReader(in), NewRestores(io.Discard), Options{Chooses: func(_ int, _ []byte, kind rdb.Kind) bool {
			return kind <= rdb.Stream
		}})
		var line *LineError
		if err != nil && (!errors.As(err, &line) || line.Line < 1 || line.Line > bytes.Count(in, []byte("\n"))+1) {
			t.Errorf("%v after %+v", err, stats)
		}
	})
}

// lineKept is a LineSink that keeps one line.
type lineKept struct {
	value *rdb.Encoder
	said  string
}

func (k *lineKept) Function(code []byte) error {
	k.said = "function " + string(code)
	return nil
}

func (k *lineKept) BeginKey(*rdb.Entry) (*rdb.Encoder, error) {
	k.value = rdb.NewEncoder(rdb.DefaultLimits)
	return k.value, nil
}

func (k *lineKept) EndKey(e *rdb.Entry) error {
	payload, err := k.value.Payload()
	if err != nil {
		return err
	}
	v := lineValue{text: true}
	if err := rdb.Decode(payload, &v); err != nil {
		return err
	}
	v.text = false
	value, err := marshal(v.json())
	k.said = fmt.Sprintf("%d %q %d %s %s", e.DB, e.Key, e.Expire, v.kind, value)
	return err
}

// sameLine fails if the scanner reads a line otherwise than encoding/json does.
func sameLine(t *testing.T, text []byte) {
	t.Helper()
	var scan scanner
	if !scan.line(text) {
		return
	}
	scanned, parsed := new(lineKept), new(lineKept)
	errScanned := (&lineReader{to: scanned, o: &Options{}}).line(text)
	errParsed := (&lineReader{to: parsed, o: &Options{}}).anyLine(text)
	if errScanned != nil || errParsed != nil || scanned.said != parsed.said {
		t.Errorf("%s is read as %s, %v, and is %s, %v", text, scanned.said, errScanned, parsed.said, errParsed)
	}
}

// The scanner takes what Lines writes, and all that it takes means what it means to
// encoding/json.
func TestScanner(t *testing.T) {
	for text, taken := range map[string]bool{
		`{"db":0,"key":"k","type":"string","value":"v"}`:                                                 true,
		`{"db": 15, "key": "", "type": "string", "expire_ms": 4102444800000, "value": "a\"\\\n\u2028é"}`: true,
		`{"db":1,"key":"aw==","encoding":"base64","type":"set","value":["/w==",""]}`:                     true,
		`{"db":0,"key":"k","type":"list","value":["a","a"]}`:                                             true,
		`{"db":0,"key":"k","type":"zset","value":[["a",1.5],["b",-0],["c",1e3],["d",12.25E-2]]}`:         true,
		`{"db":0,"key":"k","type":"hash","value":{"f":"v","g":"w"}}`:                                     true,
		`{"db":0,"key":"k","type":"hash","value":{"f":"v","f":"w"}}`:                                     false,
		`{"db":0,"key":"k","type":"hash","value":{"f":{"value":"w","expire_ms":2}}}`:                     false,
		`{"db":0,"key":"k","type":"set","value":["a","a"]}`:                                              false,
		`{"db":0,"key":"k","type":"zset","value":[["a",1],["a",2]]}`:                                     false,
		`{"db":0,"key":"k","type":"zset","value":[["a",01]]}`:                                            false,
		`{"db":0,"key":"k","type":"zset","value":[["a",1.]]}`:                                            false,
		`{"db":0,"key":"k","type":"zset","value":[["a","inf"]]}`:                                         false,
		`{"db":0,"key":"k","type":"list","value":[]}`:                                                    false,
		`{"db":0,"key":"k","type":"list","value":["a",]}`:                                                false,
		`{"db":00,"key":"k","type":"string","value":"v"}`:                                                false,
		`{"db":0,"key":"k","type":"string","value":"v"}}`:                                                false,
		`{"db":0,"key":"k","type":"string","value":"v"`:                                                  false,
		`{"db":0,"key":"k","type":"string","value":"\ud83d\ude00"}`:                                      false,
		"{\"db\":0,\"key\":\"k\",\"type\":\"string\",\"value\":\"\xff\"}":                                false,
		"{\"db\":0,\"key\":\"k\",\"type\":\"string\",\"value\":\"\x01\"}":                                false,
		`{"db":0,"key":"!","encoding":"base64","type":"string","value":""}`:                              false,
		`{"function":"#!lua name=lib"}`:                                                                  false,
	} {
		var scan scanner
		if got := scan.line([]byte(text)); got != taken {
			t.Errorf("%s is taken: %t", text, got)
		}
		sameLine(t, []byte(text))
	}
	members := make([]string, 100)
	for i := range members {
		members[i] = fmt.Sprintf("%q", fmt.Sprint("member ", i%99))
	}
	var scan scanner
	if scan.line([]byte(`{"db":0,"key":"k","type":"set","value":[` + strings.Join(members, ",") + `]}`)) {
		t.Error("a member was there twice among many")
	}
}

// What a line says comes back as the same line.
func TestLinesComeBack(t *testing.T) {
	const text = `{"db":3,"key":"k","type":"zset","value":[["a",1.5],["b","inf"]]}`
	var file, back bytes.Buffer
	if err := LinesToRDB(strings.NewReader(text), &file); err != nil {
		t.Fatal(err)
	}
	lines := NewLines(&back)
	if _, _, err := Walk(&file, lines, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := lines.Flush(); err != nil || back.String() != text+"\n" {
		t.Errorf("got %s, %v", &back, err)
	}
}

// A line may be longer than what is read at a time.
func TestLongLines(t *testing.T) {
	value := strings.Repeat("x", 300_000)
	text := `{"db":0,"key":"k","type":"string","value":"` + value + `"}`
	for _, file := range []string{text, text + "\n", "\n" + text + "\n\n"} {
		var kept lineKept
		stats, err := ReadLines(strings.NewReader(file), &kept, Options{})
		if err != nil || stats.Keys != 1 || len(kept.said) < len(value) {
			t.Errorf("%+v, %v, %.60s", stats, err, kept.said)
		}
	}
}
