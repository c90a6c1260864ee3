package server

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/auth/authtest"
	"github.com/orbit-server/orbit/internal/redis/param"
)

// overTLS adds a port for TLS.
func overTLS(ca *authtest.Authority, clients string) setting {
	return func(t *testing.T, o *Options) {
		t.Helper()
		cert, key := ca.Issue("server")
		var err error
		o.TLSAddr = "127.0.0.1:0"
		o.Params, err = param.New(map[string]string{
			"tls-cert-file": cert, "tls-key-file": key, "tls-ca-cert-file": ca.CertFile, "tls-auth-clients": clients,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// onlyTLS leaves the other port out.
func onlyTLS(_ *testing.T, o *Options) { o.Addr = "" }

// dialTLS connects and says PING, as only then a refused certificate shows.
func dialTLS(t *testing.T, s *Server, c *tls.Config) (*client, error) {
	t.Helper()
	conn, err := tls.Dial("tcp", s.TLSAddr().String(), c)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	cl := &client{t, conn, bufio.NewReader(conn)}
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return nil, err
	}
	if reply, err := readReply(cl.r); err != nil || reply != "+PONG\r\n" {
		return nil, errors.Join(err, errors.New(reply))
	}
	return cl, nil
}

func TestTLSServesAsThePlainPortDoes(t *testing.T) {
	ca := authtest.New(t)
	s := serve(t, overTLS(ca, "yes"))
	a, err := dialTLS(t, s, ca.Client("me"))
	if err != nil {
		t.Fatal(err)
	}
	b := dial(t, s)
	a.want("+OK\r\n", "SET", "k", strings.Repeat("v", 1<<20))
	if got := b.do("STRLEN", "k"); got != ":1048576\r\n" {
		t.Errorf("got %q", got)
	}
	b.do("SUBSCRIBE", "news")
	a.want(":1\r\n", "PUBLISH", "news", "x")
	if got := b.reply(); !strings.Contains(got, "news") {
		t.Errorf("got %q", got)
	}
	a.send(request("BLPOP", "list", "0"))
	c := dial(t, s)
	eventually(t, "it waits", func() bool { return s.Status().Blocked == 1 })
	c.want(":1\r\n", "RPUSH", "list", "x")
	a.reply()
	// Replies that are not read hold up nobody else.
	a.send(strings.Repeat(request("GET", "k"), 100))
	c.want("+PONG\r\n", "PING")
	for range 100 {
		if got := a.reply(); len(got) != 1048576+12 {
			t.Fatalf("a reply of %d bytes", len(got))
		}
	}
	a.want("+OK\r\n", "QUIT")
	a.closed()
}

func TestClientCertificates(t *testing.T) {
	ca, others := authtest.New(t), authtest.New(t)
	s := serve(t, overTLS(ca, "yes"), onlyTLS)
	admin, err := dialTLS(t, s, ca.Client("admin"))
	if err != nil {
		t.Fatal(err)
	}
	stranger := others.Client("stranger")
	stranger.RootCAs = ca.Client("").RootCAs
	for _, tt := range []struct {
		rule                 string
		without, with, else_ bool
	}{{"yes", false, true, false}, {"optional", true, true, false}, {"no", true, true, true}} {
		admin.want("+OK\r\n", "CONFIG", "SET", "tls-auth-clients", tt.rule)
		for name, c := range map[string]struct {
			config *tls.Config
			want   bool
		}{"none": {ca.Client(""), tt.without}, "ours": {ca.Client("me"), tt.with}, "another's": {stranger, tt.else_}} {
			if _, err := dialTLS(t, s, c.config); (err == nil) != c.want {
				t.Errorf("tls-auth-clients %s, certificate %s: %v", tt.rule, name, err)
			}
		}
	}
}

func TestTLSIsChangedWhileItRuns(t *testing.T) {
	ca, other := authtest.New(t), authtest.New(t)
	s := serve(t, overTLS(ca, "no"))
	admin := dial(t, s)
	cert, key := other.Issue("server")
	const failed = "Unable to update TLS configuration. Check server logs."
	if got := admin.do("CONFIG", "SET", "tls-cert-file", cert); !strings.Contains(got, "'tls-cert-file') - "+failed) {
		t.Errorf("a certificate without its key: %q", got)
	}
	if got := admin.do("CONFIG", "GET", "tls-cert-file"); strings.Contains(got, cert) {
		t.Errorf("it is %q", got)
	}
	if _, err := dialTLS(t, s, ca.Client("")); err != nil {
		t.Error(err)
	}
	admin.want("+OK\r\n", "CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key)
	if _, err := dialTLS(t, s, ca.Client("")); err == nil {
		t.Error("the old certificate is still shown")
	}
	if _, err := dialTLS(t, s, other.Client("")); err != nil {
		t.Error(err)
	}
	admin.want("+OK\r\n", "CONFIG", "SET", "tls-protocols", "TLSv1.2")
	if c, err := dialTLS(t, s, other.Client("")); err != nil || c.Conn.(*tls.Conn).ConnectionState().Version != tls.VersionTLS12 {
		t.Errorf("not TLS 1.2: %v", err)
	}
	newer := other.Client("")
	newer.MinVersion = tls.VersionTLS13
	if _, err := dialTLS(t, s, newer); err == nil {
		t.Error("TLS 1.3 is accepted")
	}
	if got := admin.do("CONFIG", "SET", "tls-protocols", "SSLv3"); !strings.Contains(got, failed) {
		t.Errorf("got %q", got)
	}
}

// A client that never ends its handshake is one of maxclients, and ends with the
// server.
func TestSlowHandshakes(t *testing.T) {
	ca := authtest.New(t)
	s := serve(t, overTLS(ca, "no"))
	admin := dial(t, s)
	admin.want("+OK\r\n", "CONFIG", "SET", "maxclients", "4")
	for i := range 5 {
		conn, err := net.Dial("tcp", s.TLSAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if i == 0 {
			if _, err := conn.Write([]byte{22, 3, 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "two are turned away", func() bool { return s.tel.Rejected.Load() == 2 })
	if _, err := dialTLS(t, s, ca.Client("")); err == nil {
		t.Error("there was room")
	}
	admin.want("+PONG\r\n", "PING")
	plain, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(plain); err != nil || !strings.Contains(string(text), "max number of clients") {
		t.Errorf("%q, %v", text, err)
	}
}
