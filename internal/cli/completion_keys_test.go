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
	"github.com/orbit-server/orbit/internal/redis/survey"
)

func TestLookInto(t *testing.T) {
	flags := pflag.NewFlagSet("orbit", pflag.ContinueOnError)
	config.Flags(flags)
	c, err := config.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	c.DataDir = seeded(t)
	ask := func(ctx context.Context, d *directory) (*survey.Listing, error) {
		return d.ListKeys(ctx, admin.KeyList{Order: "name", Limit: completedKeys, Budget: time.Hour})
	}
	found, err := lookInto(t.Context(), c, ask)
	if err != nil || len(found.Keys) == 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	c.DataDir = filepath.Join(t.TempDir(), "none")
	if found, err := lookInto(ended, c, ask); found != nil || err == nil {
		t.Errorf("of no directory: %+v, %v", found, err)
	}
	if _, err := os.Stat(c.DataDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}
