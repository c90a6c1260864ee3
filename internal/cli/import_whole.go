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
// fast as command by command. taken is false if that is not what there is.
func (o *importOptions) loadWhole(ctx context.Context, d *directory, path, form string) (s transfer.LoadStats, taken bool, err error) {
	isRDB := o.format == "rdb" || o.format == "" && filepath.Ext(plainName(path)) == ".rdb"
	if !isRDB && form != "jsonl" || o.dryRun || path == "-" {
		return s, false, nil
	}
	status, err := d.Status(ctx)
	if err != nil || status.Redis == nil || status.Redis.KeysTotal > 0 {
		return s, false, err
	}
	in, err := openFile(path, &o.streams)
	if err != nil {
		return s, false, err
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
		return s, false, errors.Join(closed(), in.close())
	}
	if err = errors.Join(err, closed(), in.close()); errors.Is(err, admin.ErrNotEmpty) {
		return s, false, nil
	}
	s.Stats = transfer.Stats{
		Keys: loaded.Keys, Functions: loaded.Functions, Expired: loaded.Expired, Empty: loaded.Empty, Modules: loaded.Modules,
	}
	return s, err == nil, err
}

// rdbOfLines is an RDB file of what JSON Lines hold. What is wrong with a line is the
// error of reading it. closed must be called.
func rdbOfLines(lines io.Reader) (file io.Reader, closed func() error) {
	from, to := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = to.CloseWithError(transfer.LinesToRDB(lines, to)) // never fails
	}()
	return from, func() error {
		err := from.Close()
		<-done
		return err
	}
}
