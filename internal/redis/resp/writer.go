package resp

import "strconv"

// Writer appends replies to Buf in the protocol version Proto (2 or 3). The zero
// value writes RESP2. Types that RESP2 lacks are sent as redis-server sends them
// to an old client: a map as a flat array, a double as a bulk string, and so on.
//
// The owner of the connection takes Buf and truncates it; nothing else keeps it.
type Writer struct {
	Buf   []byte
	Proto int
	// More, if set, gives the buffer of at least size bytes in which replies go on
	// when a large string has no room in Buf.
	More func(size int) []byte
}

// largeBulk is the length of a string that is worth asking More for.
const largeBulk = 1024

// OK writes the status reply "OK".
func (w *Writer) OK() { w.Buf = append(w.Buf, "+OK\r\n"...) }

// Simple writes a status reply. s must not hold CR or LF.
func (w *Writer) Simple(s string) {
	w.Buf = append(w.Buf, '+')
	w.Buf = append(w.Buf, s...)
	w.crlf()
}

// SimpleString is Simple under the name RESP gives the type.
func (w *Writer) SimpleString(s string) { w.Simple(s) }

// Error writes an error reply. text begins with its code ("ERR syntax error").
// Line breaks become spaces, so text may quote what a client sent.
func (w *Writer) Error(text string) {
	w.Buf = append(w.Buf, '-')
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		w.Buf = append(w.Buf, c)
	}
	w.crlf()
}

// Int writes an integer.
func (w *Writer) Int(n int64) {
	switch n {
	case 0:
		w.Buf = append(w.Buf, ":0\r\n"...)
	case 1:
		w.Buf = append(w.Buf, ":1\r\n"...)
	default:
		w.header(':', n)
	}
}

// Bulk writes a bulk string; b may hold any bytes. A nil b is the empty string:
// a missing value is written with Null.
func (w *Writer) Bulk(b []byte) {
	w.header('$', int64(len(b)))
	if len(b) > largeBulk {
		w.makeRoom(len(b) + 2)
	}
	w.Buf = append(w.Buf, b...)
	w.crlf()
}

// BeginBulk begins a bulk string of n bytes, which Raw gives bit by bit. EndBulk ends it.
func (w *Writer) BeginBulk(n int64) {
	w.header('$', n)
	w.makeRoom(int(n) + 2)
}

// EndBulk ends what BeginBulk began.
func (w *Writer) EndBulk() { w.crlf() }

// makeRoom moves the replies into a larger buffer if n bytes have no room.
func (w *Writer) makeRoom(n int) {
	if cap(w.Buf)-len(w.Buf) < n && w.More != nil {
		w.Buf = append(w.More(len(w.Buf)+n), w.Buf...)
	}
}

// BulkString is Bulk for a string.
func (w *Writer) BulkString(s string) {
	w.header('$', int64(len(s)))
	w.Buf = append(w.Buf, s...)
	w.crlf()
}

// BulkInt writes n as a bulk string.
func (w *Writer) BulkInt(n int64) {
	var scratch [20]byte
	w.Bulk(strconv.AppendInt(scratch[:0], n, 10))
}

// Null writes the null of a missing value.
func (w *Writer) Null() {
	if w.Proto >= 3 {
		w.Buf = append(w.Buf, "_\r\n"...)
		return
	}
	w.Buf = append(w.Buf, "$-1\r\n"...)
}

// NullArray writes the null of a missing array (an aborted EXEC, a blocking
// command that timed out).
func (w *Writer) NullArray() {
	if w.Proto >= 3 {
		w.Buf = append(w.Buf, "_\r\n"...)
		return
	}
	w.Buf = append(w.Buf, "*-1\r\n"...)
}

// Array announces n elements, which the caller writes next.
func (w *Writer) Array(n int) { w.header('*', int64(n)) }

// Map announces n pairs: 2n values follow.
func (w *Writer) Map(n int) {
	if w.Proto >= 3 {
		w.header('%', int64(n))
		return
	}
	w.header('*', int64(n)*2)
}

// Set announces an unordered collection of n elements.
func (w *Writer) Set(n int) {
	if w.Proto >= 3 {
		w.header('~', int64(n))
		return
	}
	w.header('*', int64(n))
}

// Push announces an out-of-band message of n elements.
func (w *Writer) Push(n int) {
	if w.Proto >= 3 {
		w.header('>', int64(n))
		return
	}
	w.header('*', int64(n))
}

// Double writes a floating point number in full precision.
func (w *Writer) Double(f float64) {
	if w.Proto >= 3 {
		w.Buf = append(w.Buf, ',')
		w.Buf = AppendDouble(w.Buf, f)
		w.crlf()
		return
	}
	var scratch [32]byte
	w.Bulk(AppendDouble(scratch[:0], f))
}

// Bool writes a boolean; 1 or 0 in RESP2.
func (w *Writer) Bool(b bool) {
	switch {
	case w.Proto < 3 && b:
		w.Buf = append(w.Buf, ":1\r\n"...)
	case w.Proto < 3:
		w.Buf = append(w.Buf, ":0\r\n"...)
	case b:
		w.Buf = append(w.Buf, "#t\r\n"...)
	default:
		w.Buf = append(w.Buf, "#f\r\n"...)
	}
}

// Verbatim writes text to be shown as it is. format is its three-letter kind
// ("txt", "mkd").
func (w *Writer) Verbatim(format, text string) {
	if w.Proto < 3 {
		w.BulkString(text)
		return
	}
	w.header('=', int64(len(text)+4))
	w.Buf = append(w.Buf, format...)
	w.Buf = append(w.Buf, ':')
	w.Buf = append(w.Buf, text...)
	w.crlf()
}

// BigNumber writes an integer of any size, given in decimal digits.
func (w *Writer) BigNumber(digits string) {
	if w.Proto < 3 {
		w.BulkString(digits)
		return
	}
	w.Buf = append(w.Buf, '(')
	w.Buf = append(w.Buf, digits...)
	w.crlf()
}

// Raw appends bytes that are RESP already.
func (w *Writer) Raw(b []byte) { w.Buf = append(w.Buf, b...) }

// Len is the number of bytes written so far; Truncate goes back to it.
func (w *Writer) Len() int { return len(w.Buf) }

// Truncate drops what was written after the first n bytes.
func (w *Writer) Truncate(n int) { w.Buf = w.Buf[:n] }

func (w *Writer) crlf() { w.Buf = append(w.Buf, '\r', '\n') }

func (w *Writer) header(kind byte, n int64) {
	w.Buf = append(w.Buf, kind)
	if n >= 0 && n < 10 {
		w.Buf = append(w.Buf, byte('0'+n))
	} else {
		w.Buf = strconv.AppendInt(w.Buf, n, 10)
	}
	w.crlf()
}
