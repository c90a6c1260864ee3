package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// ScriptOptions say how a script is run.
type ScriptOptions struct {
	// NoTransaction runs each statement for itself. Else all are one transaction,
	// unless the script begins one itself before it does anything.
	NoTransaction bool
	// DryRun rolls the transaction back.
	DryRun bool
}

// Loaded is what a file held.
type Loaded struct {
	Statements int64 `json:"statements,omitempty"`
	Rows       int64 `json:"rows"`              // of COPY, or of the file
	Skipped    int64 `json:"skipped,omitempty"` // rows that were there already, and stay
}

// LineError is what went wrong at a line of a file.
type LineError struct {
	Line      int
	Statement string // "" if it is about data
	Err       error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }

// LoadScript runs the statements of a script, as psql and pg_dump's plain form write
// them. After an error nothing of it is left, unless each statement was its own.
func LoadScript(ctx context.Context, conn *pgconn.PgConn, in io.Reader, o ScriptOptions) (Loaded, error) {
	l := scriptLoader{ctx: ctx, conn: conn, script: newScript(in), own: o.NoTransaction, dry: o.DryRun}
	if !l.own {
		if err := run(ctx, conn, "BEGIN"); err != nil {
			return l.done, err
		}
	}
	if err := l.load(); err != nil {
		if conn.TxStatus() != 'I' && !conn.IsClosed() {
			err = errors.Join(err, run(ctx, conn, "ROLLBACK"))
		}
		return l.done, err
	}
	if l.own {
		if conn.TxStatus() != 'I' {
			return l.done, errors.Join(errors.New("the file ends in the middle of a transaction that it began"), run(ctx, conn, "ROLLBACK"))
		}
		return l.done, nil
	}
	return l.done, end(ctx, conn, o.DryRun)
}

// end ends the transaction.
func end(ctx context.Context, conn *pgconn.PgConn, dry bool) error {
	if dry {
		return run(ctx, conn, "ROLLBACK")
	}
	return run(ctx, conn, "COMMIT")
}

type scriptLoader struct {
	ctx    context.Context
	conn   *pgconn.PgConn
	script *script
	own    bool // transactions are the script's own
	dry    bool
	worked bool // something but settings ran
	fence  bool // \restrict was seen, and its end is not
	done   Loaded
}

func (l *scriptLoader) load() error {
	for {
		st, err := l.script.next()
		switch {
		case errors.Is(err, io.EOF) && l.fence:
			return fmt.Errorf("line %d: the file ends before its \\unrestrict: %w", l.script.read, io.ErrUnexpectedEOF)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case st.meta:
			err = l.meta(st)
		case copyIn.MatchString(st.text):
			err = l.copy(st)
		default:
			err = l.run(st)
		}
		if err != nil {
			return err
		}
	}
}

// meta is a line for psql. What pg_dump writes beside \connect needs nothing done.
func (l *scriptLoader) meta(st statement) error {
	word := strings.Fields(st.text)[0]
	switch word {
	case `\restrict`:
		l.fence = true
		return nil
	case `\unrestrict`:
		l.fence = false
		return nil
	case `\connect`, `\c`:
		return &LineError{st.line, "", fmt.Errorf("%s would leave the database: import the part of each one for itself, with --database", word)}
	}
	return &LineError{st.line, "", fmt.Errorf("%s is a command of psql, and no SQL: leave it out", word)}
}

var (
	// copyIn is a COPY whose data follows.
	copyIn = regexp.MustCompile(`(?is)^copy\s+(?:"(?:[^"]|"")*"|[^"'(;])+?(?:\((?:"(?:[^"]|"")*"|[^")])*\)\s*|\s)from\s+stdin\b`)
	// setting changes nothing in the database.
	setting = regexp.MustCompile(`(?is)^(?:set\b|select\s+(?:pg_catalog\.)?set_config\s*\()`)
	begins  = regexp.MustCompile(`(?is)^(?:begin|start\s+transaction)\b`)
	ends    = regexp.MustCompile(`(?is)^(?:(?:commit|end|abort)\b|rollback(?:\s+(?:work|transaction))?\s*(?:;|and\b))`)
	copyAny = regexp.MustCompile(`(?is)^copy\b`)
	// others are what belongs to the server that was dumped, and not to its tables.
	others = regexp.MustCompile(`(?is)^(?:grant\b|revoke\b|alter\s+default\s+privileges\b|alter\s.*\sowner\s+to\s)`)
)

// run runs a statement that is no COPY.
func (l *scriptLoader) run(st statement) error {
	switch {
	case begins.MatchString(st.text) && !l.own:
		switch {
		case l.dry:
			return &LineError{st.line, "", errors.New("the file has transactions of its own: a dry run could not take them back")}
		case l.worked:
			return &LineError{st.line, "", errors.New("a transaction begins inside that of the import: use --no-transaction")}
		}
		// What was set stays, and from here on the script's own transactions hold.
		l.own = true
		if err := run(l.ctx, l.conn, "COMMIT"); err != nil {
			return err
		}
	case ends.MatchString(st.text) && !l.own:
		return &LineError{st.line, "", errors.New("this would end the transaction of the import: use --no-transaction")}
	case copyAny.MatchString(st.text):
		return &LineError{st.line, "", errors.New("of COPY only FROM STDIN is for an import")}
	}
	l.worked = l.worked || !setting.MatchString(st.text)
	results := l.conn.Exec(l.ctx, st.text)
	for results.NextResult() {
		rows := results.ResultReader()
		_, _ = rows.Close() // what a script selects is read by nobody, and results has the error too
	}
	if err := results.Close(); err != nil {
		return l.failed(st, err)
	}
	l.done.Statements++
	return nil
}

// failed tells where a statement failed, and what may help.
func (l *scriptLoader) failed(st statement, err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	if e.Hint == "" && others.MatchString(st.text) {
		e.Hint = "pg_dump --no-owner --no-privileges writes a file without this."
	}
	line := st.line
	if e.Position > 0 {
		before := []rune(st.text)
		line += strings.Count(string(before[:min(int(e.Position)-1, len(before))]), "\n")
	}
	return &LineError{line, st.text, err}
}

// copy runs a COPY with the data that follows it.
func (l *scriptLoader) copy(st statement) error {
	l.worked = true
	data := l.script.data()
	tag, err := l.conn.CopyFrom(l.ctx, data, st.text)
	switch {
	case data.err != nil && !errors.Is(data.err, io.EOF):
		return data.err // the server's error says no more
	case err != nil:
		if line, ok := dataLine(err); ok {
			return &LineError{data.began + line, "", err}
		}
		return l.failed(st, err)
	}
	// A server that has seen enough may not have asked for the rest.
	if _, err := io.Copy(io.Discard, data); err != nil {
		return err
	}
	l.done.Statements++
	l.done.Rows += tag.RowsAffected()
	return nil
}

var copyLine = regexp.MustCompile(`(?m)^COPY .*, line (\d+)`)

// dataLine is the line of the data that a COPY failed at.
func dataLine(err error) (int, bool) {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return 0, false
	}
	found := copyLine.FindStringSubmatch(e.Where)
	if found == nil {
		return 0, false
	}
	line, err := strconv.Atoi(found[1])
	return line, err == nil
}
