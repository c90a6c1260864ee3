package dump

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxStatement is the longest statement that a server takes.
const maxStatement = 64 << 20

// statement is one of a script, from its first word to its semicolon.
type statement struct {
	text string
	line int
	meta bool // a line that begins with a backslash, psql's own
}

// script reads the statements of a file.
type script struct {
	in   *bufio.Reader
	read int    // lines
	rest []byte // of the line that was read last
	buf  []byte
}

func newScript(r io.Reader) *script { return &script{in: bufio.NewReaderSize(r, 64<<10)} }

// next gives the next statement, io.EOF at the end of the file.
func (s *script) next() (statement, error) {
	var lex lexer
	var st statement
	s.buf = s.buf[:0]
	for {
		if len(s.rest) == 0 {
			if err := s.fill(); err != nil {
				return st, s.ended(&lex, &st, err)
			}
			if line := bytes.TrimRight(s.rest, "\r\n"); !lex.started && lex.inside == 0 && len(line) > 0 && line[0] == '\\' {
				st = statement{string(line), s.read, true}
				s.rest = nil
				return st, nil
			}
		}
		started := lex.started
		end := lex.line(s.rest, 0)
		line := s.rest
		if end >= 0 {
			line = s.rest[:end]
		}
		s.rest = s.rest[len(line):]
		if !started && lex.started {
			st.line, line = s.read, line[lex.first:]
		}
		if lex.started {
			if s.buf = append(s.buf, line...); len(s.buf) > maxStatement {
				return st, fmt.Errorf("line %d: the statement is longer than %d MiB", st.line, maxStatement>>20)
			}
		}
		if end >= 0 {
			if lex.started {
				st.text = string(s.buf)
				return st, nil
			}
			lex.next()
		}
	}
}

// fill reads a line.
func (s *script) fill() error {
	line, err := readLine(s.in, maxStatement)
	if len(line) == 0 {
		return err
	}
	if s.read++; s.read == 1 {
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	s.rest = line
	return nil
}

// ended is what the end of the file means in the middle of a statement. One without
// a semicolon may have lost its WHERE: it is not run.
func (s *script) ended(lex *lexer, st *statement, err error) error {
	switch {
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("line %d: %w", s.read+1, err)
	case lex.started:
		return fmt.Errorf("line %d: the file ends in the middle of the statement that begins here: %w", st.line, io.ErrUnexpectedEOF)
	case lex.inside == '*':
		return fmt.Errorf("line %d: the file ends in a comment: %w", s.read, io.ErrUnexpectedEOF)
	}
	return io.EOF
}

// data gives the lines that follow a COPY … FROM stdin, up to the one that ends them.
func (s *script) data() *copyData {
	s.rest = nil
	return &copyData{s: s, began: s.read}
}

// copyData reads the data of a COPY.
type copyData struct {
	s     *script
	began int // the lines before it
	rest  []byte
	cont  bool // rest goes on with a line that began before
	err   error
}

func (d *copyData) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(d.rest) == 0 {
			if n > 0 && d.s.in.Buffered() == 0 {
				return n, nil
			}
			if d.err == nil {
				d.fill()
			}
			if d.err != nil {
				break
			}
		}
		c := copy(p[n:], d.rest)
		d.rest = d.rest[c:]
		n += c
	}
	if n > 0 {
		return n, nil
	}
	return 0, d.err
}

// fill reads a line or a part of a long one. What it gives is valid until the next.
func (d *copyData) fill() {
	line, err := d.s.in.ReadSlice('\n')
	whole := !errors.Is(err, bufio.ErrBufferFull)
	switch {
	case !d.cont && isEnd(line):
		d.err = io.EOF
	case errors.Is(err, io.EOF):
		d.err = fmt.Errorf(`line %d: the file ends in the data of the COPY before line %d: %w`, d.s.read, d.began+1, io.ErrUnexpectedEOF)
	case whole && err != nil:
		d.err = fmt.Errorf("line %d: %w", d.s.read+1, err)
	default:
		d.rest = line
	}
	if whole {
		d.s.read++
	}
	d.cont = !whole
}

func isEnd(line []byte) bool {
	return len(line) >= 2 && line[0] == '\\' && line[1] == '.' && strings.TrimRight(string(line[2:]), "\r\n") == ""
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// readLine reads a line with its newline; the last may have none. It is valid until
// the next read.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		if len(line) > 0 && errors.Is(err, io.EOF) {
			err = nil
		}
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(long) > most {
			return nil, fmt.Errorf("the line is longer than %d MiB", most>>20)
		}
		line, err = in.ReadSlice('\n')
		long = append(long, line...)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return long, err
}
