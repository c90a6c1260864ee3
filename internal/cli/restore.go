package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/storage/backup"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// restoreOptions are what `orbit restore` works with.
type restoreOptions struct {
	streams    Streams
	from, to   string
	verifyOnly bool
	json       bool
}

func newRestore(streams Streams) *cobra.Command {
	o := &restoreOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "restore FILE|DIR NEWDIR",
		Short: "Make a data directory of a backup",
		Long: `Makes a data directory of what orbit backup wrote: an archive, compressed or not, - for
one on standard input, or a directory. NEWDIR must not exist, or be empty. Every file is
checked against the size and checksum that the backup has of it; NEWDIR is there once
all is well and on disk, or not at all.

With --verify-only the backup is checked, and nothing is written.`,
		Example: `orbit restore backup.tar.zst ./restored
orbit serve --data-dir ./restored
orbit restore --verify-only /backups/2026-11-28
ssh host 'cat orbit.tar' | orbit restore - ./restored`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.from = args[0]
			var err error
			switch {
			case len(args) == 2 && o.verifyOnly:
				err = errors.New("--verify-only writes nothing: leave NEWDIR out")
			case len(args) == 2:
				o.to = args[1]
			case !o.verifyOnly:
				err = errors.New("where to? Give the data directory to make, or --verify-only")
			}
			if err != nil {
				return callError{usageError{err}, cmd.CommandPath()}
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return runRestore(ctx, o)
		},
	}
	cmd.Flags().BoolVar(&o.verifyOnly, "verify-only", false, "check the backup, and write nothing")
	cmd.Flags().BoolVar(&o.json, "json", false, "what was read as JSON")
	return cmd
}

func runRestore(ctx context.Context, o *restoreOptions) error {
	started := time.Now()
	m, err := o.restore(ctx)
	if err != nil {
		return fmt.Errorf("restore %s: %w", o.from, err)
	}
	if o.json {
		return writeJSON(o.streams.Out, resultOf(o.to, m))
	}
	what := "restored to " + o.to
	if o.verifyOnly {
		what = "as they were written"
	}
	for _, note := range m.Notes {
		_, _ = fmt.Fprintln(o.streams.Err, "note: "+note)
	}
	_, _ = fmt.Fprintf(o.streams.Err, "%s, %s, of %s %s in %s\n", count(int64(len(m.Files)), "file"), bytesText(uint64(m.Bytes)),
		m.Ended.Format(time.RFC3339), what, roundTime(time.Since(started)))
	return nil
}

// restore reads the backup into a directory beside the one to make, and gives that its
// name.
func (o *restoreOptions) restore(ctx context.Context) (m *backup.Manifest, err error) {
	if o.verifyOnly {
		return o.read(ctx, "")
	}
	to, err := filepath.Abs(o.to)
	if err != nil {
		return nil, err
	}
	if err := vacant(to); err != nil {
		return nil, err
	}
	temp := vacantName(filepath.Join(filepath.Dir(to), "."+filepath.Base(to)+"."))
	if err := os.Mkdir(temp, 0o700); err != nil {
		return nil, err
	}
	if m, err = o.read(ctx, temp); err == nil {
		_, err = datadir.Inspect(temp)
	}
	if err == nil {
		err = giveName(temp, to)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(temp))
	}
	return m, nil
}

func (o *restoreOptions) read(ctx context.Context, to string) (m *backup.Manifest, err error) {
	if info, err := os.Stat(o.from); err == nil && info.IsDir() {
		return backup.ReadDir(ctx, o.from, to)
	}
	in, err := openFile(o.from, &o.streams)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	return backup.ReadArchive(ctx, in, to)
}

// vacant says why a directory cannot be made at path.
func vacant(path string) error {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty, and nothing in it is overwritten: give a new directory", path)
	}
	return nil
}

// vacantName is a name that nobody has, which begins so.
func vacantName(prefix string) string { return prefix + rand.Text()[:12] }

// giveName gives a directory that is whole its name, which at most an empty directory
// has.
func giveName(temp, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	parent, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}
