package table

// maxHeader is the most bytes that a row's header takes.
const maxHeader = 8 + 5 + 10

// arena gives memory for the bytes of many rows, a chunk at a time. What it gave
// is never used again: the datums that point there keep it.
type arena struct {
	free []byte // what is left of the chunk: length 0
	size int    // of the next chunk
}

const (
	firstChunk = 1 << 10
	lastChunk  = 64 << 10
)

// reserve gives an empty slice with room for n bytes, to be handed to keep when
// filled.
func (a *arena) reserve(n int) []byte {
	if cap(a.free) < n {
		a.size = min(max(2*a.size, firstChunk), lastChunk)
		a.free = make([]byte, 0, max(a.size, n))
	}
	return a.free
}

// keep ends the slice that reserve gave.
func (a *arena) keep(b []byte) []byte {
	a.free = b[len(b):]
	return b[:len(b):len(b)]
}

func (a *arena) copy(src []byte) []byte { return a.keep(append(a.reserve(len(src)), src...)) }
