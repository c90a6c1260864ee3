package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/all"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/param"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// setting changes what a test's server is made of.
type setting func(t *testing.T, o *Options)

func withParam(name, value string) setting {
	return func(t *testing.T, o *Options) {
		t.Helper()
		if err := o.Params.Set([]param.Pair{{Name: name, Value: value}}); err != nil {
			t.Fatal(err)
		}
	}
}

func withStore(store storage.Store) setting {
	return func(t *testing.T, o *Options) {
		t.Helper()
		keys, err := keyspace.Open(store, keyspace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		o.Keyspace = keys
	}
}

// withCommands adds commands of the test's own.
func withCommands(specs ...*command.Spec) setting {
	return func(t *testing.T, o *Options) {
		t.Helper()
		own, err := command.NewRegistry(append(all.Groups(), specs)...)
		if err != nil {
			t.Fatal(err)
		}
		o.Registry = own
	}
}

// overStreams is the other transport.
func overStreams(_ *testing.T, o *Options) { o.streams = true }

// registry is shared: the specs belong to one at a time.
var registry = sync.OnceValues(all.Registry)

// serve starts a server over a store in memory; the test's end shuts it down.
func serve(t *testing.T, settings ...setting) *Server {
	t.Helper()
	params, err := param.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Addr: "127.0.0.1:0", Params: params, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for _, set := range settings {
		set(t, &o)
	}
	if o.Keyspace == nil {
		withStore(memstore.New())(t, &o)
	}
	if o.Registry == nil {
		if o.Registry, err = registry(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.draining.Load() {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	return s
}

// client is a connection that speaks RESP by hand.
type client struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, s *Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &client{t, conn, bufio.NewReader(conn)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// reply reads one reply of whatever type, as its bytes.
func (c *client) reply() string {
	c.t.Helper()
	text, err := readReply(c.r)
	if err != nil {
		c.t.Fatalf("after %q: %v", text, err)
	}
	return text
}

func readReply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return line, err
	}
	var n int
	switch line[0] {
	case '$', '=', '*', '%', '~', '>':
		if _, err := fmt.Sscanf(line[1:], "%d", &n); err != nil {
			return line, err
		}
	}
	text := line
	switch line[0] {
	case '$', '=':
		if n >= 0 {
			body := make([]byte, n+2)
			_, err = io.ReadFull(r, body)
			text += string(body)
		}
		return text, err
	case '%':
		n *= 2
	case '*', '~', '>':
	default:
		return text, nil
	}
	for range n {
		part, err := readReply(r)
		text += part
		if err != nil {
			return text, err
		}
	}
	return text, nil
}

// do sends a command as words and returns its reply.
func (c *client) do(words ...string) string {
	c.t.Helper()
	c.send(request(words...))
	return c.reply()
}

func request(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

func (c *client) want(want string, words ...string) {
	c.t.Helper()
	if got := c.do(words...); got != want {
		c.t.Errorf("%q: got %q, want %q", words, got, want)
	}
}

// closed reads to the end of the connection and returns what came.
func (c *client) closed() string {
	c.t.Helper()
	rest, err := io.ReadAll(c.r)
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			c.t.Fatal("the server did not close the connection")
		}
	}
	return string(rest)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// replyReader reads replies from memory.
type replyReader struct{ r *bufio.Reader }

func newReplyReader(data []byte) replyReader {
	return replyReader{bufio.NewReader(bytes.NewReader(data))}
}

func (c replyReader) more() bool {
	_, err := c.r.Peek(1)
	return err == nil
}
