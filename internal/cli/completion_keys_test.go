package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

func TestListOffline(t *testing.T) {
	flags := pflag.NewFlagSet("orbit", pflag.ContinueOnError)
	config.Flags(flags)
	c, err := config.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	c.DataDir = seeded(t)
	l := admin.KeyList{Order: "name", Limit: completedKeys}
	found, err := listOffline(t.Context(), c, l, time.Hour)
	if err != nil || len(found.Keys) == 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	c.DataDir = filepath.Join(t.TempDir(), "none")
	if found, err := listOffline(ended, c, l, time.Hour); found != nil || err == nil {
		t.Errorf("of no directory: %+v, %v", found, err)
	}
	if _, err := os.Stat(c.DataDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}
