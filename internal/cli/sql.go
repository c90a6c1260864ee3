package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin/session"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/postgres/dump"
)

// sqlOptions are what `orbit sql` works with.
type sqlOptions struct {
	streams  Streams
	config   *config.Config
	database string
	role     string
	format   string
	json     bool
	query    string
}

// rowFormats are the forms in which rows are printed.
var rowFormats = []string{"table", "json", "jsonl", "csv"}

func newSQL(streams Streams) *cobra.Command {
	o := &sqlOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "sql [QUERY]",
		Short: "Run a query, or open a prompt",
		Long: `Runs one or more SQL statements on the tables of a data directory, and prints their
rows; without them, opens a prompt, or reads statements from standard input. If a
server holds the directory it answers, over the socket in it, and no password is
needed; else the directory is opened for as long as it takes.

Statements given together are one transaction, unless they say otherwise. Fails with
exit code 1 when one of them fails.`,
		Example: `orbit sql 'select * from orders limit 10'
orbit sql --format csv 'table orders' > orders.csv
orbit sql --json 'select 1 as one'

# A prompt
orbit sql

# A file of statements
orbit sql --data-dir /var/lib/orbit < schema.sql`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.config, err = config.Load(cmd.Flags()); err != nil {
				return usageError{err}
			}
			if len(args) > 0 {
				o.query = args[0]
			}
			if o.json {
				o.format = "json"
			}
			if dump.NewRowWriter(o.format, io.Discard) == nil {
				return usageError{fmt.Errorf("bad --format %q: use table, json, jsonl or csv", o.format)}
			}
			return withDirectory(cmd.Context(), streams, o.config, works, func(d *directory) error { return runSQL(cmd.Context(), o, d) })
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().StringVarP(&o.database, "database", "d", "postgres", "database")
	cmd.Flags().StringVarP(&o.role, "user", "U", "", "role; the directory's superuser when empty")
	cmd.Flags().StringVar(&o.format, "format", "table", "how to print rows: table, json, jsonl or csv")
	cmd.Flags().BoolVar(&o.json, "json", false, "as --format json")
	cmd.MarkFlagsMutuallyExclusive("format", "json")
	// Only fails for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(rowFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func runSQL(ctx context.Context, o *sqlOptions, d *directory) (err error) {
	s, err := openSQLSession(ctx, o, d)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.conn.Close(context.WithoutCancel(ctx))) }()
	switch {
	case o.query != "":
		return s.run(ctx, o.query)
	case o.streams.InTerminal && o.streams.OutTerminal:
		return s.prompt(ctx)
	default:
		text, err := io.ReadAll(o.streams.In)
		if err != nil {
			return err
		}
		return s.run(ctx, string(text))
	}
}

// sqlSession is a connection and where its rows go.
type sqlSession struct {
	o    *sqlOptions
	conn *pgconn.PgConn
}

func openSQLSession(ctx context.Context, o *sqlOptions, d *directory) (*sqlSession, error) {
	conn, err := connectSQL(ctx, d, o.role, o.database, func(n *pgconn.Notice) {
		_, _ = fmt.Fprintf(o.streams.Err, "%s: %s\n", n.Severity, n.Message)
	})
	if err != nil {
		return nil, err
	}
	return &sqlSession{o, conn}, nil
}

// connectSQL opens a connection as a role, the directory's superuser when "".
func connectSQL(ctx context.Context, d *directory, role, database string, notice func(*pgconn.Notice)) (*pgconn.PgConn, error) {
	return session.SQL(ctx, d.Client, session.SQLOptions{Role: role, Database: database, Application: "orbit sql", Notice: notice})
}

// run runs statements and prints what they give.
func (s *sqlSession) run(ctx context.Context, text string) error {
	results := s.conn.Exec(ctx, text)
	for results.NextResult() {
		if err := s.result(results.ResultReader()); err != nil {
			return errors.Join(err, results.Close())
		}
	}
	return sqlError(results.Close(), text)
}

func (s *sqlSession) result(rows *pgconn.ResultReader) error {
	fields := rows.FieldDescriptions()
	if len(fields) == 0 {
		tag, err := rows.Close()
		if err == nil && s.o.format == "table" {
			_, err = fmt.Fprintln(s.o.streams.Out, tag.String())
		}
		return err
	}
	out := bufio.NewWriterSize(s.o.streams.Out, 64<<10)
	w := dump.NewRowWriter(s.o.format, out)
	err := w.Begin(fields)
	for err == nil && rows.NextRow() {
		err = w.Row(rows.Values())
	}
	if _, failed := rows.Close(); err == nil {
		err = failed
	}
	if err == nil {
		err = w.End()
	}
	return errors.Join(err, out.Flush())
}

// sqlError is a server's error as psql words it, with the line that it is about.
func sqlError(err error, text string) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	message := fmt.Sprintf("%s: %s (SQLSTATE %s)", e.Severity, e.Message, e.Code)
	if e.Position > 0 && text != "" {
		message += position(text, int(e.Position))
	}
	if e.Detail != "" {
		message += "\nDETAIL: " + e.Detail
	}
	if e.Hint != "" {
		message += "\nHINT: " + e.Hint
	}
	return errors.New(message)
}

// position shows the line with the character at a position that counts from 1.
func position(text string, at int) string {
	runes := []rune(text)
	line := 1 + strings.Count(string(runes[:min(at-1, len(runes))]), "\n")
	label := fmt.Sprintf("LINE %d: ", line)
	shown, mark := lineAt(text, at)
	return fmt.Sprintf("\n%s%s\n%*s%s", label, shown, len(label), "", mark)
}

// shownLine is how much of a line is shown before and behind an error.
const shownLine = 100

// lineAt is the line with the character at a position that counts from 1, a part of it
// if it is long, and a second line that points at the character.
func lineAt(text string, at int) (line, mark string) {
	runes := []rune(text)
	at = min(at-1, len(runes))
	from := at
	for from > 0 && runes[from-1] != '\n' && at-from < shownLine {
		from--
	}
	to := at
	for to < len(runes) && runes[to] != '\n' && to-at < shownLine {
		to++
	}
	return strings.TrimRight(string(runes[from:to]), "\r"), strings.Repeat(" ", at-from) + "^"
}
