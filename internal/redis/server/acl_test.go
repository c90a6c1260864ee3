package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/param"
)

func withACLFile(path string) setting {
	return func(t *testing.T, o *Options) {
		t.Helper()
		var err error
		if o.Params, err = param.New(map[string]string{"aclfile": path}); err != nil {
			t.Fatal(err)
		}
	}
}

// user makes a user and a connection of it.
func user(t *testing.T, s *Server, admin *client, rules string) *client {
	t.Helper()
	admin.want("+OK\r\n", append([]string{"ACL", "SETUSER", "u"}, strings.Fields(rules)...)...)
	c := dial(t, s)
	c.want("+OK\r\n", "AUTH", "u", "pw")
	return c
}

func TestDeletedUsersClientsAreClosed(t *testing.T) {
	s := serve(t)
	admin := dial(t, s)
	u := user(t, s, admin, "on >pw +@all ~*")
	waits := dial(t, s)
	waits.want("+OK\r\n", "AUTH", "u", "pw")
	waits.send(request("BLPOP", "list", "0"))
	eventually(t, "it waits", func() bool { return s.Status().Blocked == 1 })
	admin.want(":1\r\n", "ACL", "DELUSER", "u")
	if list := admin.do("CLIENT", "LIST"); strings.Contains(list, "user=u") {
		t.Errorf("still listed: %s", list)
	}
	u.closed()
	waits.closed()
	admin.want("$-1\r\n", "ACL", "GETUSER", "u")

	self := user(t, s, admin, "on >pw +acl")
	self.want(":1\r\n", "ACL", "DELUSER", "u")
	self.closed()
}

func TestRulesCountFromThenOn(t *testing.T) {
	s := serve(t)
	admin := dial(t, s)
	u := user(t, s, admin, "on >pw +@all ~*")
	const noPing = "-NOPERM this user has no permissions to run the 'ping' command\r\n"

	t.Run("commands", func(t *testing.T) {
		u.want("+PONG\r\n", "PING")
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "-ping")
		u.want(noPing, "PING")
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "+ping")
		u.want("+PONG\r\n", "PING")
	})
	t.Run("EXEC", func(t *testing.T) {
		u.want("+OK\r\n", "MULTI")
		u.want("+QUEUED\r\n", "SET", "a", "1")
		u.want("+QUEUED\r\n", "GET", "a")
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "resetkeys", "%R~a")
		u.want("*2\r\n-NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. "+
			"This command is no longer allowed for the following reason: no permission to touch the specified keys\r\n$-1\r\n", "EXEC")
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "allkeys")
	})
	t.Run("a client that waits", func(t *testing.T) {
		u.send(request("BLPOP", "list", "0"))
		eventually(t, "it waits", func() bool { return s.Status().Blocked == 1 })
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "-blpop")
		admin.want(":1\r\n", "RPUSH", "list", "x")
		if got := u.reply(); got != "-NOPERM this user has no permissions to run the 'blpop' command\r\n" {
			t.Errorf("got %q", got)
		}
		admin.want(":1\r\n", "LLEN", "list")
	})
	t.Run("scripts", func(t *testing.T) {
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "-incr", "resetkeys", "~mine")
		u.want("$-1\r\n", "EVAL", "return redis.call('GET', 'mine')", "0")
		u.want("*2\r\n:1\r\n$-1\r\n", "EVAL", "return {redis.acl_check_cmd('GET', 'mine'), redis.acl_check_cmd('GET', 'other')}", "0")
		for script, want := range map[string]string{
			"return redis.pcall('INCR', 'mine')['err']": "can't run this command or subcommand",
			"return redis.pcall('GET', 'other')['err']": "can't access at least one of the keys mentioned in the command arguments",
		} {
			if got := u.do("EVAL", script, "0"); !strings.Contains(got, "The user executing the script "+want) {
				t.Errorf("%s: got %q", script, got)
			}
		}
	})
	t.Run("SORT", func(t *testing.T) {
		u.want("*0\r\n", "SORT", "mine")
		u.want("-ERR GET option of SORT denied due to insufficient ACL permissions.\r\n", "SORT", "mine", "GET", "x*")
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "%R~*")
		u.want("*0\r\n", "SORT", "mine", "BY", "x*", "GET", "y*")
	})
}

func TestSubscribersLoseWhatTheyMayNotHear(t *testing.T) {
	s := serve(t)
	admin := dial(t, s)
	for _, subscribe := range []string{"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"} {
		stays := user(t, s, admin, "reset on >pw +@all &a &b")
		goes := user(t, s, admin, "on")
		stays.do(subscribe, "a")
		goes.do(subscribe, "b")
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "resetchannels", "&a", "&c")
		goes.closed()
		admin.want("+OK\r\n", "ACL", "SETUSER", "u", "allchannels")
		stays.do(subscribe, "x")
		if err := stays.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLogTellsWhatWasDenied(t *testing.T) {
	s := serve(t, withParam("acllog-max-len", "3"))
	admin := dial(t, s)
	u := user(t, s, admin, "on >pw +set +eval +multi +discard +publish ~mine")
	for range 3 {
		u.do("GET", "a")
	}
	u.do("SET", strings.Repeat("k", 1<<20), "v")
	u.do("EVAL", "return redis.call('DEL', 'mine')", "0")
	u.do("MULTI")
	u.do("PUBLISH", "news", "x")
	u.do("DISCARD")
	u.do("AUTH", "u", "wrong")
	log := s.users.Log.Newest(10)
	if len(log) != 3 {
		t.Fatalf("got %d entries", len(log))
	}
	for i, want := range []string{"auth toplevel AUTH u", "channel multi news u", "command lua del u"} {
		e := log[i]
		if got := strings.Join([]string{e.Reason.String(), e.Context, e.Object, e.User}, " "); got != want {
			t.Errorf("entry %d: got %s, want %s", i, got, want)
		}
		if !strings.Contains(e.Client, "user=u") || e.Count != 1 {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	if info := admin.do("INFO", "stats"); !strings.Contains(info, "acl_access_denied_cmd:4\r\n") || !strings.Contains(info, "acl_access_denied_auth:1\r\n") {
		t.Errorf("INFO: %s", info)
	}
}

func TestACLFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.acl")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("user alice on >one +@all ~*\n\nuser default on nopass ~* &* +@all\n")
	s := serve(t, withACLFile(path))
	admin, alice := dial(t, s), dial(t, s)
	alice.want("+OK\r\n", "AUTH", "alice", "one")

	write("user alice on >two -@all\nuser bob off (+get ~b*)\nuser bob on\nnobody\nuser carol +nosuch >secret\nuser dave (~a")
	got := admin.do("ACL", "LOAD")
	for _, want := range []string{
		"Duplicate user 'bob' found on line 3", path + ":4 should start with user keyword",
		path + ":5: Error in applying operation '+nosuch': Unknown command", path + ":6: Unmatched parenthesis", "no change to the previously active ACL rules",
	} {
		if !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	alice.want("+PONG\r\n", "PING")

	write("user alice on >two -@all (+ping)\n")
	admin.want("+OK\r\n", "ACL", "LOAD")
	alice.closed()
	admin.want("+OK\r\n", "ACL", "SETUSER", "erin", "on", ">three", "+ping")
	admin.want("+OK\r\n", "ACL", "SAVE")
	saved, err := os.ReadFile(path)
	if err != nil || strings.Count(string(saved), "\n") != 3 || strings.Contains(string(saved), "three") {
		t.Errorf("saved %q, %v", saved, err)
	}
	admin.want("+OK\r\n", "ACL", "LOAD")
	erin := dial(t, s)
	erin.want("+OK\r\n", "AUTH", "erin", "three")
	erin.want("+PONG\r\n", "PING")
}

func TestSecretsAreRedacted(t *testing.T) {
	s := serve(t, withParam("slowlog-log-slower-than", "0"))
	admin, watch := dial(t, s), dial(t, s)
	watch.want("+OK\r\n", "MONITOR")
	admin.do("ACL", "SETUSER", "somebody", ">secret")
	admin.do("CONFIG", "SET", "masterauth", "secret", "timeout", "0")
	admin.do("AUTH", "somebody", "secret")
	admin.do("HELLO", "2", "AUTH", "somebody", "secret", "SETNAME", "me")
	admin.do("MIGRATE", "h", "1", "k", "0", "1", "AUTH2", "somebody", "secret")
	log := admin.do("SLOWLOG", "GET", "-1")
	for range 3 {
		log += watch.reply()
	}
	if strings.Contains(log, "secret") || strings.Contains(log, "somebody") {
		t.Errorf("told: %s", log)
	}
	if !strings.Contains(log, "timeout") || !strings.Contains(log, "SETNAME") {
		t.Errorf("too much is hidden: %s", log)
	}
}
