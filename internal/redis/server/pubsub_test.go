package server

import (
	"io"
	"testing"
)

// expect reads as many bytes as want has.
func (c *client) expect(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c.r, got)
	if string(got[:n]) != want {
		c.t.Fatalf("got %q (%v), want %q", got[:n], err, want)
	}
}

func TestPubSub(t *testing.T) {
	s := serve(t)
	sub, pub := dial(t, s), dial(t, s)
	sub.send("SUBSCRIBE a b\r\nPSUBSCRIBE a*\r\n")
	sub.expect("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n*3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:3\r\n")
	pub.send("PUBLISH a x\r\nPUBLISH none x\r\nPUBSUB NUMSUB a b c\r\nPUBSUB NUMPAT\r\nPUBSUB CHANNELS\r\n")
	pub.expect(":2\r\n:0\r\n*6\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:1\r\n$1\r\nc\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n")
	sub.expect("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n*4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$1\r\na\r\n$1\r\nx\r\n")
	sub.send("GET a\r\nPING\r\nPING x\r\n")
	sub.expect("-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n" +
		"*2\r\n$4\r\npong\r\n$0\r\n\r\n*2\r\n$4\r\npong\r\n$1\r\nx\r\n")
	sub.send("UNSUBSCRIBE\r\nPUNSUBSCRIBE\r\nPUNSUBSCRIBE\r\nPING\r\n")
	sub.expect("*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:2\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n" +
		"*3\r\n$12\r\npunsubscribe\r\n$2\r\na*\r\n:0\r\n*3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n+PONG\r\n")
	pub.send("PUBLISH a x\r\nPUBSUB CHANNELS\r\n")
	pub.expect(":0\r\n*0\r\n")
}

func TestShardPubSub(t *testing.T) {
	s := serve(t)
	sub, pub := dial(t, s), dial(t, s)
	sub.send("HELLO 3\r\n")
	sub.send("SSUBSCRIBE a\r\n")
	sub.reply()
	sub.expect(">3\r\n$10\r\nssubscribe\r\n$1\r\na\r\n:1\r\n")
	pub.send("PUBLISH a x\r\nSPUBLISH a y\r\nPUBSUB SHARDNUMSUB a\r\n")
	pub.expect(":0\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n")
	sub.expect(">3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$1\r\ny\r\n")
	// A RESP3 client may do anything, and hears itself after its reply.
	sub.send("SPUBLISH a z\r\n")
	sub.expect(":1\r\n>3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$1\r\nz\r\n")
	sub.send("RESET\r\n")
	sub.expect("+RESET\r\n")
	pub.send("SPUBLISH a y\r\n")
	pub.expect(":0\r\n")
}

// A subscriber that does not read is closed at its limit and stalls nobody.
func TestSlowSubscriber(t *testing.T) {
	s := serve(t, withParam("client-output-buffer-limit", "pubsub 1mb 0 0"))
	sub, pub := dial(t, s), dial(t, s)
	sub.send("SUBSCRIBE a\r\n")
	sub.expect("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
	payload := make([]byte, 100_000)
	for range 500 {
		pub.send("*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$100000\r\n" + string(payload) + "\r\n")
		if n := pub.reply(); n == ":0\r\n" {
			return
		}
	}
	t.Fatal("the subscriber is still there")
}
