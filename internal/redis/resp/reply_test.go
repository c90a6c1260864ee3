package resp

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func text(kind byte, s string) Reply { return Reply{Kind: kind, Text: []byte(s)} }

func TestReplies(t *testing.T) {
	for in, want := range map[string]Reply{
		"+OK\r\n":                  text('+', "OK"),
		"-ERR no\r\n":              text('-', "ERR no"),
		":-1\r\n":                  text(':', "-1"),
		"$3\r\na\nb\r\n":           text('$', "a\nb"),
		"$-1\r\n":                  {Kind: '$', Null: true},
		"*-1\r\n":                  {Kind: '*', Null: true},
		"_\r\n":                    {Kind: '_', Null: true},
		"#t\r\n":                   text('#', "t"),
		",1.5\r\n":                 text(',', "1.5"),
		"=6\r\ntxt:hi\r\n":         text('=', "hi"),
		"!5\r\nERR x\r\n":          text('!', "ERR x"),
		"*2\r\n:1\r\n*0\r\n":       {Kind: '*', Items: []Reply{text(':', "1"), {Kind: '*'}}},
		"%1\r\n+a\r\n:1\r\n":       {Kind: '%', Items: []Reply{text('+', "a"), text(':', "1")}},
		"|1\r\n+a\r\n:1\r\n+b\r\n": text('+', "b"),
	} {
		r := NewReplyReader(strings.NewReader(in))
		got, err := r.Next()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v", in, got, err)
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%q: then %v", in, err)
		}
	}
	for _, in := range []string{"\r\n", "?x\r\n", "$5\r\nab", "$2\r\nabcd", "*2\r\n:1\r\n", "$99999999999\r\n", "*-2\r\n", "+no end", strings.Repeat("*1\r\n", 1000) + ":1\r\n"} {
		if _, err := NewReplyReader(strings.NewReader(in)).Next(); err == nil || errors.Is(err, io.EOF) && len(in) > 2 && in != "+no end" && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: no error, or the wrong one: %v", in, err)
		}
	}
}

func FuzzReplies(f *testing.F) {
	f.Add([]byte("*2\r\n$1\r\na\r\n%1\r\n+a\r\n_\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReplyReader(bytes.NewReader(in))
		for {
			if _, err := r.Next(); err != nil {
				return
			}
		}
	})
}
