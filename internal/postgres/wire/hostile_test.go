package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// rawSession is a connection that has been let in and driven by hand.
type rawSession struct {
	net.Conn
	*pgproto3.Frontend
	t *testing.T
}

func rawLogin(t *testing.T, s *Server) *rawSession {
	t.Helper()
	nc := rawConn(t, s)
	r := &rawSession{nc, pgproto3.NewFrontend(nc, nc), t}
	if _, err := nc.Write(packet(3<<16, startupRest)); err != nil {
		t.Fatal(err)
	}
	r.until('Z')
	return r
}

// kind is the type byte of a message.
func kind(m pgproto3.BackendMessage) byte {
	b, err := m.Encode(nil)
	if err != nil || len(b) == 0 {
		return 0
	}
	return b[0]
}

// until gives the types of the messages up to one of the type, inclusive.
func (r *rawSession) until(last byte) string {
	r.t.Helper()
	var seen []byte
	for {
		m, err := r.Receive()
		if err != nil {
			r.t.Fatalf("after %q: %v", seen, err)
		}
		k := kind(m)
		seen = append(seen, k)
		if k == last {
			return string(seen)
		}
	}
}

func message(typ byte, body string) []byte {
	b := binary.BigEndian.AppendUint32([]byte{typ}, uint32(4+len(body)))
	return append(b, body...)
}

// alive checks that the server still serves others.
func alive(t *testing.T, s *Server) {
	t.Helper()
	c := connect(t, s, "")
	if got := show(t, c, "server_encoding"); got != "UTF8" {
		t.Fatalf("the server is not itself: %s", got)
	}
	_ = c.Close(context.Background())
}

func TestMalformedMessages(t *testing.T) {
	s := startServer(t, Options{MaxMessage: 1 << 20})
	for name, c := range map[string]struct{ send, want string }{
		"length 0":           {"Q\x00\x00\x00\x00", "invalid message length"},
		"a gigabyte":         {"Q\x40\x00\x00\x00select", "invalid message length"},
		"long sync":          {"S\x00\x01\x00\x00", "invalid message length"},
		"unknown type":       {string(message('?', "")), "invalid frontend message type"},
		"no terminator":      {string(message('Q', "select 1")), "invalid message format"},
		"trailing bytes":     {string(message('Q', "select 1\x00x")), "invalid message format"},
		"half a bind":        {string(message('B', "\x00")) + string(message('S', "")), "invalid message format"},
		"bind count":         {string(message('B', "\x00\x00\xff\xff")) + string(message('S', "")), "invalid message format"},
		"bind value":         {string(message('B', "\x00\x00\x00\x00\x00\x01\x7f\xff\xff\xffab\x00\x00")) + string(message('S', "")), "invalid message format"},
		"parse count":        {string(message('P', "\x00select 1\x00\xff\xff")) + string(message('S', "")), "invalid message format"},
		"describe kind":      {string(message('D', "Xa\x00")) + string(message('S', "")), "invalid DESCRIBE message subtype"},
		"close kind":         {string(message('C', "Xa\x00")) + string(message('S', "")), "invalid CLOSE message subtype"},
		"function call":      {string(message('F', "")), "fast-path function calls are not supported"},
		"no such portal":     {string(message('E', "x\x00\x00\x00\x00\x00")) + string(message('S', "")), `portal "x" does not exist`},
		"parentheses":        {string(message('Q', "select "+strings.Repeat("(", 1_000_00)+"\x00")), "statement is too complex"},
		"chained operators":  {string(message('Q', "select 1"+strings.Repeat("+1", 64_000)+"\x00")), "statement is too complex"},
		"bytes of no string": {string(message('Q', "select '\xff'\x00")), "invalid byte sequence"},
	} {
		r := rawLogin(t, s)
		if _, err := r.Write([]byte(c.send)); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		buf := make([]byte, 4096)
		for !bytes.Contains(got.Bytes(), []byte(c.want)) {
			n, err := r.Conn.Read(buf)
			got.Write(buf[:n])
			if err != nil {
				t.Errorf("%s: got %q, %v; want %s", name, got.String(), err, c.want)
				break
			}
		}
		_ = r.Conn.Close()
	}
	alive(t, s)
}

func TestHalfSentMessage(t *testing.T) {
	s := startServer(t, Options{StallTimeout: 50 * time.Millisecond})
	r := rawLogin(t, s)
	if _, err := r.Write(message('Q', "select 1\x00")[:8]); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r.Conn)
	if err != nil || !bytes.Contains(got, []byte("stopped in the middle of a message")) {
		t.Errorf("got %q, %v", got, err)
	}
	// Silence between messages is no stall.
	r = rawLogin(t, s)
	time.Sleep(120 * time.Millisecond)
	if _, err := r.Write(message('Q', "show jit\x00")); err != nil {
		t.Fatal(err)
	}
	if got := r.until('Z'); got != "TDCZ" {
		t.Errorf("after a pause: %q", got)
	}
}

func TestClientThatNeverReads(t *testing.T) {
	s := startServer(t, Options{StallTimeout: 100 * time.Millisecond})
	r := rawLogin(t, s)
	// SHOW ALL gives some 20 kB each time; nobody takes them.
	var all []byte
	for range 3000 {
		all = append(all, message('Q', "show all\x00")...)
	}
	deadline := time.Now().Add(10 * time.Second)
	for s.Stats().Connections > 0 && time.Now().Before(deadline) {
		if _, err := r.Write(all); err != nil {
			break
		}
	}
	for s.Stats().Connections > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if n := s.Stats().Connections; n > 0 {
		t.Errorf("%d connections are left", n)
	}
	alive(t, s)
}

func TestManyIdleConnections(t *testing.T) {
	s := startServer(t, Options{MaxConnections: 600})
	var wg sync.WaitGroup
	var mu sync.Mutex
	open, refused := 0, 0
	for range 8 {
		wg.Go(func() {
			for range 100 {
				c, err := dial(s, "")
				mu.Lock()
				switch {
				case err == nil:
					open++
					t.Cleanup(func() { _ = c.Close(context.Background()) })
				case code(err) == "53300":
					refused++
				default:
					t.Errorf("refused otherwise: %v", err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if open != 600 || refused != 200 {
		t.Errorf("%d are open, %d refused; want 600 and 200", open, refused)
	}
}

func TestShutdownTellsClients(t *testing.T) {
	s := startServer(t, Options{})
	r := rawLogin(t, s)
	waiting := rawConn(t, s) // has said nothing yet
	for s.Stats().Connections < 2 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	for _, nc := range []net.Conn{r.Conn, waiting} {
		got, err := io.ReadAll(nc)
		if err != nil && !errors.Is(err, io.EOF) || !bytes.Contains(got, []byte("57P01")) {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if _, err := dial(s, ""); err == nil {
		t.Error("still takes connections")
	}
}

func TestIdleTimeouts(t *testing.T) {
	s := startServer(t, Options{})
	for sql, want := range map[string]string{
		"SET idle_session_timeout = 30":                       "57P05",
		"SET idle_in_transaction_session_timeout = 30; BEGIN": "25P03",
	} {
		r := rawLogin(t, s)
		if _, err := r.Write(message('Q', sql+"\x00")); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r.Conn)
		if err != nil || !bytes.Contains(got, []byte(want)) {
			t.Errorf("%s: got %q, %v", sql, got, err)
		}
	}
}

func TestPipelinedQueries(t *testing.T) {
	s := startServer(t, Options{})
	r := rawLogin(t, s)
	var all []byte
	for range 50 {
		all = append(all, message('Q', "show jit\x00")...)
	}
	all = append(all, message('X', "")...)
	// In pieces that end nowhere in particular.
	for len(all) > 0 {
		n := min(7, len(all))
		if _, err := r.Write(all[:n]); err != nil {
			t.Fatal(err)
		}
		all = all[n:]
	}
	for i := range 50 {
		if got := r.until('Z'); got != "TDCZ" {
			t.Fatalf("query %d: %q", i, got)
		}
	}
}

func TestSkipToSync(t *testing.T) {
	s := startServer(t, Options{})
	r := rawLogin(t, s)
	send := func(parts ...[]byte) {
		if _, err := r.Write(bytes.Join(parts, nil)); err != nil {
			t.Fatal(err)
		}
	}
	show := message('P', "\x00show jit\x00\x00\x00")
	bind := message('B', "\x00\x00\x00\x00\x00\x00\x00\x00")
	describe, execute, sync := message('D', "P\x00"), message('E', "\x00\x00\x00\x00\x00"), message('S', "")
	bad := message('P', "\x00shwo jit\x00\x00\x00")
	send(show, bind, describe, execute, sync)
	if got := r.until('Z'); got != "12TDCZ" {
		t.Errorf("got %q", got)
	}
	send(bad, bind, describe, execute, show, sync, show, bind, execute, sync)
	if got := r.until('Z') + r.until('Z'); got != "EZ12DCZ" {
		t.Errorf("after an error: %q", got)
	}
	send(message('P', "\x00\x00\x00\x00"), bind, describe, execute, sync)
	if got := r.until('Z'); got != "12nIZ" {
		t.Errorf("an empty statement: %q", got)
	}
	send(message('Q', "\x00"), message('Q', " -- nothing\n;\x00"))
	if got := r.until('Z') + r.until('Z'); got != "IZIZ" {
		t.Errorf("empty queries: %q", got)
	}
}

func TestNotify(t *testing.T) {
	s := startServer(t, Options{})
	listener, sender := connect(t, s, ""), connect(t, s, "")
	exec(t, listener, "LISTEN news")
	exec(t, sender, "BEGIN; NOTIFY news, 'rolled back'")
	exec(t, sender, "ROLLBACK")
	exec(t, sender, "BEGIN; NOTIFY news, 'a'; NOTIFY news, 'b'; NOTIFY news, 'a'; SAVEPOINT s; NOTIFY news, 'c'; ROLLBACK TO s; COMMIT")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, want := range []string{"a", "b"} {
		n, err := listener.WaitForNotification(ctx)
		if err != nil || n.Payload != want || n.Channel != "news" || n.PID != sender.PgConn().PID() {
			t.Fatalf("got %+v, %v; want %s", n, err, want)
		}
	}
	exec(t, listener, "UNLISTEN *")
	exec(t, listener, "NOTIFY news, 'nobody'")
	exec(t, listener, "LISTEN news; NOTIFY other; SELECT pg_notify('news', 'self')")
	if got := query(t, listener, "SELECT pg_listening_channels()"); got != "news" {
		t.Errorf("listening on %q", got)
	}
	if n, err := listener.WaitForNotification(ctx); err != nil || n.Payload != "self" {
		t.Fatalf("got %+v, %v", n, err)
	}
}
