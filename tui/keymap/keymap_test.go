package keymap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestTable(t *testing.T) {
	sections := map[Context]bool{}
	for _, s := range Sections {
		sections[s.Context] = true
	}
	seen := map[ID]bool{}
	for _, a := range Actions {
		if seen[a.ID] {
			t.Errorf("%s is there twice", a.ID)
		}
		seen[a.ID] = true
		if !sections[a.ID.Context()] {
			t.Errorf("%s is of no section", a.ID)
		}
		if a.Help == "" || strings.HasSuffix(a.Help, ".") {
			t.Errorf("%s: help %q", a.ID, a.Help)
		}
	}
	if c := New().Conflicts(); len(c) > 0 {
		t.Errorf("conflicts: %v", c)
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tui.toml")
	load := func(content string) (*Map, error) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(path)
	}
	m, err := load("[keys]\n\"app.quit\" = [\"Q\", \"ctrl+c\"]\n\"app.help\" = \"H\"\n")
	if err != nil {
		t.Fatal(err)
	}
	if press := (tea.KeyPressMsg{Code: 'q', Text: "q"}); m.Is(press, Quit) {
		t.Error("q still quits")
	}
	if press := (tea.KeyPressMsg{Code: 'Q', Text: "Q"}); !m.Is(press, Quit) || m.In(press, App) != Quit {
		t.Error("Q does not quit")
	}
	if m.Action(Help).Labels() != "H" {
		t.Errorf("help is at %s", m.Action(Help).Labels())
	}
	for content, want := range map[string]string{
		"[keys]\n\"app.fly\" = \"f\"\n":  "no action",
		"[keys]\n\"app.quit\" = \"?\"\n": "is both",
		"[keys\n":                        "tui.toml",
	} {
		if _, err := load(content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Error(err)
	}
}
