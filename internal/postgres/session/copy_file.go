package session

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// copySink takes the data of COPY TO: the client or a file.
type copySink interface {
	begin(columns int, binary bool)
	write(p []byte) error
	// end is after all data, abort after an error.
	end() error
	abort()
}

// clientSink is COPY TO STDOUT.
type clientSink struct{ c Client }

func (t clientSink) begin(columns int, binary bool) { t.c.CopyOut(columns, binary) }
func (t clientSink) write(p []byte) error           { return t.c.CopyData(p) }
func (t clientSink) end() error                     { t.c.CopyDone(); return nil }
func (t clientSink) abort()                         {}

// fileSink is COPY TO a file. As PostgreSQL does, it leaves what was written before an
// error.
type fileSink struct {
	f *os.File
	w *bufio.Writer
}

func (t *fileSink) begin(int, bool) {}

func (t *fileSink) write(p []byte) error {
	if _, err := t.w.Write(p); err != nil {
		return pgerr.New(pgerr.IOError, "could not write to COPY file: %v", cause(err))
	}
	return nil
}

func (t *fileSink) end() error {
	if err := errors.Join(t.w.Flush(), t.f.Close()); err != nil {
		return pgerr.New(pgerr.IOError, "could not close file %q: %v", t.f.Name(), cause(err))
	}
	return nil
}

func (t *fileSink) abort() { _ = errors.Join(t.w.Flush(), t.f.Close()) }

// mayCopyFiles checks that the server lets this session at its files. Its
// configuration must say so, for a server without passwords would give its user's
// files to everybody on the machine.
func (s *Session) mayCopyFiles(from bool) error {
	what, role := "to a file", "pg_write_server_files"
	if from {
		what, role = "from a file", "pg_read_server_files"
	}
	if !s.user.Superuser {
		return pgerr.New(pgerr.InsufficientPrivilege, "must be superuser or have privileges of the %s role to COPY %s", role, what).
			WithHint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.")
	}
	if !s.m.o.ServerFiles {
		return pgerr.New(pgerr.InsufficientPrivilege, "this server does not COPY %s", what).
			WithHint("Use COPY FROM STDIN or COPY TO STDOUT, or psql's \\copy, or start orbit with --postgres-server-files.")
	}
	return nil
}

// copySink opens where the data goes.
func (s *Session) copySink(o *copyOptions) (copySink, error) {
	if o.file == "" {
		return clientSink{s.client}, nil
	}
	if !filepath.IsAbs(o.file) {
		return nil, pgerr.New(pgerr.InvalidName, "relative path not allowed for COPY to file")
	}
	f, err := os.OpenFile(o.file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fileError(err, o.file, "writing", "COPY TO instructs the PostgreSQL server process to write a file. You may want a client-side facility such as psql's \\copy.")
	}
	if err := regular(f); err != nil {
		return nil, err
	}
	return &fileSink{f: f, w: bufio.NewWriterSize(f, 64<<10)}, nil
}

// copySource opens where the data comes from; done is to be called after it.
func (s *Session) copySource(o *copyOptions, columns int) (src io.Reader, done func(), err error) {
	if o.file == "" {
		src, err = s.client.CopyIn(columns, o.binary)
		return src, func() {}, err
	}
	f, err := os.Open(o.file)
	if err != nil {
		return nil, nil, fileError(err, o.file, "reading", "COPY FROM instructs the PostgreSQL server process to read a file. You may want a client-side facility such as psql's \\copy.")
	}
	if err := regular(f); err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil
}

// regular refuses, and closes, what is no file: a directory, or a device or pipe, on
// which a session could wait beyond its cancellation.
func regular(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		err = pgerr.New(pgerr.IOError, "could not stat file %q: %v", f.Name(), cause(err))
	case info.IsDir():
		err = pgerr.New(pgerr.WrongObjectType, "%q is a directory", f.Name())
	case !info.Mode().IsRegular():
		err = pgerr.New(pgerr.WrongObjectType, "%q is not a regular file", f.Name())
	default:
		return nil
	}
	_ = f.Close()
	return err
}

func fileError(err error, name, purpose, hint string) error {
	code := pgerr.IOError
	switch {
	case errors.Is(err, os.ErrNotExist):
		code = pgerr.UndefinedFile
	case errors.Is(err, os.ErrPermission):
		code = pgerr.InsufficientPrivilege
	}
	return pgerr.New(code, "could not open file %q for %s: %s", name, purpose, cause(err)).WithHint("%s", hint)
}

// cause is the system's word on an error, in strerror's spelling.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			break
		}
		err = inner
	}
	text := err.Error()
	if text != "" {
		text = string(text[0]&^0x20) + text[1:]
	}
	return text
}
