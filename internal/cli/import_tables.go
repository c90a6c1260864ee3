package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/dump"
)

// tablesResult is what --json prints of a file of tables.
type tablesResult struct {
	File   string `json:"file"`
	DryRun bool   `json:"dry_run,omitempty"`
	dump.Loaded
}

// importTables reads a file of tables.
func (o *importOptions) importTables(ctx context.Context, d *directory, path string, in *inFile, form string) (err error) {
	conn, err := connectSQL(ctx, d, "", o.tables.database, func(n *pgconn.Notice) {
		_, _ = fmt.Fprintf(o.streams.Err, "%s: %s\n", n.Severity, n.Message)
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	started := time.Now()
	rows := dump.RowsOptions{Table: o.tables.table, JSON: form == "jsonl", NoHeader: o.tables.noHeader, OnConflict: o.onConflict, DryRun: o.dryRun}
	var done dump.Loaded
	switch form {
	case "sql":
		done, err = dump.LoadScript(ctx, conn, in, dump.ScriptOptions{NoTransaction: o.tables.noTransaction, DryRun: o.dryRun})
	case "parquet":
		var at io.ReaderAt
		var size int64
		if at, size, err = in.seekable(); err == nil {
			done, err = dump.LoadParquet(ctx, conn, at, size, rows)
		}
	default:
		done, err = dump.LoadRows(ctx, conn, in, rows)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, scriptError(err))
	}
	return o.reportTables(path, done, time.Since(started))
}

// scriptError words an error with the line of the file that it is about.
func scriptError(err error) error {
	if row, ok := errors.AsType[*dump.RowError](err); ok {
		return fmt.Errorf("row %d: %w", row.Row, sqlError(row.Err, ""))
	}
	var at *dump.LineError
	if !errors.As(err, &at) {
		return sqlError(err, "")
	}
	told := fmt.Errorf("line %d: %w", at.Line, sqlError(at.Err, ""))
	var e *pgconn.PgError
	if errors.As(at.Err, &e) && e.Position > 0 {
		text, mark := lineAt(at.Statement, int(e.Position))
		told = fmt.Errorf("%w\n%s\n%s", told, text, mark)
	}
	return told
}

func (o *importOptions) reportTables(path string, done dump.Loaded, took time.Duration) error {
	if o.json {
		return writeJSON(o.streams.Out, tablesResult{path, o.dryRun, done})
	}
	verb := "imported"
	if o.dryRun {
		verb = "would be imported"
	}
	text := count(done.Rows, "row")
	if done.Statements > 0 {
		text = count(done.Statements, "statement") + " and " + text
	}
	text = fmt.Sprintf("%s: %s %s in %s", path, text, verb, roundTime(took))
	if done.Skipped > 0 {
		text += fmt.Sprintf(", %d there already", done.Skipped)
	}
	_, err := fmt.Fprintln(o.streams.Err, text)
	return err
}
