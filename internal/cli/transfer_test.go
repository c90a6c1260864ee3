package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// callWith is call with something on standard input.
func callWith(stdin string, args ...string) (code int, out, stderr string) {
	var o, e bytes.Buffer
	code = Main(context.Background(), args, Streams{In: strings.NewReader(stdin), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// seed makes keys of each type, with text and other bytes, in two databases.
const seed = `SET text "caf\xc3\xa9 <&> \"quoted\"\n"
SET bytes "\xff\x00\x01"
SET number 12345
SET soon v PXAT 4102444800123
RPUSH list a b "" "\xfe" 17
SADD ints 1 2 3
SADD set x y "\xfd"
ZADD zset -1.5 a 0.1 b inf c -inf d 17 e
ZADD "zset\xff" 1 a
HSET hash name alice "" empty n 1
HSET "hash\xff" f "\xff"
HSET timed a 1 b 2
HPEXPIREAT timed 4102444800456 FIELDS 1 a
PEXPIREAT hash 4102444800789
XADD stream 1-1 f v g ""
XADD stream 2-0 f "\xff" f w
XADD stream 3-0 f v
XDEL stream 3-0
XGROUP CREATE stream g 0
XREADGROUP GROUP g alice COUNT 1 STREAMS stream >
XGROUP CREATECONSUMER stream g bob
XADD gone 5-5 a b
XDEL gone 5-5
FUNCTION LOAD "#!lua name=lib\nredis.register_function('f', function() return 1 end)"
SELECT 3
SET elsewhere 1
`

// digest is the same for the same data.
func digest(t *testing.T, dir string) string {
	t.Helper()
	code, out, stderr := callWith("DEBUG DIGEST\nXINFO STREAM stream FULL\nFUNCTION LIST WITHCODE\n", "redis", "--data-dir", dir, "--json")
	if code != ExitOK {
		t.Fatal(stderr)
	}
	// Commands cannot say when a consumer was last seen.
	return regexp.MustCompile(`"seen-time":[0-9]+`).ReplaceAllString(out, "")
}

func seeded(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	if code, _, stderr := callWith("PING\n", "import", dir, "-", "--format", "resp"); code != ExitOK {
		t.Fatal(stderr)
	}
	if code, _, stderr := callWith(seed, "redis", "--data-dir", dir); code != ExitOK {
		t.Fatal(stderr)
	}
	return dir
}

// TestRoundTrips exports in each form and imports again.
func TestRoundTrips(t *testing.T) {
	dir := seeded(t)
	want := digest(t, dir)
	for _, name := range []string{"keys.rdb", "keys.resp", "keys.jsonl", "keys.rdb.gz", "keys.jsonl.zst"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), name)
			if code, _, stderr := call("export", dir, "-o", file); code != ExitOK || !strings.HasPrefix(stderr, "15 keys and 1 function library written to ") {
				t.Fatalf("%d, %s", code, stderr)
			}
			next := filepath.Join(t.TempDir(), "next")
			if code, _, stderr := call("import", next, file); code != ExitOK {
				t.Fatalf("%d, %s", code, stderr)
			}
			if got := digest(t, next); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if strings.Contains(name, "resp") {
				return // commands run as they are
			}
			code, _, stderr := call("import", next, file)
			if code != ExitFailure || !strings.Contains(stderr, "15 of its 15 keys are there already") {
				t.Errorf("a second time: %d, %s", code, stderr)
			}
			for _, policy := range []string{"skip", "replace"} {
				if code, _, stderr := call("import", next, file, "--on-conflict", policy, "--no-functions"); code != ExitOK || !strings.Contains(stderr, "15 there already") && policy == "skip" {
					t.Errorf("%s: %d, %s", policy, code, stderr)
				}
				if got := digest(t, next); got != want {
					t.Errorf("%s: got  %s\nwant %s", policy, got, want)
				}
			}
		})
	}
}

func TestSelections(t *testing.T) {
	dir := seeded(t)
	for flags, want := range map[string]string{
		"-n 3":                          "elsewhere",
		"--match n*":                    "number",
		"--type list":                   "list",
		"--type set --match i*":         "ints",
		"--match nothing":               "",
		"--db 0 --match te* --match l*": "list text",
	} {
		args := append([]string{"export", dir, "-o", "-", "--format", "jsonl", "--no-functions"}, strings.Fields(flags)...)
		code, out, stderr := call(args...)
		if code != ExitOK {
			t.Errorf("%s: %s", flags, stderr)
			continue
		}
		var names []string
		for line := range strings.Lines(out) {
			var l struct{ Key, Encoding string }
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			if l.Encoding == "base64" {
				key, err := base64.StdEncoding.DecodeString(l.Key)
				if err != nil {
					t.Fatal(err)
				}
				l.Key = string(key)
			}
			names = append(names, l.Key)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %s, want %s", flags, got, want)
		}
	}
	file := filepath.Join(t.TempDir(), "all.rdb")
	if code, _, stderr := call("export", dir, "-o", file); code != ExitOK {
		t.Fatal(stderr)
	}
	next := filepath.Join(t.TempDir(), "next")
	code, out, stderr := call("import", next, file, "--type", "zset", "--no-functions", "--json")
	if code != ExitOK || !strings.Contains(out, `"keys": 2`) {
		t.Errorf("%d, %s, %s", code, out, stderr)
	}
}

// TestBadFiles names what is wrong, and leaves the directory as it was.
func TestBadFiles(t *testing.T) {
	dir := seeded(t)
	want := digest(t, dir)
	whole := filepath.Join(t.TempDir(), "whole.rdb")
	if code, _, stderr := call("export", dir, "-o", whole, "--no-functions"); code != ExitOK {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(text)
	damaged[len(damaged)/2] ^= 0x40
	for name, row := range map[string]struct{ content, want string }{
		"truncated.rdb": {string(text[:len(text)-20]), "unexpected EOF"},
		"damaged.rdb":   {string(damaged), "rdb: "},
		"empty.rdb":     {"", "the file is empty"},
		"pg_dump":       {"PGDMP\x01", "archive of pg_dump"},
		"words.txt":     {"hello", "neither an RDB file"},
		"bad.jsonl":     {`{"db":0,"key":"new","type":"string","value":"v"}` + "\n{\"db\":0,\n", "line 2: not JSON at byte "},
		"type.jsonl":    {`{"db":0,"key":"new","type":"text","value":"v"}`, `line 1: "type" is "text"`},
		"none.jsonl":    {`{"db":0,"key":"new","type":"list","value":[]}`, "line 1: \"value\" is empty"},
		"short.resp":    {"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n", "the file ends in the middle of command 2"},
		"cut.gz":        {"\x1f\x8b\x08\x00\x00", "EOF"},
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(row.content), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := call("import", dir, file, "--match", "new*")
		if code != ExitFailure || !strings.Contains(stderr, row.want) || !strings.Contains(stderr, name) {
			t.Errorf("%s: %d, %s", name, code, stderr)
		}
		if got := digest(t, dir); got != want {
			t.Errorf("%s: the data changed", name)
		}
	}
	if code, _, stderr := call("export", dir, "-o", filepath.Join(t.TempDir(), "no", "dir.rdb")); code != ExitFailure {
		t.Errorf("%d, %s", code, stderr)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(whole), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
