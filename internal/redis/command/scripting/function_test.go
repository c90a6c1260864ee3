package scripting_test

import (
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
	"github.com/orbit-server/orbit/internal/redis/script"
)

const library = "#!lua name=lib\nredis.register_function('f', function(keys, args) return args[1] end)\n"

// bulk is the text of a bulk reply.
func bulk(t *testing.T, reply []byte) string {
	t.Helper()
	head, rest, ok := strings.Cut(string(reply), "\r\n")
	if !ok || !strings.HasPrefix(head, "$") {
		t.Fatalf("not a bulk reply: %q", reply)
	}
	return strings.TrimSuffix(rest, "\r\n")
}

func TestDumpIsRedisDump(t *testing.T) {
	h, _ := newHarness(t)
	r := commandtest.StartRedis(t)
	long := library + "-- " + strings.Repeat("compressible ", 100)
	h.Raw("FUNCTION", "LOAD", long)
	if got := string(r.Raw(t, "FUNCTION", "RESTORE", bulk(t, h.Raw("FUNCTION", "DUMP")))); got != "+OK\r\n" {
		t.Errorf("redis-server restores: %s", got)
	}
	if got := string(r.Raw(t, "FCALL", "f", "0", "x")); got != "$1\r\nx\r\n" {
		t.Errorf("redis-server calls: %s", got)
	}
	h.Check([][2]string{{"FUNCTION FLUSH", "+OK"}, {"FCALL f 0 x", "-ERR Function not found"}})
	if got := string(h.Raw("FUNCTION", "RESTORE", bulk(t, r.Raw(t, "FUNCTION", "DUMP")))); got != "+OK\r\n" {
		t.Errorf("restores: %s", got)
	}
	h.Check([][2]string{{"FCALL f 0 x", `"x"`}})
}

func TestRestorePolicies(t *testing.T) {
	h, _ := newHarness(t)
	h.Raw("FUNCTION", "LOAD", library)
	payload := bulk(t, h.Raw("FUNCTION", "DUMP"))
	h.Raw("FUNCTION", "LOAD", strings.Replace(strings.Replace(library, "lib", "other", 1), "'f'", "'g'", 1))
	for _, row := range [][3]string{
		{"APPEND", "-ERR Library lib already exists\r\n", "$1\r\nx\r\n"},
		{"REPLACE", "+OK\r\n", "$1\r\nx\r\n"},
		{"FLUSH", "+OK\r\n", "-ERR Function not found\r\n"},
	} {
		if got := string(h.Raw("FUNCTION", "RESTORE", payload, row[0])); got != row[1] {
			t.Errorf("%s: %s", row[0], got)
		}
		if got := string(h.Raw("FCALL", "g", "0", "x")); got != row[2] {
			t.Errorf("%s: the other library answers %s", row[0], got)
		}
	}
}

func TestLibrariesSurviveRestart(t *testing.T) {
	h, s := newHarness(t)
	h.Raw("FUNCTION", "LOAD", library)
	h.Raw("FUNCTION", "LOAD", strings.Replace(strings.Replace(library, "lib", "gone", 1), "'f'", "'g'", 1))
	h.Check([][2]string{{"FUNCTION DELETE gone", "+OK"}})
	h.Reopen()
	s.engine = script.New(script.Options{Version: command.RedisVersion})
	if err := scripting.Restore(s.engine, h.KS); err != nil {
		t.Fatal(err)
	}
	h.Check([][2]string{{"FCALL f 0 x", `"x"`}, {"FCALL g 0 x", "-ERR Function not found"}})
}

func TestAFailedLoadChangesNothing(t *testing.T) {
	h, _ := newHarness(t)
	h.Raw("FUNCTION", "LOAD", library)
	for _, code := range []string{
		"#!lua name=lib\nredis.register_function('h', function() end)\nerror('boom')",
		"#!lua name=lib\nwhile true do end",
		"#!lua name=new\nredis.register_function('h', function() end)\nredis.register_function('f', function() end)",
	} {
		if got := h.Raw("FUNCTION", "LOAD", "REPLACE", code); got[0] != '-' {
			t.Errorf("%q: %s", code, got)
		}
	}
	h.Check([][2]string{{"FCALL f 0 x", `"x"`}, {"FCALL h 0", "-ERR Function not found"}})
}
