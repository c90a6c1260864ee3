package session

import (
	"bytes"
	"errors"
	"io"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// maxCopyLine bounds one line of COPY data.
const maxCopyLine = 256 << 20

// copyReader cuts COPY data into lines and lines into fields.
type copyReader struct {
	src  io.Reader
	o    *copyOptions
	buf  []byte
	from int // buf[from:to] is not read yet
	to   int
	eof  bool
	line int
	// eol is the line ending that the first line had; the others must have it too.
	eol string

	fields [][]byte
	spans  []fieldSpan
	text   []byte // unescaped fields
	raw    []byte // the line as it came, nil before the first and after the last
}

// fieldSpan is a field in copyReader.text; the slices are made when text has
// stopped growing.
type fieldSpan struct {
	start, end int
	null       bool
	quoted     bool
}

func newCopyReader(src io.Reader, o *copyOptions) *copyReader {
	return &copyReader{src: src, o: o, buf: make([]byte, 64<<10)}
}

// fill reads more; it returns false at the end of the data.
func (r *copyReader) fill() (bool, error) {
	if r.eof {
		return false, nil
	}
	if r.from > 0 {
		r.to = copy(r.buf, r.buf[r.from:r.to])
		r.from = 0
	}
	if r.to == len(r.buf) {
		if len(r.buf) >= maxCopyLine {
			return false, pgerr.New(pgerr.ProgramLimitExceeded, "a line of the data is longer than %d bytes", maxCopyLine)
		}
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := r.src.Read(r.buf[r.to:])
	r.to += n
	if errors.Is(err, io.EOF) {
		r.eof = true
		return n > 0, nil
	}
	return n > 0, err
}

// next gives the fields of the next line, nil at the end. They are valid until
// the next call.
func (r *copyReader) next() ([][]byte, error) {
	line, ok, err := r.nextLine()
	r.raw = line
	if err != nil || !ok {
		return nil, err
	}
	r.spans, r.text = r.spans[:0], r.text[:0]
	if r.o.csv {
		err = r.splitCSV(line)
	} else {
		r.splitText(line)
	}
	if err != nil {
		return nil, err
	}
	r.fields = r.fields[:0]
	for _, s := range r.spans {
		if s.null {
			r.fields = append(r.fields, nil)
			continue
		}
		r.fields = append(r.fields, r.text[s.start:s.end:s.end])
	}
	return r.fields, nil
}

// nextLine gives the next line without its ending; ok is false at the end of the
// data or its end mark.
func (r *copyReader) nextLine() (line []byte, ok bool, err error) {
	at := 0 // searched so far, from r.from
	quoted := false
	for {
		data := r.buf[r.from:r.to]
		end, size, more := r.lineEnd(data, &at, &quoted)
		if more {
			got, err := r.fill()
			if err != nil {
				return nil, false, err
			}
			if got || !r.eof {
				continue
			}
			if data = r.buf[r.from:r.to]; len(data) == 0 {
				return nil, false, nil
			}
			if r.o.csv && quoted {
				return nil, false, pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
			}
			end, size = len(data), 0
			if end > 0 && data[end-1] == '\r' && r.eol == "\r\n" {
				end--
				size = 1
			}
		}
		r.line++
		if r.o.csv { // PostgreSQL counts lines, not rows
			newline := "\n"
			if r.eol != "" {
				newline = r.eol[:1]
			}
			r.line += bytes.Count(data[:end], []byte(newline))
		}
		r.from += end + size
		if string(data[:end]) == `\.` {
			r.eof, r.from, r.to = true, 0, 0
			if _, err := io.Copy(io.Discard, r.src); err != nil {
				return nil, false, err
			}
			return nil, false, nil
		}
		return data[:end], true, nil
	}
}

// lineEnd finds the end of the line that data begins with: its length and that
// of its ending. more asks for more data. at and quoted carry the search on.
func (r *copyReader) lineEnd(data []byte, at *int, quoted *bool) (end, size int, more bool) {
	i := *at
	for i < len(data) {
		if !r.o.csv {
			// Most bytes end no line: let bytes.IndexByte pass over them. A newline in
			// the data is escaped by a backslash before it.
			j := bytes.IndexAny(data[i:], "\n\r\\")
			if j < 0 {
				i = len(data)
				break
			}
			i += j
		}
		switch c := data[i]; {
		case r.o.csv && *quoted && c == r.o.escape && r.o.escape != r.o.quote:
			if i+1 == len(data) && !r.eof {
				*at = i
				return 0, 0, true
			}
			i++
			if i < len(data) && data[i] != r.o.quote && data[i] != r.o.escape {
				i--
			}
		case r.o.csv && c == r.o.quote:
			*quoted = !*quoted
		case c == '\\' && !r.o.csv:
			if i+1 == len(data) && !r.eof {
				*at = i
				return 0, 0, true
			}
			i++
		case c == '\n' && !*quoted:
			if r.eol == "" {
				r.eol = "\n"
			}
			return i, 1, false
		case c == '\r' && !*quoted && r.eol != "\n":
			if i+1 == len(data) && !r.eof {
				*at = i
				return 0, 0, true
			}
			if i+1 < len(data) && data[i+1] == '\n' {
				if r.eol == "" {
					r.eol = "\r\n"
				}
				return i, 2, false
			}
			if r.eol != "\r\n" {
				r.eol = "\r"
				return i, 1, false
			}
		}
		i++
	}
	*at = i
	return 0, 0, true
}

// splitText splits a line of the text format.
func (r *copyReader) splitText(line []byte) {
	o := r.o
	for from := 0; ; {
		end := from
		escaped := false
		for end < len(line) && line[end] != o.delimiter {
			if line[end] == '\\' {
				escaped = true
				end++
			}
			end++
		}
		end = min(end, len(line))
		raw := line[from:end]
		start := len(r.text)
		switch {
		case string(raw) == o.null:
			r.spans = append(r.spans, fieldSpan{null: true})
		case escaped:
			r.text = unescapeCopy(r.text, raw)
			r.spans = append(r.spans, fieldSpan{start: start, end: len(r.text)})
		default:
			r.text = append(r.text, raw...)
			r.spans = append(r.spans, fieldSpan{start: start, end: len(r.text)})
		}
		if end >= len(line) {
			return
		}
		from = end + 1
	}
}

// unescapeCopy appends a field with its backslash sequences resolved.
func unescapeCopy(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			dst = append(dst, c)
			continue
		}
		i++
		switch c = s[i]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'v':
			dst = append(dst, '\v')
		case 'x':
			v, n := 0, 0
			for n < 2 && i+1 < len(s) && hexDigit(s[i+1]) >= 0 {
				v = v<<4 | hexDigit(s[i+1])
				i++
				n++
			}
			if n == 0 {
				dst = append(dst, 'x')
			} else {
				dst = append(dst, byte(v))
			}
		case '0', '1', '2', '3', '4', '5', '6', '7':
			v := int(c - '0')
			for n := 1; n < 3 && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '7'; n++ {
				v = v<<3 | int(s[i+1]-'0')
				i++
			}
			dst = append(dst, byte(v))
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// splitCSV splits a line of the CSV format.
func (r *copyReader) splitCSV(line []byte) error {
	o := r.o
	for i := 0; ; i++ {
		start := len(r.text)
		quoted, inside := false, false
		for i < len(line) {
			c := line[i]
			if !inside {
				if c == o.delimiter {
					break
				}
				if c == o.quote {
					quoted, inside = true, true
				} else {
					r.text = append(r.text, c)
				}
				i++
				continue
			}
			if c == o.escape && i+1 < len(line) && (line[i+1] == o.escape || line[i+1] == o.quote) {
				r.text = append(r.text, line[i+1])
				i += 2
				continue
			}
			if c == o.quote {
				inside = false
			} else {
				r.text = append(r.text, c)
			}
			i++
		}
		if inside {
			return pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
		}
		s := fieldSpan{start: start, end: len(r.text), quoted: quoted}
		s.null = !quoted && string(r.text[start:]) == o.null
		r.spans = append(r.spans, s)
		if i >= len(line) {
			return nil
		}
	}
}
