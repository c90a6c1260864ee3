package rdb

// recycler gives out chunks of memory, and takes them back if a caller gives back what
// it got. A file of strings would else go through twice its size of new memory, whose
// first use costs more than reading into it.
type recycler struct {
	on      bool
	retired [][]byte // full
	free    [][]byte
}

// chunk is memory of n bytes, readSize or more.
func (r *recycler) chunk(n int) []byte {
	if last := len(r.free) - 1; last >= 0 && n == readSize {
		c := r.free[last]
		r.free = r.free[:last]
		return c
	}
	return make([]byte, n)
}

// retire is called with a chunk, from its beginning, in which nothing more will be put.
func (r *recycler) retire(chunk []byte) {
	if r.on && cap(chunk) == readSize {
		r.retired = append(r.retired, chunk[:readSize])
	}
}

// Retired appends the memory to chunks that is in use by nothing but what was handed out
// until now, since it was called last: to be given to Recycle when none of that is in
// use any more. The first call begins this.
func (r *Reader) Retired(chunks [][]byte) [][]byte {
	m := &r.d.memory
	m.on = true
	chunks = append(chunks, m.retired...)
	clear(m.retired)
	m.retired = m.retired[:0]
	return chunks
}

// Recycle takes memory back, which will be written again.
func (r *Reader) Recycle(chunks [][]byte) {
	r.d.memory.free = append(r.d.memory.free, chunks...)
}
