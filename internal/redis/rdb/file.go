package rdb

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
)

// Writer writes a file: fields that describe it, libraries of functions, then the
// keys of each database. A key is followed by its value, which the methods of
// Encoder write.
type Writer struct {
	Encoder
}

// NewWriter begins a file, which ends with Close or Stop.
func NewWriter(out io.Writer, l Limits) *Writer {
	w := &Writer{Encoder{out: &drain{out: out, sum: ^uint64(0)}, limits: l}}
	w.buf = fmt.Appendf(nil, "REDIS%04d", writtenVersion)
	return w
}

// Aux writes a field that describes the file.
func (w *Writer) Aux(name, value string) {
	w.buf = append(w.buf, opAux)
	w.string([]byte(name))
	w.string([]byte(value))
}

// AuxInt writes a number that describes the file.
func (w *Writer) AuxInt(name string, value int64) { w.Aux(name, strconv.FormatInt(value, 10)) }

// Function writes the code of a library.
func (w *Writer) Function(code []byte) {
	w.buf = append(w.buf, opFunction)
	w.string(code)
}

// SelectDB begins a database with about so many keys, so many of them with an
// expiry time.
func (w *Writer) SelectDB(db int, keys, expires int64) {
	w.buf = append(w.buf, opSelectDB)
	w.length(uint64(db))
	w.buf = append(w.buf, opResizeDB)
	w.length(uint64(keys))
	w.length(uint64(expires))
}

// Key begins a key; its value follows. expire is in unix milliseconds, 0 if the
// key has none.
func (w *Writer) Key(key []byte, expire int64) {
	w.entry = w.entry[:0]
	if expire != 0 {
		w.entry = binary.LittleEndian.AppendUint64(append(w.entry, opExpireMs), uint64(expire))
	}
	w.key = append(w.key[:0], key...)
}

// Idle says how many seconds ago the key was last used.
func (w *Writer) Idle(seconds int64) {
	w.entry = appendLength(append(w.entry, opIdle), uint64(max(seconds, 0)))
}

// Freq says how often the key is used, on redis-server's logarithmic scale.
func (w *Writer) Freq(n uint8) { w.entry = append(w.entry, opFreq, n) }

func (e *Encoder) startEntry(kind byte) {
	e.buf = append(e.buf, e.entry...)
	e.buf = append(e.buf, kind)
	e.string(e.key)
}

// Close ends the file. The writer below stays the caller's to close.
func (w *Writer) Close() error {
	if w.err == nil {
		w.err = w.out.end(append(w.buf, opEOF))
	}
	w.Stop()
	return w.err
}

// Stop ends a file that need not be whole: the writer below is not used any more.
func (w *Writer) Stop() { w.out.stop() }
