package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withDumps lets the server write RDB files into a directory of the test's.
func withDumps(dir string) setting {
	return func(t *testing.T, o *Options) {
		t.Helper()
		if err := o.Params.Fix("dir", dir); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSaveWritesAFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dump.rdb")
	c := dial(t, serve(t, withDumps(dir)))
	c.do("SET", "a", "1")
	for _, save := range []struct{ command, reply string }{{"SAVE", "+OK\r\n"}, {"BGSAVE", "+Background saving started\r\n"}} {
		c.want(save.reply, save.command)
		eventually(t, "the file is there", func() bool {
			file, err := os.ReadFile(path)
			return err == nil && strings.HasPrefix(string(file), "REDIS0010")
		})
		eventually(t, "the save has ended", func() bool {
			return strings.Contains(c.do("INFO", "persistence"), "rdb_bgsave_in_progress:0\r\n")
		})
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left in the directory: %v, %v", left, err)
	}
}

func TestOneSaveAtATime(t *testing.T) {
	dir := t.TempDir()
	c := dial(t, serve(t, withDumps(dir), withParam("rdb-key-save-delay", "1000000")))
	c.do("MSET", "a", "1", "b", "2", "c", "3")
	c.want("+Background saving started\r\n", "BGSAVE")
	for _, again := range []string{"SAVE", "BGSAVE"} {
		c.want("-ERR Background save already in progress\r\n", again)
	}
	if info := c.do("INFO", "persistence"); !strings.Contains(info, "rdb_bgsave_in_progress:1\r\n") {
		t.Error(info)
	}
	c.do("CONFIG", "SET", "rdb-key-save-delay", "0")
}

func TestAFailedSaveIsTold(t *testing.T) {
	c := dial(t, serve(t, withDumps(filepath.Join(t.TempDir(), "none"))))
	if reply := c.do("SAVE"); reply[0] != '-' {
		t.Errorf("SAVE: %q", reply)
	}
	c.want("+Background saving started\r\n", "BGSAVE")
	eventually(t, "the status is an error", func() bool {
		return strings.Contains(c.do("INFO", "persistence"), "rdb_last_bgsave_status:err\r\n")
	})
}

// Whatever way the data comes back, it is the same.
func TestReloads(t *testing.T) {
	dir := t.TempDir()
	c := dial(t, serve(t, withDumps(dir)))
	for _, words := range [][]string{
		{"SET", "s", "v", "EX", "1000"},
		{"RPUSH", "l", "a", "b"},
		{"SADD", "set", "a", "1"},
		{"HSET", "h", "f", "v"},
		{"ZADD", "z", "1", "a"},
		{"XADD", "x", "1-1", "f", "v"},
		{"XGROUP", "CREATE", "x", "g", "0"},
		{"XREADGROUP", "GROUP", "g", "c", "STREAMS", "x", ">"},
		{"FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)"},
	} {
		if reply := c.do(words...); reply[0] == '-' {
			t.Fatalf("%q: %s", words, reply)
		}
	}
	state := func() string {
		return c.do("DEBUG", "DIGEST") + c.do("DBSIZE") + c.do("XINFO", "GROUPS", "x") + c.do("EXPIRETIME", "s") + c.do("FUNCTION", "LIST", "WITHCODE")
	}
	want := state()
	for _, line := range []string{"DEBUG RELOAD", "DEBUG LOADAOF", "DEBUG RELOAD NOFLUSH MERGE", "DEBUG RELOAD NOSAVE"} {
		c.want("+OK\r\n", strings.Fields(line)...)
		if got := state(); got != want {
			t.Errorf("after %s:\n%s\nbefore:\n%s", line, got, want)
		}
	}
	for _, bad := range []string{"DEBUG RELOAD NOFLUSH", "DEBUG RELOAD NOSAVE NOFLUSH", "DEBUG RELOAD FAST"} {
		if reply := c.do(strings.Fields(bad)...); reply[0] != '-' {
			t.Errorf("%s: %q", bad, reply)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), []byte("REDIS0010\x00\x01k"), 0o600); err != nil {
		t.Fatal(err)
	}
	if reply := c.do("DEBUG", "RELOAD", "NOSAVE"); !strings.HasPrefix(reply, "-ERR Error trying to load the RDB dump") {
		t.Errorf("a bad file: %q", reply)
	}
	if got := state(); got != want {
		t.Errorf("after a bad file:\n%s\nbefore:\n%s", got, want)
	}
}

// An emptied database, added keys: what a reload replaces is gone.
func TestReloadNosaveGoesBack(t *testing.T) {
	c := dial(t, serve(t, withDumps(t.TempDir())))
	c.do("SET", "old", "1")
	c.want("+OK\r\n", "SAVE")
	c.do("FLUSHALL")
	c.do("SET", "new", "1")
	c.want("+OK\r\n", "DEBUG", "RELOAD", "NOSAVE")
	c.want(":1\r\n", "EXISTS", "old", "new")
	c.want("$1\r\n1\r\n", "GET", "old")
	c.want(":1\r\n", "DBSIZE")
}
