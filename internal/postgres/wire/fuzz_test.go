package wire

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"
)

// failOnError is a log handler that fails a test when a session panicked.
type failOnError struct {
	slog.Handler
	t *testing.T
}

func (h failOnError) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (h failOnError) Handle(_ context.Context, r slog.Record) error {
	h.t.Error(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		h.t.Error(a)
		return true
	})
	return nil
}

// pipeConn is a net.Pipe end that looks like it came from somewhere.
type pipeConn struct{ net.Conn }

func (pipeConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// FuzzMessages sends a client's bytes, well formed or not, to a connection: it
// must end, and nothing must panic.
func FuzzMessages(f *testing.F) {
	login := packet(3<<16, startupRest)
	sync := string(message('S', ""))
	for _, s := range []string{
		string(message('Q', "select 1; show jit; begin\x00")) + string(message('Q', "\x00")),
		string(message('P', "\x00select $1::int\x00\x00\x01\x00\x00\x00\x17")) + string(message('B', "\x00\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x04\x00\x00\x00\x2a\x00\x01\x00\x01")) +
			string(message('D', "P\x00")) + string(message('E', "\x00\x00\x00\x00\x01")) + sync,
		string(message('P', "s\x00create temp table t (a int)\x00\x00\x00")) + string(message('D', "Ss\x00")) + string(message('C', "Ss\x00")) + string(message('H', "")) + sync,
		string(message('Q', "create temp table c (a text); copy c from stdin csv\x00")) + string(message('d', "a\n\"b")) + string(message('d', "\"\n")) + string(message('c', "")) + string(message('Q', "copy c to stdout (format binary)\x00")),
		string(message('Q', "create temp table c (a text); copy c from stdin\x00")) + string(message('d', "\\x")) + string(message('f', "no\x00")) + string(message('X', "")),
		string(message('F', "")) + string(message('p', "x")),
	} {
		f.Add([]byte(s), true)
		f.Add(append(bytes.Clone(login), s...), false)
	}
	f.Add(append(packet(codeSSL, ""), login...), false)
	f.Add(packet(codeCancel, "\x00\x00\x00\x01\x00\x00\x00\x01"), false)
	server := startServer(f, Options{StallTimeout: time.Minute, MaxMessage: 1 << 20})
	f.Fuzz(func(t *testing.T, data []byte, loggedIn bool) {
		client, end := net.Pipe()
		s := &Server{o: server.o, conns: make(map[*conn]struct{})}
		s.o.Logger = slog.New(failOnError{slog.DiscardHandler, t})
		s.take(pipeConn{end}, false)
		go func() {
			if loggedIn {
				_, _ = client.Write(login)
			}
			_, _ = client.Write(data)
			_, _ = client.Write(message('X', ""))
			// What is left to read may be half a message: the client goes away.
			time.Sleep(20 * time.Millisecond)
			_ = client.Close()
		}()
		done := make(chan struct{})
		go func() {
			_, _ = io.Copy(io.Discard, client)
			s.wg.Wait()
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatal("the connection does not end")
		}
	})
}
