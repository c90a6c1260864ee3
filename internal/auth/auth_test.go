package auth

import (
	"strings"
	"testing"

	"github.com/xdg-go/scram"
)

func TestVerifier(t *testing.T) {
	v, err := NewVerifier("geheim")
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseVerifier(v.String())
	if err != nil {
		t.Fatal(err)
	}
	if !again.Check("geheim") || again.Check("geheim ") || again.Check("") {
		t.Error("a verifier read back does not tell passwords apart")
	}
	if !strings.HasPrefix(v.String(), "SCRAM-SHA-256$4096:") {
		t.Errorf("verifier is %s", v)
	}
	for _, bad := range []string{"", "md5abc", "SCRAM-SHA-256$4096:YQ==$YQ==:YQ==", "SCRAM-SHA-256$0:YQ==$a:b", "SCRAM-SHA-256$4096$x"} {
		if _, err := ParseVerifier(bad); err == nil {
			t.Errorf("%q is read as a verifier", bad)
		}
	}
	if (Verifier{}).Check("") || Mock("x").Check("") {
		t.Error("no password is accepted")
	}
}

func exchange(t *testing.T, v Verifier, password string) bool {
	t.Helper()
	e, err := NewExchange(v)
	if err != nil {
		t.Fatal(err)
	}
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		t.Fatal(err)
	}
	conv := client.NewConversation()
	msg := ""
	for range 2 {
		if msg, err = conv.Step(msg); err != nil {
			return false
		}
		if msg, err = e.Step(msg); err != nil {
			return false
		}
	}
	_, err = conv.Step(msg)
	return err == nil && e.Done()
}

func TestExchange(t *testing.T) {
	v, err := NewVerifier("pass-wörd")
	if err != nil {
		t.Fatal(err)
	}
	if !exchange(t, v, "pass-wörd") {
		t.Error("the right password is refused")
	}
	if exchange(t, v, "pass-word") || exchange(t, Mock("nobody"), "") {
		t.Error("a wrong password is accepted")
	}
	if !Equal("a", "a") || Equal("a", "b") || Equal("", "a") {
		t.Error("Equal")
	}
}
