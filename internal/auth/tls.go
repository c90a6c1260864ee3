package auth

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// TLSOptions say how a server proves who it is, and what clients must prove.
type TLSOptions struct {
	// CertFile and KeyFile are the server's certificate, with its chain, and key
	// (PEM); CAFile holds the certificates that sign those of clients.
	CertFile, KeyFile, CAFile string
	// Clients is whether clients must have a certificate: "yes", "no", or
	// "optional", which checks one if it is given.
	Clients string
	// Protocols are the versions to take, "TLSv1.2 TLSv1.3" in any case; both if
	// it is empty. Older ones are refused.
	Protocols string
}

// Config reads the files. Its errors name what is wrong with which.
func (o *TLSOptions) Config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if err := o.setVersions(c); err != nil {
		return nil, err
	}
	cert, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", o.CertFile, o.KeyFile, err)
	}
	c.Certificates = []tls.Certificate{cert}
	switch o.Clients {
	case "no":
		return c, nil
	case "optional":
		c.ClientAuth = tls.VerifyClientCertIfGiven
	case "yes":
		c.ClientAuth = tls.RequireAndVerifyClientCert
	default:
		return nil, fmt.Errorf("unknown rule for client certificates %q: use yes, no or optional", o.Clients)
	}
	if o.CAFile == "" {
		return nil, errors.New("checking the certificates of clients takes a file with those that sign them")
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, err
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", o.CAFile)
	}
	return c, nil
}

func (o *TLSOptions) setVersions(c *tls.Config) error {
	words := strings.Fields(strings.ToLower(o.Protocols))
	if len(words) == 0 {
		return nil
	}
	c.MinVersion, c.MaxVersion = 0, 0
	for _, word := range words {
		version := uint16(0)
		switch word {
		case "tlsv1.2":
			version = tls.VersionTLS12
		case "tlsv1.3":
			version = tls.VersionTLS13
		default:
			return fmt.Errorf("unknown version %q: use TLSv1.2 or TLSv1.3", word)
		}
		if c.MinVersion == 0 || version < c.MinVersion {
			c.MinVersion = version
		}
		c.MaxVersion = max(c.MaxVersion, version)
	}
	return nil
}

// TLS is a server's TLS, whose certificates and rules can be changed while it runs;
// connections made before keep theirs.
type TLS struct{ current atomic.Pointer[tls.Config] }

// Use takes over a configuration for new connections.
func (t *TLS) Use(c *tls.Config) { t.current.Store(c) }

// Config is what to accept connections with: each gets the configuration in use
// when it begins.
func (t *TLS) Config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return t.current.Load(), nil },
	}
}
