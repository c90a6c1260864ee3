package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/glob"
	"github.com/orbit-server/orbit/internal/redis/rdb"
	"github.com/orbit-server/orbit/internal/redis/transfer"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// importOptions are what `orbit import` works with.
type importOptions struct {
	streams    Streams
	config     *config.Config
	files      []string
	format     string
	onConflict string
	filter     admin.KeyFilter
	tables     tableTarget
	dryRun     bool
	json       bool
}

func newImport(streams Streams) *cobra.Command {
	o := &importOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "import FILE... | DIR FILE...", // help would put [DIR] behind the files
		Short: "Read keys or tables from files into a data directory",
		Long: `Reads keys or tables from files into a data directory, through the server that holds it,
or into the directory itself, which is made if it does not exist. With two arguments or
more the first is the directory unless it is a file.

Files of keys may be RDB files, append-only files (also the directory of one), commands
in RESP, or JSON Lines as orbit export writes them. Files of tables may be scripts of
SQL, as orbit export and the plain form of pg_dump are, and, with --table, CSV whose
first line names the columns, JSON Lines with an object for each row, or Parquet. Any may
be compressed with gzip or zstd; what a file is is told by its content, or its name. - is
standard input.

A key that is there already ends the import before anything is changed (--on-conflict
fail), is left as it is (skip), or is replaced (replace). An import that was
interrupted can be run again with skip or replace. Standard input is read once only: if
a server holds the directory, or keys are in it, what comes before a key that is there
already is imported. Commands run as they are, whatever is there.

A file of tables is imported whole or not at all. A script that begins transactions
itself decides on them, and with --no-transaction each statement is one. --on-conflict is
for rows of CSV, Parquet and JSON Lines too: their primary key is what may be there already. While rows
of these come, others can read the table; who wants to write to it waits.

An archive of a whole directory (.tar, .tar.gz, .tar.zst), as orbit export and orbit backup
write it, becomes a new one, as by orbit restore.`,
		Example: `orbit import dump.rdb
orbit import /var/lib/orbit users.jsonl.zst --on-conflict replace
orbit import ./new-directory /var/lib/redis/appendonlydir
orbit import --dry-run dump.rdb
orbit import ./new-directory orbit.tar.zst

# Tables
pg_dump --no-owner --no-privileges shop | orbit import -
orbit import --table orders orders.csv.gz --on-conflict skip
orbit import --table orders --no-header rows.csv
orbit import --table orders orders.parquet`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.config, err = config.Load(cmd.Flags()); err != nil {
				return usageError{err}
			}
			if len(args) > 1 && !isFile(args[0]) && args[0] != "-" {
				o.config.DataDir, args = args[0], args[1:]
			}
			o.files = args
			if o.ofArchive() {
				return importArchive(cmd, o)
			}
			if err := o.check(cmd); err != nil {
				return callError{usageError{err}, cmd.CommandPath()}
			}
			// Before a directory is made for them.
			for _, path := range o.files {
				if _, err := os.Stat(path); err != nil && path != "-" {
					return err
				}
			}
			return withDirectory(cmd.Context(), streams, o.config, o.use(), func(d *directory) error { return runImport(cmd.Context(), o, d) })
		},
	}
	config.Flags(cmd.Flags())
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "rdb, resp, sql, csv, parquet or jsonl; told by the content or the name when empty")
	f.StringVar(&o.onConflict, "on-conflict", "fail", "what becomes of a key or row that is there already: skip, replace or fail")
	keyFilterFlags(cmd, &o.filter)
	f.BoolVar(&o.filter.NoFunctions, "no-functions", false, "leave out libraries of functions")
	o.tables.flags(f)
	f.BoolVar(&o.dryRun, "dry-run", false, "tell what would happen, and change nothing")
	f.BoolVar(&o.json, "json", false, "what was imported as JSON")
	// Only fail for flags that do not exist.
	_ = cmd.RegisterFlagCompletionFunc("table", completeTables)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formNames, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("on-conflict", cobra.FixedCompletions([]string{"skip", "replace", "fail"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// use is of the directory.
func (o *importOptions) use() use {
	if o.dryRun {
		return works
	}
	return creates
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// check completes the options.
func (o *importOptions) check(cmd *cobra.Command) (err error) {
	if !slices.Contains([]string{"skip", "replace", "fail"}, o.onConflict) {
		return fmt.Errorf("bad --on-conflict %q: use skip, replace or fail", o.onConflict)
	}
	if o.format != "" && !slices.Contains(formNames, o.format) {
		return fmt.Errorf("bad --format %q: use rdb, resp, sql, csv, parquet or jsonl", o.format)
	}
	if err := o.checkForms(cmd); err != nil {
		return err
	}
	o.files, err = appendOnlyParts(o.files)
	return err
}

// importResult is what --json prints.
type importResult struct {
	File   string `json:"file"`
	DryRun bool   `json:"dry_run,omitempty"`
	transfer.LoadStats
}

func runImport(ctx context.Context, o *importOptions, d *directory) error {
	for _, path := range o.files {
		if err := o.importFile(ctx, d, path); err != nil {
			return err
		}
	}
	return nil
}

// importFile reads one file, of keys or of tables.
func (o *importOptions) importFile(ctx context.Context, d *directory, path string) (err error) {
	in, err := openFile(path, &o.streams)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	form, err := o.formOf(path, in)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing of it was imported", path, err)
	}
	if o.ofTables(form) {
		return o.importTables(ctx, d, path, in, form)
	}
	started := time.Now()
	if stats, taken, err := o.loadWhole(ctx, d, path, form, in); err != nil {
		return fmt.Errorf("%s: %w; nothing of it was imported", path, err)
	} else if taken {
		return o.report(path, &stats, time.Since(started))
	}
	if o.onConflict == "fail" && path != "-" && !o.dryRun {
		if err := o.foresee(ctx, d, path, transfer.Form(form)); err != nil {
			return err
		}
	}
	stats, err := o.load(ctx, d, in, transfer.Form(form), o.dryRun)
	if err != nil {
		return fmt.Errorf("%s: %w; %s of it were imported before", path, err, keysText(&stats.Stats))
	}
	return o.report(path, &stats, time.Since(started))
}

// foresee is an error if a file of keys is not whole, or has keys that are there.
func (o *importOptions) foresee(ctx context.Context, d *directory, path string, form transfer.Form) (err error) {
	in, err := openFile(path, &o.streams)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	stats, err := o.load(ctx, d, in, form, true)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing of it was imported", path, err)
	}
	if stats.Conflicts > 0 {
		return fmt.Errorf("%s: %d of its %s are there already, the first is %s; nothing of it was imported: use --on-conflict skip or replace",
			path, stats.Conflicts, count(stats.Keys+stats.Conflicts, "key"), stats.FirstConflict)
	}
	return nil
}

func (o *importOptions) report(path string, s *transfer.LoadStats, took time.Duration) error {
	if o.json {
		return writeJSON(o.streams.Out, importResult{path, o.dryRun, *s})
	}
	verb := "imported"
	if o.dryRun {
		verb = "would be imported"
	}
	text := keysText(&s.Stats)
	if s.Commands > 0 {
		text = count(s.Commands, "command")
	}
	text = fmt.Sprintf("%s: %s %s in %s", path, text, verb, roundTime(took))
	for _, other := range []struct {
		n    int64
		what string
	}{{s.Conflicts, "there already"}, {s.Expired, "expired"}, {s.Empty, "empty"}, {s.Modules, "of modules, left out"}} {
		if other.n > 0 {
			text += fmt.Sprintf(", %d %s", other.n, other.what)
		}
	}
	_, err := fmt.Fprintln(o.streams.Err, text)
	return err
}

// load reads a file of keys.
func (o *importOptions) load(ctx context.Context, d *directory, in *inFile, form transfer.Form, dry bool) (s transfer.LoadStats, err error) {
	conn, err := d.Connect(ctx, admin.RedisProtocol)
	if err != nil {
		return s, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	return transfer.Load(in, conn, transfer.LoadOptions{
		Options:    transfer.Options{Now: time.Now().UnixMilli(), Chooses: chooser(&o.filter), NoFunctions: o.filter.NoFunctions},
		Form:       form,
		OnConflict: transfer.OnConflict(o.onConflict), DryRun: dry,
	})
}

// chooser is a filter as package transfer has it.
func chooser(f *admin.KeyFilter) func(db int, key []byte, kind rdb.Kind) bool {
	if len(f.Databases)+len(f.Match)+len(f.Types) == 0 {
		return nil
	}
	return func(db int, key []byte, kind rdb.Kind) bool {
		return (len(f.Databases) == 0 || slices.Contains(f.Databases, db)) &&
			(len(f.Types) == 0 || slices.Contains(f.Types, kind.String())) &&
			(len(f.Match) == 0 || slices.ContainsFunc(f.Match, func(pattern string) bool { return glob.Match([]byte(pattern), key) }))
	}
}

// appendOnlyParts replaces the directory of an append-only file by the files that its
// manifest names.
func appendOnlyParts(paths []string) (files []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			manifests, _ := filepath.Glob(filepath.Join(path, "*.manifest")) // the pattern is right
			if len(manifests) != 1 {
				return nil, noAppendOnly(path, len(manifests))
			}
			parts, err := readManifest(manifests[0])
			if err != nil {
				return nil, err
			}
			files = append(files, parts...)
			continue
		}
		files = append(files, path)
	}
	return files, nil
}

// noAppendOnly says why the files of a directory are not read, and if it is one to import
// into, where that belongs.
func noAppendOnly(path string, manifests int) error {
	if _, err := datadir.Inspect(path); err == nil {
		return fmt.Errorf("%s is a data directory: to import into it name it before the files", path)
	}
	return fmt.Errorf("%s is a directory, and none of an append-only file: there are %d manifests in it", path, manifests)
}
