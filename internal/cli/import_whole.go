package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/redis/transfer"
)

// loadWhole loads a file of keys into a directory without keys, at once: many times as
// fast as command by command. taken is false if that is not what there is; nothing was
// read of first, which is the file as it was opened, then.
func (o *importOptions) loadWhole(ctx context.Context, d *directory, path, form string, first *inFile) (s transfer.LoadStats, taken bool, err error) {
	isRDB := o.format == "rdb" || o.format == "" && filepath.Ext(plainName(path)) == ".rdb"
	if !isRDB && form != "jsonl" || o.dryRun || path == "-" && !o.readsOnce(d) {
		return s, false, nil
	}
	status, err := d.Status(ctx)
	if err != nil || status.Redis == nil || status.Redis.KeysTotal > 0 {
		return s, false, err
	}
	in, closeIn := first, func() error { return nil }
	if path != "-" {
		if in, err = openFile(path, &o.streams); err != nil {
			return s, false, err
		}
		closeIn = in.close
	}
	var file io.Reader = in
	closed := func() error { return nil }
	if !isRDB {
		file, closed = rdbOfLines(in)
	}
	loaded, err := d.LoadRDB(ctx, file, o.filter)
	var input *admin.InputError
	var line *transfer.LineError
	switch ofInput := errors.As(err, &input); {
	case ofInput && errors.As(err, &line):
		err = line
	case ofInput:
		err = unread(input.Unwrap())
	case err != nil && !isRDB && o.onConflict != "fail":
		// Perhaps a key is twice in the file, which is for --on-conflict to decide.
		return s, false, errors.Join(closed(), closeIn())
	}
	if err = errors.Join(err, closed(), closeIn()); errors.Is(err, admin.ErrNotEmpty) {
		return s, false, nil
	}
	s.Stats = transfer.Stats{
		Keys: loaded.Keys, Functions: loaded.Functions, Expired: loaded.Expired, Empty: loaded.Empty, Modules: loaded.Modules,
	}
	return s, err == nil, err
}

// readsOnce tells whether a file that can be read once only may be loaded at once: there
// is no way back to its beginning. A client that writes meanwhile ends that kind of
// loading, and so does a key that is twice in the file, which skip and replace are for.
func (o *importOptions) readsOnce(d *directory) bool { return !d.live && o.onConflict == "fail" }

// rdbOfLines is an RDB file of what JSON Lines hold. What is wrong with a line is the
// error of reading it. closed must be called.
func rdbOfLines(lines io.Reader) (file io.Reader, closed func() error) {
	r := &linesAsRDB{lines: lines, done: make(chan struct{})}
	return r, r.close
}

// linesAsRDB reads no line before it is read itself.
type linesAsRDB struct {
	lines io.Reader
	from  *io.PipeReader // nil: nothing was read
	done  chan struct{}
}

// Read implements io.Reader.
func (r *linesAsRDB) Read(p []byte) (int, error) {
	if r.from == nil {
		var to *io.PipeWriter
		r.from, to = io.Pipe()
		go func() {
			defer close(r.done)
			_ = to.CloseWithError(transfer.LinesToRDB(r.lines, to)) // never fails
		}()
	}
	return r.from.Read(p)
}

func (r *linesAsRDB) close() error {
	if r.from == nil {
		return nil
	}
	err := r.from.Close()
	<-r.done
	return err
}
