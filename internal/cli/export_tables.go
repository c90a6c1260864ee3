package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/postgres/dump"
)

// tableSelection is what `orbit export` writes of tables.
type tableSelection struct {
	database   string
	tables     []string
	query      string
	all        bool
	schemaOnly bool
	dataOnly   bool
}

func (t *tableSelection) flags(f *pflag.FlagSet) {
	f.StringVarP(&t.database, "database", "d", "postgres", "database of the tables")
	f.StringArrayVarP(&t.tables, "table", "t", nil, "write this table, view or sequence; may be given again for the sql form")
	f.StringVarP(&t.query, "query", "q", "", "write the rows of this query")
	f.BoolVar(&t.all, "all-tables", false, "write all tables, views and sequences of the database")
	f.BoolVar(&t.schemaOnly, "schema-only", false, "no rows")
	f.BoolVar(&t.dataOnly, "data-only", false, "nothing but rows and where sequences are")
}

// Flags that mean something for keys, or for tables, only.
var (
	keyFlags   = []string{"db", "match", "type", "no-functions"}
	tableFlags = []string{"database", "table", "query", "all-tables", "schema-only", "data-only", "no-header", "no-transaction"}
)

// refuseFlags is an error if one of the flags was given.
func refuseFlags(cmd *cobra.Command, names []string, why string) error {
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s %s", name, why)
		}
	}
	return nil
}

// ofTables tells whether tables are to be written, and not keys.
func (o *exportOptions) ofTables() bool {
	t := &o.tables
	return o.format == "sql" || o.format == "csv" || o.format == "parquet" || len(t.tables) > 0 || t.query != "" || t.all || t.schemaOnly || t.dataOnly
}

// checkTables completes the options for tables.
func (o *exportOptions) checkTables(cmd *cobra.Command) error {
	t := &o.tables
	if err := refuseFlags(cmd, keyFlags, "chooses keys, and this writes tables"); err != nil {
		return err
	}
	chosen := 0
	for _, given := range []bool{len(t.tables) > 0, t.query != "", t.all} {
		if given {
			chosen++
		}
	}
	switch {
	case chosen > 1:
		return errors.New("--table, --query and --all-tables exclude each other")
	case t.schemaOnly && t.dataOnly:
		return errors.New("--schema-only and --data-only exclude each other")
	case o.format == "sql" && t.query != "":
		return errors.New("a query has no definition that sql could hold: use --format csv, parquet or jsonl")
	case o.format == "sql":
		return nil
	case o.format == "rdb" || o.format == "resp":
		return fmt.Errorf("%s holds keys, not tables: use --format sql, csv, parquet or jsonl", o.format)
	case o.format != "" && o.format != "csv" && o.format != "parquet" && o.format != "jsonl":
		return fmt.Errorf("bad --format %q: use rdb, resp, sql, csv, parquet or jsonl", o.format)
	case o.format == "":
		return fmt.Errorf("the name of %s does not tell its form: use --format sql, csv, parquet or jsonl", o.output)
	case t.schemaOnly || t.dataOnly:
		return fmt.Errorf("%s holds rows only: --schema-only and --data-only are for sql", o.format)
	case t.all || len(t.tables) > 1:
		return fmt.Errorf("%s holds the rows of one table: write a file for each, or use --format sql", o.format)
	case chosen == 0:
		return errors.New("rows of what? Give --table or --query")
	case o.format == "parquet" && o.output == "-" && o.streams.OutTerminal:
		return errors.New("a Parquet file would spoil the terminal: give a file with -o, or use --format csv or jsonl")
	}
	return nil
}

func runExportTables(ctx context.Context, o *exportOptions, d *directory) (err error) {
	started := time.Now()
	conn, err := connectSQL(ctx, d, "", o.tables.database, func(*pgconn.Notice) {})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	out, err := createFile(o.output, o.streams.Out)
	if err != nil {
		return err
	}
	bar := o.newBar()
	stats, err := o.writeTables(ctx, conn, &passing{out: out, bar: bar, label: o.output})
	bar.stop()
	if err := out.commit(sqlError(err, o.tables.query)); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if o.output != "-" {
		text := count(stats.Rows, "row")
		if o.format == "sql" {
			text += " of " + count(stats.Tables, "table")
		}
		_, _ = fmt.Fprintf(o.streams.Err, "%s written to %s in %s\n", text, o.output, roundTime(time.Since(started)))
	}
	return nil
}

func (o *exportOptions) writeTables(ctx context.Context, conn *pgconn.PgConn, out io.Writer) (stats dump.Stats, err error) {
	t := &o.tables
	if o.format == "sql" {
		return dump.Dump(ctx, conn, out, dump.Options{Tables: t.tables, SchemaOnly: t.schemaOnly, DataOnly: t.dataOnly})
	}
	if err := dump.Begin(ctx, conn); err != nil {
		return stats, err
	}
	rows := strings.TrimRight(t.query, "; \t\r\n")
	if rows == "" {
		if rows, err = dump.Rows(ctx, conn, t.tables[0]); err != nil {
			return stats, err
		}
	}
	switch o.format {
	case "csv":
		stats.Rows, err = dump.WriteCSV(ctx, conn, out, rows)
	case "parquet":
		stats.Rows, err = dump.WriteParquet(ctx, conn, out, rows)
	default:
		stats.Rows, err = dump.WriteJSONLines(ctx, conn, out, rows)
	}
	return stats, err
}
