package auth_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/auth"
	"github.com/orbit-server/orbit/internal/auth/authtest"
)

func TestTLSOptions(t *testing.T) {
	ca := authtest.New(t)
	cert, key := ca.Issue("server")
	_, otherKey := ca.Issue("other")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		o    auth.TLSOptions
		want string // of the error
	}{
		{auth.TLSOptions{CertFile: cert, KeyFile: key, Clients: "no"}, ""},
		{auth.TLSOptions{CertFile: cert, KeyFile: key, CAFile: ca.CertFile, Clients: "yes", Protocols: "tlsv1.3 TLSv1.2"}, ""},
		{auth.TLSOptions{CertFile: cert, KeyFile: otherKey, Clients: "no"}, "private key does not match"},
		{auth.TLSOptions{CertFile: empty, KeyFile: key, Clients: "no"}, "certificate " + empty},
		{auth.TLSOptions{CertFile: cert, KeyFile: key, Clients: "optional"}, "takes a file"},
		{auth.TLSOptions{CertFile: cert, KeyFile: key, CAFile: empty, Clients: "yes"}, "holds no certificate"},
		{auth.TLSOptions{CertFile: cert, KeyFile: key, Clients: "perhaps"}, "use yes, no or optional"},
		{auth.TLSOptions{CertFile: cert, KeyFile: key, Clients: "no", Protocols: "TLSv1.1"}, "use TLSv1.2 or TLSv1.3"},
	} {
		c, err := tt.o.Config()
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%+v: %v", tt.o, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%+v: got %v, want %s", tt.o, err, tt.want)
		case err == nil && c.MinVersion != tls.VersionTLS12:
			t.Errorf("%+v: from version %x", tt.o, c.MinVersion)
		}
	}
}
