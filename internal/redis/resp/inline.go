package resp

import "bytes"

// readInline reads a request that is one line of words, as a person types it
// into telnet. Words may be quoted as sdssplitargs of redis-server allows.
func (r *Reader) readInline() (args [][]byte, again bool, err error) {
	rest := r.view[r.pos:]
	end := bytes.IndexByte(rest, '\n')
	if end > MaxInline || (end < 0 && len(rest) > MaxInline) {
		return nil, false, ProtocolError("too big inline request")
	}
	if end < 0 {
		return nil, false, nil
	}
	r.pos += end + 1
	line := rest[:end]
	if len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	if !r.splitWords(line) {
		return nil, false, ProtocolError("unbalanced quotes in request")
	}
	if len(r.args) == 0 {
		return nil, true, nil
	}
	return r.args, false, nil
}

// splitWords puts the words of line into args; false when a quote is not closed
// or a closing quote is followed by anything but a space.
func (r *Reader) splitWords(line []byte) bool {
	r.args = r.args[:0]
	// Unquoting only shortens, so the words fit and never move.
	if cap(r.inline) < len(line) {
		r.inline = make([]byte, 0, len(line))
	}
	out := r.inline[:0]
	for i := 0; ; {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return true
		}
		from := len(out)
		for i < len(line) && !isSpace(line[i]) {
			if line[i] != '"' && line[i] != '\'' {
				out = append(out, line[i])
				i++
				continue
			}
			var n int
			var ok bool
			if line[i] == '"' {
				out, n, ok = unquoteDouble(out, line[i+1:])
			} else {
				out, n, ok = unquoteSingle(out, line[i+1:])
			}
			i += 1 + n
			if !ok || (i < len(line) && !isSpace(line[i])) {
				return false
			}
		}
		r.args = append(r.args, out[from:len(out):len(out)])
	}
}

// unquoteDouble reads up to the closing quote, with C's escapes. n counts the
// bytes read, the quote included.
func unquoteDouble(out, in []byte) (_ []byte, n int, ok bool) {
	for i := 0; i < len(in); i++ {
		switch {
		case in[i] == '"':
			return out, i + 1, true
		case in[i] == '\\' && i+3 < len(in) && in[i+1] == 'x' && isHex(in[i+2]) && isHex(in[i+3]):
			out = append(out, unhex(in[i+2])<<4|unhex(in[i+3]))
			i += 3
		case in[i] == '\\' && i+1 < len(in):
			i++
			out = append(out, unescape(in[i]))
		default:
			out = append(out, in[i])
		}
	}
	return out, len(in), false
}

func unquoteSingle(out, in []byte) (_ []byte, n int, ok bool) {
	for i := 0; i < len(in); i++ {
		switch {
		case in[i] == '\'':
			return out, i + 1, true
		case in[i] == '\\' && i+1 < len(in) && in[i+1] == '\'':
			i++
			out = append(out, '\'')
		default:
			out = append(out, in[i])
		}
	}
	return out, len(in), false
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

func isSpace(c byte) bool {
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// SplitWords cuts a line at blanks as inline commands are cut; false when a quote
// is not closed or a closing quote is followed by anything but a space.
func SplitWords(line []byte) (words [][]byte, ok bool) {
	var r Reader
	ok = r.splitWords(line)
	return r.args, ok
}
