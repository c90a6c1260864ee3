package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/storage/backup"
	"github.com/orbit-server/orbit/internal/storage/datadir"
	"github.com/orbit-server/orbit/internal/version"
)

// backupOptions are what `orbit backup` works with.
type backupOptions struct {
	streams Streams
	config  *config.Config
	output  string
	json    bool
}

func newBackup(streams Streams) *cobra.Command {
	o := &backupOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "backup [DIR] -o FILE|DIR",
		Short: "Copy a data directory, also while a server holds it",
		Long: `Copies a data directory, of both protocols: through the server that holds it, which
goes on serving, or from the directory itself. orbit restore makes a data directory of
the copy again.

What ends in .tar, .tar.gz or .tar.zst is written as one archive, - is an archive on
standard output, and any other name a new directory, whose large files are links to the
data directory's where the file system can. The copy is there once it is whole, or not
at all; it has a list of its files with their checksums (BACKUP.json).

What is promised: each protocol's data is as of one moment after the call, with all
that was acknowledged before it. Both moments are close together, but not the same one.
Data that is in memory only (--actor-persistence none) is not in it; that is said.`,
		Example: `orbit backup -o backup.tar.zst
orbit backup /var/lib/orbit -o /backups/2026-11-28
orbit backup -o - | ssh host 'cat > orbit.tar'
orbit restore backup.tar.zst ./restored`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.config, err = loadDirectory(cmd, args); err != nil {
				return err
			}
			if err := o.check(); err != nil {
				return callError{usageError{err}, cmd.CommandPath()}
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return withDirectory(ctx, streams, o.config, works, func(d *directory) error { return runBackup(ctx, o, d) })
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "archive or directory to write; - is standard output")
	cmd.Flags().BoolVar(&o.json, "json", false, "what was written as JSON")
	return cmd
}

// loadDirectory loads the settings of a verb whose argument may be the data directory.
func loadDirectory(cmd *cobra.Command, args []string) (*config.Config, error) {
	c, err := config.Load(cmd.Flags())
	if err != nil {
		return nil, usageError{err}
	}
	if len(args) > 0 {
		c.DataDir = args[0]
	}
	return c, nil
}

// interruptible is a context that a signal ends, so that what was begun is cleaned up.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

func (o *backupOptions) check() error {
	switch {
	case o.output == "":
		return errors.New("where to? Give an archive (.tar, .tar.gz, .tar.zst) or a new directory with -o, or -o - for standard output")
	case o.output == "-" && o.streams.OutTerminal:
		return errors.New("an archive would spoil the terminal: give a file with -o")
	case o.output == "-" && o.json:
		return errors.New("--json and -o - both want standard output")
	}
	if _, err := os.Lstat(o.output); err == nil && !isArchive(o.output) {
		return fmt.Errorf("%s exists: give the name of a new directory, or of an archive (.tar, .tar.gz, .tar.zst)", o.output)
	}
	return nil
}

// isArchive tells archives from directories by their names.
func isArchive(path string) bool {
	return path == "-" || strings.HasSuffix(plainName(path), ".tar")
}

// backupResult is what --json prints.
type backupResult struct {
	Output string `json:"output"`
	Format int    `json:"format"`
	Orbit  string `json:"orbit"`
	admin.Checkpoint
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

func resultOf(path string, m *backup.Manifest) backupResult {
	return backupResult{
		Output: path, Format: m.Format, Orbit: m.Orbit, Files: len(m.Files), Bytes: m.Bytes,
		Checkpoint: admin.Checkpoint{Began: m.Began, Ended: m.Ended, Notes: m.Notes},
	}
}

func runBackup(ctx context.Context, o *backupOptions, d *directory) (err error) {
	started := time.Now()
	m, err := writeBackup(ctx, d, o.config.DataDir, o.output, &o.streams)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if o.json {
		return writeJSON(o.streams.Out, resultOf(o.output, m))
	}
	for _, note := range m.Notes {
		_, _ = fmt.Fprintln(o.streams.Err, "note: "+note)
	}
	if o.output != "-" {
		_, _ = fmt.Fprintf(o.streams.Err, "%s, %s, written to %s in %s\n",
			count(int64(len(m.Files)), "file"), bytesText(uint64(m.Bytes)), o.output, roundTime(time.Since(started)))
	}
	return nil
}

// writeBackup copies the data directory at path into an archive or a directory.
func writeBackup(ctx context.Context, d *directory, path, output string, s *Streams) (*backup.Manifest, error) {
	if !isArchive(output) {
		return backupDirectory(ctx, d, output)
	}
	// Beside the data, where files can be linked.
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	temp := vacantName(filepath.Join(path, datadir.CheckpointPrefix))
	m, err := checkpoint(ctx, d, temp)
	if err != nil {
		return nil, err
	}
	out, err := createFile(output, s.Out)
	if err == nil {
		to := &passing{out: out, bar: newBar(s, bytesOfBar), label: output, total: sizeOf(temp)}
		err = backup.WriteArchive(ctx, to, temp, m)
		to.bar.stop()
		err = out.commit(err)
	}
	return m, errors.Join(err, os.RemoveAll(temp))
}

// sizeOf is what the files of a directory take, 0 if that cannot be told.
func sizeOf(dir string) (n int64) {
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		return 0
	}
	return n
}

func backupDirectory(ctx context.Context, d *directory, output string) (*backup.Manifest, error) {
	output, err := filepath.Abs(output)
	if err != nil {
		return nil, err
	}
	temp := vacantName(filepath.Join(filepath.Dir(output), "."+filepath.Base(output)+"."))
	m, err := checkpoint(ctx, d, temp)
	if err != nil {
		return nil, err
	}
	if err = backup.Seal(ctx, temp, m); err == nil {
		err = giveName(temp, output)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(temp))
	}
	return m, nil
}

// checkpoint has a copy of the data directory made in dir, and begins its manifest.
func checkpoint(ctx context.Context, d *directory, dir string) (*backup.Manifest, error) {
	c, err := d.Checkpoint(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &backup.Manifest{Orbit: version.String(), Began: c.Began, Ended: c.Ended, Notes: c.Notes}, nil
}
