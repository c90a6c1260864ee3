package server

import "testing"

// A pause of writes holds back what may write or be sent to replicas, in MULTI
// too, and no script that says it only reads.
func TestWhatAPauseOfWritesHolds(t *testing.T) {
	s := serve(t)
	r := dial(t, s)
	for _, row := range []struct {
		commands, want string
		held           bool
	}{
		{"GET k\r\n", "$-1\r\n", false},
		{"SET k v\r\n", "+OK\r\n", true},
		{"PFCOUNT h\r\n", ":0\r\n", true},
		{"PUBLISH c m\r\n", ":0\r\n", true},
		{"EVAL 'return 1' 0\r\n", ":1\r\n", true},
		{"EVAL \"#!lua flags=no-writes\\nreturn 1\" 0\r\n", ":1\r\n", false},
		{"EVAL \"#!lua\\nreturn 1\" 0\r\n", ":1\r\n", true},
		{"EVAL_RO 'return 1' 0\r\n", ":1\r\n", false},
		{"MULTI\r\nDEL k\r\nEXEC\r\n", "+OK\r\n+QUEUED\r\n*1\r\n:1\r\n", true},
		{"MULTI\r\nEVAL \"#!lua flags=no-writes\\nreturn 1\" 0\r\nPING\r\nEXEC\r\n", "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+PONG\r\n", false},
		{"SET k\r\n", "-ERR wrong number of arguments for 'set' command\r\n", false},
	} {
		a := dial(t, s)
		r.want("+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
		a.send(row.commands)
		if row.held {
			awaitBlocked(t, s, 1)
			r.want("+OK\r\n", "CLIENT", "UNPAUSE")
		}
		a.expect(row.want)
		r.want("+OK\r\n", "CLIENT", "UNPAUSE")
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// While clients are paused nothing expires for good: what is over is invisible.
func TestNothingExpiresDuringAPause(t *testing.T) {
	s := serve(t)
	r := dial(t, s)
	r.want("+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
	r.want("+OK\r\n", "CLIENT", "UNPAUSE")
	r.want("+OK\r\n", "SET", "k", "v", "PX", "1")
	r.want("+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
	eventually(t, "the key is over", func() bool { return r.do("GET", "k") == "$-1\r\n" })
	if n := s.keys.Stats().Expired; n != 0 || r.do("DBSIZE") != ":1\r\n" {
		t.Errorf("%d keys expired", n)
	}
	r.want("+OK\r\n", "CLIENT", "UNPAUSE")
	r.want("$-1\r\n", "GET", "k")
	r.want(":0\r\n", "DBSIZE")
	if n := s.keys.Stats().Expired; n != 1 {
		t.Errorf("%d keys expired", n)
	}
}
