package resp

// Deferred is an aggregate whose length is known only after its elements were
// written. It is a position in one Writer and holds no memory.
type Deferred struct {
	at   int
	kind byte
}

// Later opens an array whose length is given to Close.
func (w *Writer) Later() Deferred { return Deferred{at: len(w.Buf), kind: '*'} }

// LaterMap opens a map; Close takes the number of pairs.
func (w *Writer) LaterMap() Deferred { return Deferred{at: len(w.Buf), kind: '%'} }

// LaterSet opens a set.
func (w *Writer) LaterSet() Deferred { return Deferred{at: len(w.Buf), kind: '~'} }

// Close puts the header with its n elements (pairs, for a map) before what was
// written since. It moves those bytes: aggregates nested deeply and all deferred
// would cost their depth each.
func (w *Writer) Close(d Deferred, n int) {
	end := len(w.Buf)
	switch d.kind {
	case '%':
		w.Map(n)
	case '~':
		w.Set(n)
	default:
		w.Array(n)
	}
	var header [24]byte
	size := copy(header[:], w.Buf[end:])
	copy(w.Buf[d.at+size:], w.Buf[d.at:end])
	copy(w.Buf[d.at:], header[:size])
}
