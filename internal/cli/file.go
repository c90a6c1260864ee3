package cli

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// outFile is a file that an export writes: it is there under its name once it is
// whole, or not at all.
type outFile struct {
	io.Writer
	closers []func() error // innermost last
	temp    *os.File       // nil: standard output
	path    string
}

// createFile opens path for writing, compressed if its name says so; "-" is standard
// output. Nothing is there under its name before commit.
func createFile(path string, stdout io.Writer) (*outFile, error) {
	f := &outFile{Writer: stdout, path: path}
	if path != "-" {
		var err error
		if f.temp, err = createTemp(path); err != nil {
			return nil, err
		}
		f.Writer = f.temp
	}
	switch {
	case strings.HasSuffix(path, ".gz"):
		w := gzip.NewWriter(f.Writer)
		f.Writer, f.closers = w, append(f.closers, w.Close)
	case strings.HasSuffix(path, ".zst"):
		w, err := zstd.NewWriter(f.Writer)
		if err != nil {
			return nil, errors.Join(err, f.abandon())
		}
		f.Writer, f.closers = w, append(f.closers, w.Close)
	}
	return f, nil
}

// createTemp makes the file that becomes path. What keeps it from being made is told of
// path: nobody knows the name that it has until then.
func createTemp(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory: give the name of a file", path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	var failed *fs.PathError
	if errors.As(err, &failed) {
		failed.Path = path
	}
	return temp, err
}

// commit ends the file and gives it its name, or removes it if err says that it is
// not whole.
func (f *outFile) commit(err error) error {
	for _, closer := range f.closers {
		err = errors.Join(err, closer())
	}
	if f.temp == nil {
		return err
	}
	if err == nil {
		err = f.temp.Sync()
	}
	if err == nil {
		err = f.temp.Chmod(0o644)
	}
	if err != nil {
		return errors.Join(err, f.abandon())
	}
	if err := f.temp.Close(); err != nil {
		return err
	}
	return os.Rename(f.temp.Name(), f.path)
}

func (f *outFile) abandon() error {
	if f.temp == nil {
		return nil
	}
	return errors.Join(f.temp.Close(), os.Remove(f.temp.Name()))
}

// inFile is a file that an import reads.
type inFile struct {
	*bufio.Reader
	closers []func() error
	whole   *passing // its file, if that can be read in any place and is not compressed
}

// openFile opens path for reading, shows at a terminal how much of it was read, and decompresses what is compressed, whatever its
// name; "-" is standard input.
func openFile(path string, s *Streams) (*inFile, error) {
	from := &passing{in: s.In, bar: newBar(s, bytesOfBar), label: path}
	f := &inFile{Reader: bufio.NewReaderSize(from, 64<<10), closers: []func() error{func() error { from.bar.stop(); return nil }}}
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		if info, err := file.Stat(); err == nil {
			from.total = info.Size()
			if info.Mode().IsRegular() {
				from.at, f.whole = file, from
			}
		}
		from.in, f.closers = file, append(f.closers, file.Close)
	}
	magic, err := f.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.close())
	}
	switch {
	case len(magic) >= 2 && string(magic[:2]) == "\x1f\x8b":
		r, err := gzip.NewReader(f.Reader)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.close())
		}
		f.Reader, f.whole = bufio.NewReaderSize(r, 64<<10), nil
	case string(magic) == "\x28\xb5\x2f\xfd":
		r, err := zstd.NewReader(f.Reader)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.close())
		}
		f.whole = nil
		f.Reader, f.closers = bufio.NewReaderSize(r, 64<<10), append(f.closers, func() error { r.Close(); return nil })
	}
	return f, nil
}

// seekable is the file for those who read it in any order, and its size. What is
// compressed or comes through a pipe goes to a temporary file first.
func (f *inFile) seekable() (io.ReaderAt, int64, error) {
	if f.whole != nil {
		f.whole.done = 0
		return f.whole, f.whole.total, nil
	}
	temp, err := os.CreateTemp("", "orbit-import-*")
	if err != nil {
		return nil, 0, err
	}
	f.closers = append(f.closers, func() error { return errors.Join(temp.Close(), os.Remove(temp.Name())) })
	size, err := io.Copy(temp, f.Reader)
	if err != nil {
		return nil, 0, unread(err)
	}
	return temp, size, nil
}

// unread says why a file cannot be read, in words.
func unread(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is cut short: %w", err)
	}
	return fmt.Errorf("the file cannot be read: %w", err)
}

func (f *inFile) close() error {
	var errs []error
	for i := len(f.closers) - 1; i >= 0; i-- {
		errs = append(errs, f.closers[i]())
	}
	return errors.Join(errs...)
}

// plainName is a file's name without what says that it is compressed.
func plainName(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".zst")
}
