package wire

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/orbit-server/orbit/internal/auth"
)

func TestStartupParameters(t *testing.T) {
	s := startServer(t, Options{})
	c := connect(t, s, "&application_name=test&options=-c%20work_mem%3D64MB%20--statement-timeout%3D5s&datestyle=German")
	for name, want := range map[string]string{
		"server_version": "15.0 (orbit test)", "server_encoding": "UTF8", "client_encoding": "UTF8", "TimeZone": "UTC",
		"integer_datetimes": "on", "standard_conforming_strings": "on", "in_hot_standby": "off", "IntervalStyle": "postgres",
		"is_superuser": "on", "session_authorization": "postgres", "application_name": "test", "DateStyle": "German, DMY",
		"default_transaction_read_only": "off",
	} {
		if got := c.PgConn().ParameterStatus(name); got != want {
			t.Errorf("ParameterStatus %s is %q, want %q", name, got, want)
		}
	}
	if got := show(t, c, "work_mem"); got != "64MB" {
		t.Errorf("work_mem is %s", got)
	}
	if got := show(t, c, "statement_timeout"); got != "5s" {
		t.Errorf("statement_timeout is %s", got)
	}
	exec(t, c, "SET application_name TO 'other'")
	if got := c.PgConn().ParameterStatus("application_name"); got != "other" {
		t.Errorf("after SET application_name is %q", got)
	}
	exec(t, c, "BEGIN; SET application_name TO 'third'")
	exec(t, c, "ROLLBACK")
	if got := c.PgConn().ParameterStatus("application_name"); got != "other" {
		t.Errorf("after ROLLBACK application_name is %q", got)
	}
}

func TestRefusedLogins(t *testing.T) {
	s := startServer(t, Options{})
	for dsn, want := range map[string]string{
		"postgres://nobody@%s/postgres?sslmode=disable":              "28000",
		"postgres://postgres@%s/nowhere?sslmode=disable":             "3D000",
		"postgres://postgres@%s/template0?sslmode=disable":           "55000",
		"postgres://postgres@%s/postgres?sslmode=disable&nope=1":     "42704",
		"postgres://postgres@%s/postgres?sslmode=disable&jit=maybe":  "22023",
		"postgres://postgres@%s/postgres?sslmode=disable&options=-x": "42601",
		"postgres://postgres@%s/postgres?sslmode=disable&port_=1":    "42704",
	} {
		_, err := pgx.Connect(context.Background(), strings.Replace(dsn, "%s", s.Addr().String(), 1))
		if code(err) != want {
			t.Errorf("%s: got %v, want %s", dsn, err, want)
		}
	}
}

func TestPassword(t *testing.T) {
	v, err := auth.NewVerifier("open sesame")
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Options{Password: v})
	at := s.Addr().String()
	if _, err := pgx.Connect(context.Background(), "postgres://postgres:open%20sesame@"+at+"/postgres?sslmode=disable"); err != nil {
		t.Errorf("the right password: %v", err)
	}
	for _, user := range []string{"postgres:wrong", "nobody:open%20sesame", "postgres:"} {
		_, err := pgx.Connect(context.Background(), "postgres://"+user+"@"+at+"/postgres?sslmode=disable")
		if code(err) != "28P01" {
			t.Errorf("%s: got %v, want 28P01", user, err)
		}
	}
}

func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s := startServer(t, Options{TLS: config, RequireTLS: true})
	at := s.Addr().String()
	c, err := pgx.Connect(context.Background(), "postgres://postgres@"+at+"/postgres?sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	if got := show(t, c, "server_encoding"); got != "UTF8" {
		t.Errorf("over TLS: %s", got)
	}
	_ = c.Close(context.Background())
	if _, err = pgx.Connect(context.Background(), "postgres://postgres@"+at+"/postgres?sslmode=disable"); code(err) != "28000" {
		t.Errorf("without TLS: %v", err)
	}
}

func rawConn(t *testing.T, s *Server) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return nc
}

func packet(code uint32, rest string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(rest)))
	return append(binary.BigEndian.AppendUint32(b, code), rest...)
}

const startupRest = "user\x00postgres\x00database\x00postgres\x00\x00"

func TestStartupPackets(t *testing.T) {
	s := startServer(t, Options{})
	for name, c := range map[string]struct {
		send []byte
		want string // in what comes back
	}{
		"ssl then startup":   {append(packet(codeSSL, ""), packet(3<<16, startupRest)...), "NR\x00"},
		"gss then startup":   {append(packet(codeGSS, ""), packet(3<<16, startupRest)...), "NR\x00"},
		"ssl twice":          {append(packet(codeSSL, ""), packet(codeSSL, "")...), "unsupported frontend protocol"},
		"version 2":          {packet(2<<16, startupRest), "unsupported frontend protocol 2.0"},
		"version 3.2":        {packet(3<<16|2, startupRest), "v\x00\x00\x00\x0c\x00\x03\x00\x00"},
		"protocol extension": {packet(3<<16, "user\x00postgres\x00_pq_.x\x001\x00\x00"), "_pq_.x\x00"},
		"no user":            {packet(3<<16, "database\x00postgres\x00\x00"), "no PostgreSQL user name"},
		"no terminator":      {packet(3<<16, "user\x00postgres\x00x"), "invalid startup packet layout"},
		"too long":           {[]byte{0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0}, "invalid length of startup packet"},
		"negative":           {[]byte{0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0}, "invalid length of startup packet"},
		"http":               {[]byte("GET / HTTP/1.1\r\n\r\n"), "invalid length of startup packet"},
		"replication":        {packet(3<<16, "user\x00postgres\x00replication\x00database\x00\x00"), "replication connections are not supported"},
	} {
		nc := rawConn(t, s)
		if _, err := nc.Write(c.send); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		buf := make([]byte, 4096)
		for !bytes.Contains(got.Bytes(), []byte(c.want)) {
			n, err := nc.Read(buf)
			got.Write(buf[:n])
			if err != nil {
				break
			}
		}
		if !bytes.Contains(got.Bytes(), []byte(c.want)) {
			t.Errorf("%s: got %q", name, got.String())
		}
	}
}

func TestAuthenticationTimeout(t *testing.T) {
	s := startServer(t, Options{AuthTimeout: 50 * time.Millisecond})
	nc := rawConn(t, s)
	if _, err := nc.Write(packet(3<<16, startupRest)[:20]); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(nc)
	if err != nil || !bytes.Contains(got, []byte("canceling authentication due to timeout")) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTooManyConnections(t *testing.T) {
	s := startServer(t, Options{MaxConnections: 2})
	connect(t, s, "")
	connect(t, s, "")
	if _, err := dial(s, ""); code(err) != "53300" {
		t.Errorf("got %v, want 53300", err)
	}
	if s.Stats().Refused == 0 {
		t.Error("the refusal is not counted")
	}
}
