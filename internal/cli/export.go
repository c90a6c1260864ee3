package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/transfer"
)

// exportOptions are what `orbit export` works with.
type exportOptions struct {
	streams Streams
	config  *config.Config
	output  string
	format  string
	filter  admin.KeyFilter
	tables  tableSelection
}

// exportFormats are the forms of an export, by the ends of names that stand for them.
var exportFormats = map[string]string{".rdb": "rdb", ".resp": "resp", ".aof": "resp", ".jsonl": "jsonl", ".ndjson": "jsonl", ".sql": "sql", ".csv": "csv", ".parquet": "parquet"}

// formNames are the forms of exports and imports.
var formNames = []string{"rdb", "resp", "sql", "csv", "parquet", "jsonl"}

func newExport(streams Streams) *cobra.Command {
	o := &exportOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "export [DIR] -o FILE",
		Short: "Write keys or tables of a data directory, or all of it, into a file",
		Long: `Writes the keys or the tables of a data directory, as they are at one moment, into a file
that other servers and tools read; from the server that holds the directory, or from the
directory itself. The file is there once it is whole, or not at all.

Forms, told by the file's name or by --format:

  rdb      keys: an RDB file, which redis-server 7 loads
  resp     keys: commands, for redis-cli --pipe
  sql      tables: definitions and rows, for orbit import, psql and PostgreSQL 15
  csv      rows of one table or query, with a line of names
  parquet  rows of one table or query in typed columns, for DuckDB, Spark, pandas and
           others. Arrays are lists, a numeric whose precision is at most 38 a decimal;
           one without a precision and each type that Parquet has not are text. What
           its types cannot hold, as infinity in a date, is an error that names the row
  jsonl    a line of JSON for each row of a --table or --query, else for each key
           (docs/CLI_JSON_OUTPUT.md)

sql holds the whole database unless --table is given, with what a table's sequences are
at; owners and privileges are left out. Generated columns are left out of rows.

A name that ends in .tar, .tar.gz or .tar.zst has the whole directory written, of both
protocols, as by orbit backup.

Any other that ends in .gz or .zst has the file compressed; - is standard output.`,
		Example: `orbit export -o dump.rdb
orbit export /var/lib/orbit -o users.jsonl.zst --match 'user:*'
orbit export /var/lib/orbit -o orbit.tar.zst
orbit export --format resp -o - | redis-cli -p 7000 --pipe

# Tables
orbit export -o database.sql.zst
orbit export --table orders --table public.customers -o shop.sql
orbit export --table orders -o orders.csv
orbit export --table orders -o orders.parquet
orbit export --query 'select * from orders where total > 100' -o big.jsonl.gz`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.config, err = config.Load(cmd.Flags()); err != nil {
				return usageError{err}
			}
			if len(args) > 0 {
				o.config.DataDir = args[0]
			}
			if o.ofArchive() {
				return exportArchive(cmd, o)
			}
			if err := o.check(cmd); err != nil {
				return callError{usageError{err}, cmd.CommandPath()}
			}
			run := runExport
			if o.ofTables() {
				run = runExportTables
			}
			return withDirectory(cmd.Context(), streams, o.config, passes, func(d *directory) error { return run(cmd.Context(), o, d) })
		},
	}
	config.Flags(cmd.Flags())
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "", "file to write; - is standard output")
	f.StringVar(&o.format, "format", "", "rdb, resp, sql, csv, parquet or jsonl; told by the file's name when empty")
	keyFilterFlags(cmd, &o.filter)
	f.BoolVar(&o.filter.NoFunctions, "no-functions", false, "leave out libraries of functions")
	o.tables.flags(f)
	// Only fail for flags that do not exist.
	_ = cmd.RegisterFlagCompletionFunc("table", completeTables)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formNames, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// check completes the options.
func (o *exportOptions) check(cmd *cobra.Command) error {
	if o.output == "" {
		return errors.New("where to? Give a file with -o, or -o - for standard output")
	}
	if o.format == "" {
		o.format = exportFormats[filepath.Ext(plainName(o.output))]
	}
	if o.ofTables() {
		return o.checkTables(cmd)
	}
	if err := refuseFlags(cmd, tableFlags, "is for tables, and this writes keys"); err != nil {
		return err
	}
	switch o.format {
	case "rdb":
		if o.output == "-" && o.streams.OutTerminal {
			return errors.New("an RDB file would spoil the terminal: give a file with -o, or use --format jsonl")
		}
	case "resp", "jsonl":
	case "":
		return fmt.Errorf("the name of %s does not tell its form: use --format rdb, resp, sql, csv, parquet or jsonl", o.output)
	default:
		return fmt.Errorf("bad --format %q: use rdb, resp, sql, csv, parquet or jsonl", o.format)
	}
	for _, t := range o.filter.Types {
		if !slices.Contains(keyTypes, t) {
			return fmt.Errorf("bad --type %q: use string, list, set, zset, hash or stream", t)
		}
	}
	return nil
}

func runExport(ctx context.Context, o *exportOptions, d *directory) (err error) {
	started := time.Now()
	out, err := createFile(o.output, o.streams.Out)
	if err != nil {
		return err
	}
	bar := o.newBar()
	stats, err := o.writeKeys(ctx, d, out, bar)
	bar.stop()
	if err := out.commit(err); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if o.output != "-" {
		_, _ = fmt.Fprintf(o.streams.Err, "%s written to %s in %s\n", keysText(&stats), o.output, roundTime(time.Since(started)))
	}
	return nil
}

// newBar is a bar that shows how much was written.
func (o *exportOptions) newBar() *bar {
	b := newBar(&o.streams, bytesOfBar)
	if o.output == "-" && o.streams.OutTerminal {
		b.screen = nil // it would stand between the lines
	}
	return b
}

// writeKeys writes the keys as an RDB file, or turns that into another form.
func (o *exportOptions) writeKeys(ctx context.Context, d *directory, out io.Writer, bar *bar) (s transfer.Stats, err error) {
	if o.format == "rdb" {
		saved, err := d.SaveRDB(ctx, &passing{out: out, bar: bar, label: o.output}, o.filter)
		return transfer.Stats{Keys: saved.Keys, Functions: saved.Functions}, err
	}
	in, err := d.RDB(ctx, o.filter)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var to interface {
		transfer.Sink
		Flush() error
	}
	if o.format == "resp" {
		to = transfer.NewCommands(out)
	} else {
		to = transfer.NewLines(out)
	}
	s, _, err = transfer.Walk(&passing{in: in, bar: bar, label: o.output}, to, transfer.Options{})
	return s, errors.Join(err, to.Flush())
}

// keysText is what was written or read, in words.
func keysText(s *transfer.Stats) string {
	parts := []string{count(s.Keys, "key")}
	if s.Functions > 0 {
		parts = append(parts, count(s.Functions, "function library"))
	}
	return strings.Join(parts, " and ")
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "rary"); ok {
		return fmt.Sprintf("%d %sraries", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func roundTime(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}
