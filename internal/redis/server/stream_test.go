package server

import (
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
)

// A session does not know its transport: the same bytes bring the same replies.
func TestStreamsServeAsEpollDoes(t *testing.T) {
	s := serve(t, overStreams)
	c := dial(t, s)
	var want strings.Builder
	for range 3000 {
		c.send(request("INCR", "n") + "PING\r\n")
	}
	for i := range 3000 {
		want.WriteString(":" + strconv.Itoa(i+1) + "\r\n+PONG\r\n")
	}
	got := make([]byte, want.Len())
	if _, err := io.ReadFull(c.r, got); err != nil || string(got) != want.String() {
		t.Errorf("replies are out of order or wrong (%v)", err)
	}
	bad := dial(t, s)
	bad.send("*1048577000\r\n")
	if got := bad.closed(); got != "-ERR Protocol error: invalid multibulk length\r\n" {
		t.Errorf("got %q", got)
	}
	half := dial(t, s)
	half.send(request("GET", "n"))
	if err := half.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got := half.closed(); got != "$4\r\n3000\r\n" {
		t.Errorf("got %q", got)
	}
	c.want(":1\r\n", "CLIENT", "KILL", "ID", "1", "SKIPME", "no")
	if got := c.closed(); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestStreamThatNeverReadsIsHeldBack(t *testing.T) {
	s := serve(t, overStreams)
	c := dial(t, s)
	c.want("+OK\r\n", "SET", "big", strings.Repeat("x", 1<<20))
	for range 100 {
		c.send(request("GET", "big"))
	}
	eventually(t, "the session waits", func() bool {
		for _, held := range s.clients.all() {
			if held.shared.outputMem.Load() > heldOutputEach {
				return true
			}
		}
		return false
	})
	for range 100 {
		if got := c.reply(); len(got) != 1<<20+len("$1048576\r\n\r\n") {
			t.Fatalf("a reply of %d bytes", len(got))
		}
	}
}
