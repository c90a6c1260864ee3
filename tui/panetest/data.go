package panetest

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/server"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// Env is what screens are given, over an empty directory that is open until the test
// ends. Nothing of who runs the test is read or written.
func Env(t *testing.T) *pane.Env {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.Flags(flags)
	if err := flags.Set("data-dir", filepath.Join(t.TempDir(), "data")); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	srv, client, err := server.Offline(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	src := source.New(client, "/srv/orbit", false)
	t.Cleanup(func() {
		if err := errors.Join(src.Close(), srv.Shutdown(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return env(src)
}

func env(src *source.Source) *pane.Env {
	return &pane.Env{Source: src, Theme: theme.New(true, false), Keys: keymap.New(), State: state.Empty()}
}

// Lost is what screens are given when no server answers.
func Lost(t *testing.T) *pane.Env {
	t.Helper()
	client, err := admin.NewClient(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	src := source.New(client, "/srv/orbit", true)
	t.Cleanup(func() { _ = src.Close() })
	return env(src)
}

// Redis runs commands, each given as its words.
func Redis(t *testing.T, e *pane.Env, commands ...[]string) {
	t.Helper()
	replies, err := e.Source.Pipeline(t.Context(), 0, commands)
	if err != nil {
		t.Fatal(err)
	}
	for i := range replies {
		if text, failed := replies[i].Error(); failed {
			t.Fatalf("%.100q: %s", commands[i], text)
		}
	}
}

// SQL runs statements.
func SQL(t *testing.T, e *pane.Env, statements string) {
	t.Helper()
	s := e.Source.Database(pane.MainDatabase, false).Session()
	_, err := s.Run(t.Context(), statements)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}
