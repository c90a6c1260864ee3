package script

import (
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Whatever a reply holds becomes a value, and that value a reply of the same
// bytes once more.
func FuzzConversion(f *testing.F) {
	for _, seed := range []string{
		"+OK\r\n", "-ERR x\r\n", ":5\r\n", "$3\r\nabc\r\n", "$-1\r\n", "*-1\r\n", "_\r\n", "#t\r\n", ",1.5\r\n", "(12\r\n",
		"=7\r\ntxt:abc\r\n", "*2\r\n:1\r\n$1\r\na\r\n", "%1\r\n+a\r\n:1\r\n", "~1\r\n:1\r\n", "|1\r\n+a\r\n:1\r\n:2\r\n", "*9\r\n", "$99\r\nx",
	} {
		f.Add([]byte(seed))
	}
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	f.Fuzz(func(t *testing.T, in []byte) {
		p := replyParser{l: l, in: in}
		first := resp.Writer{Proto: 3}
		w := replyWriter{out: &first, proto: 3}
		w.value(p.value(0), 0)
		again := replyParser{l: l, in: first.Buf}
		second := resp.Writer{Proto: 3}
		w.out = &second
		w.value(again.value(0), 0)
		if string(first.Buf) != string(second.Buf) {
			t.Errorf("%q became %q, then %q", in, first.Buf, second.Buf)
		}
	})
}

// Decoders of outside bytes answer with values or errors, never a panic that is
// not Lua's.
func FuzzDecoders(f *testing.F) {
	f.Add("[1,2,{\"a\":null}]", ">I2bs")
	f.Add("\x93\x01\xa1a\xc0", "!8dc0")
	f.Add("\"\\ud83d\\ude00\"", "i33")
	e := New(Options{})
	s, err := e.Script([]byte(`
		local fine, value = pcall(cjson.decode, ARGV[1])
		if fine then
			local text = cjson.encode(value)
			assert(cjson.encode(cjson.decode(text)) == text)
		end
		fine, value = pcall(cmsgpack.unpack, ARGV[1])
		pcall(struct.unpack, ARGV[2], ARGV[1])
		pcall(struct.size, ARGV[2])
		pcall(struct.pack, ARGV[2], 1, 2, 3)
		pcall(string.format, ARGV[2], 1, 2, 3)
		pcall(loadstring, ARGV[1])
	`), true)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data, format string) {
		var out resp.Writer
		if err := e.Eval(s, &Call{Host: echo{}, Out: &out, Args: [][]byte{[]byte(data), []byte(format)}}); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	e := New(Options{})
	s, err := e.Script([]byte(`return redis.call('set', KEYS[1], ARGV[1])`), true)
	if err != nil {
		b.Fatal(err)
	}
	var out resp.Writer
	for b.Loop() {
		out.Buf = out.Buf[:0]
		if err := e.Eval(s, &Call{Host: echo{}, Out: &out, Keys: [][]byte{[]byte("k")}, Args: [][]byte{[]byte("v")}}); err != nil {
			b.Fatal(err)
		}
	}
}
