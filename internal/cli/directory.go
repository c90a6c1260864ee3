package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"charm.land/log/v2"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/server"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// directory is a data directory as a verb works with it: through the server that
// holds it, or opened by this process. The verb need not care which.
type directory struct {
	*admin.Client
	live   bool
	server *server.Server // nil if live
}

// closeTime bounds the closing of a directory that this process opened.
const closeTime = time.Minute

// use is what a verb does with a directory.
type use uint8

const (
	works   use = iota // it reads and writes
	creates            // it works with one that it makes if there is none
	passes             // it reads, and everything once
	glances            // it reads something, and the process ends within two seconds
	looks              // it is a window that stays open, in which little is written
	checks             // it looks for damage, which must not keep it from the rest
)

// lookAt looks whether there is a data directory to be opened where the settings say.
func lookAt(c *config.Config, u use) (datadir.Info, error) {
	info, err := datadir.Inspect(c.DataDir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && u == creates:
	case errors.Is(err, datadir.ErrEmpty) && u == creates:
	case errors.Is(err, fs.ErrNotExist):
		return info, fmt.Errorf("there is no data directory at %s: name another with --data-dir, or let `orbit serve` make one", c.DataDir)
	default:
		return info, err
	}
	return info, nil
}

// openDirectory opens the data directory that the settings name.
func openDirectory(ctx context.Context, streams Streams, c *config.Config, u use) (*directory, error) {
	info, err := lookAt(c, u)
	switch {
	case err != nil:
		return nil, err
	case info.Locked && !info.Brief:
		return openLive(ctx, c, info.PID)
	}
	level := slog.New(log.NewWithOptions(streams.Err, log.Options{Level: log.WarnLevel, Formatter: log.TextFormatter}))
	open := server.Offline
	switch u {
	case passes:
		open = server.OfflineOnce
	case glances:
		open = server.OfflineBriefly
	case looks:
		open = server.OfflineWindow
	case checks:
		open = server.OfflineFaulty
	}
	s, client, err := open(c, level)
	if err != nil {
		return nil, refused(err)
	}
	return &directory{Client: client, server: s}, nil
}

// refused adds what to do to an error of a directory that does not open.
func refused(err error) error {
	if errors.Is(err, storage.ErrCorrupt) {
		return fmt.Errorf("%w; nothing was changed: restore a backup, or see with `orbit check` what else is damaged", err)
	}
	return err
}

func openLive(ctx context.Context, c *config.Config, pid int) (*directory, error) {
	client, err := admin.NewClient(c.DataDir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := client.Ready(ctx); err != nil {
		return nil, fmt.Errorf("process %d holds %s, but does not answer: wait for it, or stop it: %w", pid, c.DataDir, err)
	}
	return &directory{Client: client, live: true}, nil
}

// close ends the use of the directory; of one that this process opened, everything is
// on disk then.
func (d *directory) close() error {
	if d.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return d.server.Shutdown(ctx)
}

// withDirectory runs a verb on the data directory.
func withDirectory(ctx context.Context, streams Streams, c *config.Config, u use, run func(d *directory) error) error {
	d, err := openDirectory(ctx, streams, c, u)
	if err != nil {
		return err
	}
	return errors.Join(run(d), d.close())
}
