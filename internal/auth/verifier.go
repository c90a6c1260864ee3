package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

// Sizes that PostgreSQL uses (scram-common.h).
const (
	iterations = 4096
	saltSize   = 16
)

const scheme = "SCRAM-SHA-256"

// Verifier is what a server keeps of a password: enough to check it, not enough
// to log in with.
type Verifier struct {
	salt                 string
	iterations           int
	storedKey, serverKey []byte
}

// ErrVerifier is wrapped by errors about text that is no verifier.
var ErrVerifier = errors.New("not a SCRAM-SHA-256 verifier")

// NewVerifier makes a verifier for a password, with a salt of its own.
func NewVerifier(password string) (Verifier, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return Verifier{}, err
	}
	return derive(password, string(salt), iterations)
}

func derive(password, salt string, iters int) (Verifier, error) {
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		// Not a string that SASLprep takes: use the bytes as they are, as PostgreSQL does.
		if client, err = scram.SHA256.NewClientUnprepped("", password, ""); err != nil {
			return Verifier{}, err
		}
	}
	c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: salt, Iters: iters})
	if err != nil {
		return Verifier{}, err
	}
	return Verifier{salt: c.Salt, iterations: c.Iters, storedKey: c.StoredKey, serverKey: c.ServerKey}, nil
}

// ParseVerifier reads a verifier in the form that String writes.
func ParseVerifier(s string) (Verifier, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 3 || parts[0] != scheme {
		return Verifier{}, ErrVerifier
	}
	iters, salt, ok := strings.Cut(parts[1], ":")
	stored, server, ok2 := strings.Cut(parts[2], ":")
	if !ok || !ok2 {
		return Verifier{}, ErrVerifier
	}
	n, err := strconv.Atoi(iters)
	if err != nil || n < 1 || n > 10_000_000 {
		return Verifier{}, fmt.Errorf("%w: iteration count %q", ErrVerifier, iters)
	}
	v := Verifier{iterations: n}
	saltBytes, err := base64.StdEncoding.DecodeString(salt)
	if err != nil {
		return Verifier{}, fmt.Errorf("%w: salt: %w", ErrVerifier, err)
	}
	v.salt = string(saltBytes)
	for _, k := range []struct {
		text string
		to   *[]byte
	}{{stored, &v.storedKey}, {server, &v.serverKey}} {
		if *k.to, err = base64.StdEncoding.DecodeString(k.text); err != nil || len(*k.to) != sha256.Size {
			return Verifier{}, fmt.Errorf("%w: a key has the wrong size", ErrVerifier)
		}
	}
	return v, nil
}

// String is the verifier as pg_authid.rolpassword has it.
func (v Verifier) String() string {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", scheme, v.iterations, b64([]byte(v.salt)), b64(v.storedKey), b64(v.serverKey))
}

// IsZero reports a verifier of no password.
func (v Verifier) IsZero() bool { return v.storedKey == nil }

// Check reports whether the password is the one the verifier was made for.
func (v Verifier) Check(password string) bool {
	w, err := derive(password, v.salt, v.iterations)
	return err == nil && !v.IsZero() && subtle.ConstantTimeCompare(v.storedKey, w.storedKey) == 1
}

// mockKey makes the salts of users that do not exist differ from run to run.
var mockKey = func() []byte {
	k := make([]byte, 32)
	if _, err := rand.Read(k); err != nil {
		panic(err) // no randomness: no authentication
	}
	return k
}()

// Mock is a verifier that no password fits, the same for a name each time, so
// that an exchange does not tell whether the user exists.
func Mock(user string) Verifier {
	h := hmac.New(sha256.New, mockKey)
	h.Write([]byte(user))
	sum := h.Sum(nil)
	return Verifier{salt: string(sum[:saltSize]), iterations: iterations, storedKey: make([]byte, sha256.Size), serverKey: sum}
}

// Equal compares a password given with the one wanted; the time it takes tells
// nothing but the lengths.
func Equal(given, wanted string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(wanted))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
