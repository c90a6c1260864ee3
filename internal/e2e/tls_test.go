package e2e

import (
	"context"
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/orbit-server/orbit/internal/auth/authtest"
)

// TestRedisOverTLS serves nothing but TLS to clients with certificates, and users
// of an ACL file.
func TestRedisOverTLS(t *testing.T) {
	cli := tool(t, "redis-cli")
	ca := authtest.New(t)
	cert, key := ca.Issue("server")
	users := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(users, []byte("user ada on >lovelace ~ada:* +@all\nuser default off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := start(t, t.TempDir(), "--redis-addr=", "--postgres-addr=", "--redis-tls-addr", "127.0.0.1:0", "--redis-acl-file", users,
		"--redis-tls-cert-file", cert, "--redis-tls-key-file", key, "--redis-tls-ca-cert-file", ca.CertFile)
	host, port := hostPort(o.redisTLS)

	clientCert, clientKey := ca.Issue("client")
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(cli, append([]string{"-h", host, "-p", port, "--tls", "--cacert", ca.CertFile}, args...)...).CombinedOutput()
		if err != nil && len(out) == 0 {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	known := []string{"--cert", clientCert, "--key", clientKey}
	if got := run(append(known, "PING")...); got != "NOAUTH Authentication required." {
		t.Errorf("without a password: %s", got)
	}
	known = append(known, "--user", "ada", "--pass", "lovelace", "--no-auth-warning")
	if got := run(append(known, "SET", "ada:1", "x")...); got != "OK" {
		t.Errorf("SET: %s", got)
	}
	if got := run(append(known, "SET", "other", "x")...); !strings.HasPrefix(got, "NOPERM") {
		t.Errorf("SET of another's key: %s", got)
	}
	if got := run("PING"); strings.Contains(got, "PONG") || strings.Contains(got, "NOAUTH") {
		t.Errorf("without a certificate: %s", got)
	}

	shown := func() string {
		t.Helper()
		var name string
		config := ca.Client("go-redis")
		config.VerifyConnection = func(s tls.ConnectionState) error {
			name = s.PeerCertificates[0].Subject.CommonName
			return nil
		}
		c := redis.NewClient(&redis.Options{Addr: o.redisTLS, TLSConfig: config, Username: "ada", Password: "lovelace"})
		defer func() { _ = c.Close() }()
		if got, err := c.Get(t.Context(), "ada:1").Result(); err != nil || got != "x" {
			t.Fatalf("got %q, %v", got, err)
		}
		return name
	}
	if name := shown(); name != "server" {
		t.Errorf("the certificate of %s is shown", name)
	}
	newCert, newKey := ca.Issue("renewed")
	for from, to := range map[string]string{newCert: cert, newKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for shown() != "renewed" {
		select {
		case <-ctx.Done():
			t.Fatalf("SIGHUP did not renew the certificate\n%s", o.stderr)
		case <-time.After(10 * time.Millisecond):
		}
	}
	o.stop(t)
}

func TestWrongACLFileAndCertificatesStopTheStart(t *testing.T) {
	dir := t.TempDir()
	users := filepath.Join(dir, "users.acl")
	if err := os.WriteFile(users, []byte("user ada on >lovelace\nuser bob +nosuch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		want string
		args []string
	}{
		{users + ":2: Error in applying operation '+nosuch': Unknown command or category name in ACL", []string{"--redis-acl-file", users}},
		{"opening file '" + dir + "/none': no such file or directory", []string{"--redis-acl-file", dir + "/none"}},
		{"redis-password and redis-acl-file exclude each other", []string{"--redis-acl-file", users, "--redis-password", "x"}},
		{"set redis-tls-cert-file and redis-tls-key-file", []string{"--redis-tls-addr", "127.0.0.1:0"}},
		{"set redis-tls-ca-cert-file", []string{"--redis-tls-addr", "127.0.0.1:0", "--redis-tls-cert-file", users, "--redis-tls-key-file", users}},
		{"certificate " + users, []string{"--redis-tls-addr", "127.0.0.1:0", "--redis-tls-cert-file", users, "--redis-tls-key-file", users, "--redis-tls-auth-clients", "no"}},
	} {
		args := append([]string{"serve", "--data-dir", filepath.Join(t.TempDir(), "data"), "--redis-addr", "127.0.0.1:0", "--postgres-addr="}, tt.args...)
		out, err := exec.Command(program, args...).CombinedOutput()
		if text := strings.Join(strings.Fields(string(out)), " "); err == nil || !strings.Contains(text, tt.want) {
			t.Errorf("%v\n got %v, %s\nwant %s", tt.args, err, out, tt.want)
		}
	}
}
