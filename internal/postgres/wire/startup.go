package wire

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"net"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/auth"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/session"
)

// Codes that stand where the protocol version does.
const (
	codeCancel = 80877102
	codeSSL    = 80877103
	codeGSS    = 80877104
)

// start takes the client through start-up and authentication. Without an error
// and without a session the connection has served its purpose.
func (c *conn) start() error {
	if err := c.nc.SetReadDeadline(time.Now().Add(c.srv.o.AuthTimeout)); err != nil {
		return err
	}
	c.in.partial, c.in.fixed = true, true // the deadline is for all of start-up
	body, err := c.firstPacket()
	if err != nil || body == nil {
		return err
	}
	login, err := c.login(body)
	if err != nil {
		return err
	}
	if err := c.srv.o.Sessions.Reserve(); err != nil {
		return err
	}
	role := c.srv.o.Sessions.Role(login.User)
	if err := c.authenticate(login.User, role); err != nil {
		return err
	}
	sess, err := c.srv.o.Sessions.Open(login, c)
	if err != nil {
		return err
	}
	c.in.partial, c.in.fixed = false, false
	c.sess = sess
	if err := c.deadline(); err != nil {
		return err
	}
	b, at := begin(c.out, 'R') // AuthenticationOk
	c.out = end(appendInt32(b, 0), at)
	sess.Ready()
	b, at = begin(c.out, 'K')
	c.out = end(appendInt32(appendInt32(b, int(sess.PID())), int(sess.Secret())), at)
	return c.ready()
}

// firstPacket answers requests for encryption and gives the body of the start-up
// message; nil after a cancel request.
func (c *conn) firstPacket() ([]byte, error) {
	ssl, gss := false, false
	for {
		body, err := c.in.startup()
		if err != nil {
			return nil, err
		}
		code := binary.BigEndian.Uint32(body)
		switch {
		case code == codeCancel:
			f := fields{b: body[4:]}
			pid, secret := f.int32(), f.int32()
			if f.end() == nil {
				c.srv.o.Sessions.Cancel(pid, secret)
			}
			return nil, nil
		case code == codeSSL && !ssl:
			ssl = true
			if err := c.encrypt(); err != nil {
				return nil, err
			}
		case code == codeGSS && !gss:
			gss = true
			c.out = append(c.out, 'N')
			if err := c.flush(); err != nil {
				return nil, err
			}
		case code>>16 != 3:
			return nil, fatalError(pgerr.FeatureNotSupported, "unsupported frontend protocol %d.%d: server supports 3.0 to 3.0",
				code>>16, code&0xffff)
		default:
			if _, secure := c.nc.(*tls.Conn); !secure && !c.local && c.srv.o.RequireTLS {
				return nil, fatalError(pgerr.InvalidAuthorizationSpecification, "connections without TLS are refused")
			}
			return body, nil
		}
	}
}

// encrypt answers SSLRequest.
func (c *conn) encrypt() error {
	if c.srv.o.TLS == nil || c.local {
		c.out = append(c.out, 'N')
		return c.flush()
	}
	if c.in.buffered() > 0 {
		// Somebody in the middle may have put it before the encrypted bytes.
		return fatalError(pgerr.ProtocolViolation, "received unencrypted data after SSL request")
	}
	c.out = append(c.out, 'S')
	if err := c.flush(); err != nil {
		return err
	}
	secure := tls.Server(c.nc, c.srv.o.TLS)
	if err := secure.Handshake(); err != nil {
		return err
	}
	c.srv.mu.Lock()
	c.nc = secure
	c.srv.mu.Unlock()
	c.in.nc = secure
	return nil
}

// login reads the start-up message.
func (c *conn) login(body []byte) (session.Login, error) {
	minor := binary.BigEndian.Uint32(body) & 0xffff
	l := session.Login{Settings: make(map[string]string)}
	if host, ok := c.nc.RemoteAddr().(*net.TCPAddr); ok {
		l.Address, l.Port = host.IP.String(), host.Port
	}
	f := fields{b: body[4:]}
	var unknown []string
	for !f.bad && len(f.b) > 1 {
		key, value := string(f.text()), string(f.text())
		switch {
		case key == "user":
			l.User = value
		case key == "database":
			l.Database = value
		case key == "replication":
			if v := strings.ToLower(value); v != "false" && v != "off" && v != "no" && v != "0" && v != "" {
				return l, fatalError(pgerr.FeatureNotSupported, "replication connections are not supported")
			}
		case key == "options":
			if err := readOptions(value, l.Settings); err != nil {
				return l, err
			}
		case strings.HasPrefix(key, "_pq_."):
			unknown = append(unknown, key)
		default:
			l.Settings[key] = value
		}
	}
	if f.bad || !bytes.Equal(f.b, []byte{0}) {
		return l, fatalError(pgerr.ProtocolViolation, "invalid startup packet layout: expected terminator as last byte")
	}
	if l.User == "" {
		return l, fatalError(pgerr.InvalidAuthorizationSpecification, "no PostgreSQL user name specified in startup packet")
	}
	if minor > 0 || len(unknown) > 0 {
		b, at := begin(c.out, 'v') // NegotiateProtocolVersion: 3.0, and what is not known
		b = appendInt32(b, 3<<16)
		b = appendInt32(b, len(unknown))
		for _, u := range unknown {
			b = appendCString(b, u)
		}
		c.out = end(b, at)
	}
	return l, nil
}

// readOptions reads the command-line options that libpq passes on: -c name=value
// and --name=value, with a backslash before spaces that belong to a value.
func readOptions(s string, into map[string]string) error {
	words := splitOptions(s)
	for i := 0; i < len(words); i++ {
		var setting string
		switch w := words[i]; {
		case w == "-c" && i+1 < len(words):
			i++
			setting = words[i]
		case strings.HasPrefix(w, "-c"):
			setting = w[2:]
		case strings.HasPrefix(w, "--"):
			setting = w[2:]
		default:
			return fatalError(pgerr.SyntaxError, "invalid command-line argument for server process: %s", w)
		}
		key, value, ok := strings.Cut(setting, "=")
		if !ok {
			return fatalError(pgerr.SyntaxError, "-c %s requires a value", setting)
		}
		into[strings.ReplaceAll(key, "-", "_")] = value
	}
	return nil
}

func splitOptions(s string) []string {
	var words []string
	var word []byte
	inWord := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			word, inWord = append(word, s[i]), true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if inWord {
				words, word, inWord = append(words, string(word)), word[:0], false
			}
		default:
			word, inWord = append(word, c), true
		}
	}
	if inWord {
		words = append(words, string(word))
	}
	return words
}

// authenticate lets a role in without a password if neither it nor the server
// has one, or if the connection is local, and otherwise by SCRAM-SHA-256.
func (c *conn) authenticate(user string, role *catalog.Role) error {
	if c.local {
		return nil
	}
	verifier := c.srv.o.Password
	if role != nil && role.Password != "" {
		v, err := auth.ParseVerifier(role.Password)
		if err != nil {
			return err
		}
		verifier = v
	}
	if verifier.IsZero() {
		return nil
	}
	if role == nil {
		verifier = auth.Mock(user)
	}
	return c.scram(user, verifier)
}

// scram runs the SASL exchange.
func (c *conn) scram(user string, v auth.Verifier) error {
	exchange, err := auth.NewExchange(v)
	if err != nil {
		return err
	}
	b, at := begin(c.out, 'R')
	b = appendInt32(b, 10) // AuthenticationSASL
	c.out = end(append(appendCString(b, auth.Mechanism), 0), at)
	body, err := c.password()
	if err != nil {
		return err
	}
	f := fields{b: body}
	mechanism, size := string(f.text()), f.int32()
	first := f.take(int(size))
	if f.end() != nil || mechanism != auth.Mechanism {
		return fatalError(pgerr.ProtocolViolation, "client selected an invalid SASL authentication mechanism")
	}
	answer, err := exchange.Step(string(first))
	if err != nil {
		return fatalError(pgerr.ProtocolViolation, "malformed SCRAM message")
	}
	b, at = begin(c.out, 'R')
	b = appendInt32(b, 11) // AuthenticationSASLContinue
	c.out = end(append(b, answer...), at)
	if body, err = c.password(); err != nil {
		return err
	}
	if answer, err = exchange.Step(string(body)); err != nil || !exchange.Done() {
		return fatalError(pgerr.InvalidPassword, "password authentication failed for user %q", user)
	}
	b, at = begin(c.out, 'R')
	b = appendInt32(b, 12) // AuthenticationSASLFinal
	c.out = end(append(b, answer...), at)
	return nil
}

// password sends what is waiting and reads the client's answer.
func (c *conn) password() ([]byte, error) {
	if err := c.flush(); err != nil {
		return nil, err
	}
	typ, body, err := c.in.authMessage()
	if err != nil {
		return nil, err
	}
	if typ != 'p' {
		return nil, fatalError(pgerr.ProtocolViolation, "expected SASL response, got message type %d", typ)
	}
	return body, nil
}
