package server

import (
	"bytes"
	"strings"
	"testing"
)

// A session that gathered a long pipeline while it waited lets others go between.
func TestLongPipelinesTakeTurns(t *testing.T) {
	w, s, out := offline(t)
	s.hold = holdPause
	const commands = 3 * turnCommands
	s.receive([]byte(strings.Repeat("PING\r\n", commands)))
	s.resume(holdPause)
	turns := 1
	for ; len(posted) > 0; turns++ {
		next := posted
		posted = nil
		for _, f := range next {
			f()
		}
		w.settle()
	}
	if want := commands * len("+PONG\r\n"); out.bytes != want || turns < 3 {
		t.Errorf("%d bytes of replies in %d turns, want %d bytes", out.bytes, turns, want)
	}
}

// FuzzSession sends a session what it likes, in pieces: it must not panic, and
// whatever it replies must be RESP.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		"PING\r\n", request("SET", "k", "v") + request("GET", "k"), request("MULTI") + request("INCR", "n") + request("EXEC"),
		request("HELLO", "3") + request("HGETALL", "h") + request("COMMAND", "DOCS", "get"), "*1\r\n$-1\r\n", "*3\r\n$3\r\nSET\r\n",
		request("CLIENT", "REPLY", "OFF") + request("CLIENT", "LIST") + request("RESET"), request("WATCH", "a") + request("SWAPDB", "0", "1"),
		request("ZADD", "z", "1", "a") + request("ZRANGE", "z", "0", "-1", "WITHSCORES"), request("CONFIG", "SET", "timeout", "x"),
	} {
		f.Add([]byte(seed), uint8(5))
	}
	f.Fuzz(func(t *testing.T, input []byte, cut uint8) {
		for _, name := range []string{"debug", "sleep", "lolwut"} { // slow or endless by design
			if bytes.Contains(bytes.ToLower(input), []byte(name)) {
				t.Skip()
			}
		}
		w, s, _ := offline(t)
		capture := &recorder{}
		s.conn = capture
		for len(input) > 0 && !s.closed && s.hold == 0 {
			n := min(len(input), int(cut)+1)
			s.receive(append([]byte(nil), input[:n]...))
			w.settle()
			input = input[n:]
		}
		checkReplies(t, capture.data)
	})
}

// recorder is a transport that keeps what is sent.
type recorder struct {
	sink
	data []byte
}

func (r *recorder) write(b []byte) bool {
	r.data = append(r.data, b...)
	return false
}

func checkReplies(t *testing.T, data []byte) {
	t.Helper()
	c := newReplyReader(data)
	for c.more() {
		if text, err := readReply(c.r); err != nil {
			t.Fatalf("after %q the replies are no RESP: %v", text, err)
		}
	}
}
