package state

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEachServerHasItsOwn(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_STATE_HOME", home)
	one := Load("/srv/one")
	if got := one.Get("place", "nowhere"); got != "nowhere" {
		t.Errorf("at first: %q", got)
	}
	one.Set("place", "keys/0/")
	if err := one.Save(); err != nil {
		t.Fatal(err)
	}
	if got := Load("/srv/../srv/one").Get("place", ""); got != "keys/0/" {
		t.Errorf("remembered: %q", got)
	}
	if got := Load("/srv/two").Get("place", ""); got != "" {
		t.Errorf("another server has %q", got)
	}
	files, err := filepath.Glob(filepath.Join(home, "orbit", "tui", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info, err)
	}
	for _, damaged := range []string{"", "{", "null", `["place"]`, "\x00\xff"} {
		if err := os.WriteFile(files[0], []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		s := Load("/srv/one")
		if got := s.Get("place", "nowhere"); got != "nowhere" {
			t.Errorf("a file of %q remembers %q", damaged, got)
		}
		s.Set("place", "again")
		if err := s.Save(); err != nil {
			t.Error(err)
		}
		if got := Load("/srv/one").Get("place", ""); got != "again" {
			t.Errorf("after a file of %q: %q", damaged, got)
		}
	}
}

func TestEmptyKeepsNothing(t *testing.T) {
	s := Empty()
	s.Set("a", "b")
	if s.Get("a", "") != "b" || s.Save() != nil {
		t.Error("it cannot be used")
	}
}
