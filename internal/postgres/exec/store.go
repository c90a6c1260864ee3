package exec

import (
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// chunkBits divides a row's number into chunk and place.
const chunkBits = 10

// rowStore keeps rows in memory, column by column, numbered from 0.
type rowStore struct {
	kinds  []types.Kind
	chunks []*vec.Batch
	n      int
	bytes  int64
}

func newRowStore(kinds []types.Kind) *rowStore { return &rowStore{kinds: kinds} }

// tail is the chunk that has room for the next row.
func (s *rowStore) tail() *vec.Batch {
	at := s.n >> chunkBits
	if at == len(s.chunks) {
		capacity := 0
		if at > 0 {
			capacity = 1 << chunkBits
		}
		s.chunks = append(s.chunks, vec.NewBatch(s.kinds, capacity))
	}
	return s.chunks[at]
}

// add keeps the counting rows of b, and returns the memory they take.
func (s *rowStore) add(b *vec.Batch) int64 {
	for i, n := 0, b.Rows(); i < n; {
		c := s.tail()
		take := min(n-i, 1<<chunkBits-c.N)
		part := vec.Batch{Cols: b.Cols, N: b.N}
		switch {
		case b.Sel != nil:
			part.Sel = b.Sel[i : i+take]
		case take < n:
			part.Sel = rowNumbers[i : i+take]
		}
		c.AppendBatch(&part)
		i += take
		s.n += take
	}
	size := batchSize(b)
	s.bytes += size
	return size
}

// rowNumbers is 0, 1, 2, … to be cut into selections.
var rowNumbers = allRows(nil, vec.MaxRows)

// addRow keeps one row.
func (s *rowStore) addRow(row []types.Datum) int64 {
	s.tail().AppendRow(row)
	s.n++
	size := int64(0)
	for _, d := range row {
		size += datumSize(d)
	}
	s.bytes += size
	return size
}

// at finds a row: its chunk, and its place there.
func (s *rowStore) at(row int) (*vec.Batch, int) {
	return s.chunks[row>>chunkBits], row & (1<<chunkBits - 1)
}

// get is one value.
func (s *rowStore) get(row, col int) types.Datum {
	c, i := s.at(row)
	return c.Cols[col].Get(i)
}

// reset forgets all rows, and gives the memory they took.
func (s *rowStore) reset() int64 {
	freed := s.bytes
	s.chunks, s.n, s.bytes = nil, 0, 0
	return freed
}

// reader gives a store's rows again, in order.
type reader struct{ at int }

// next gives the next chunk, nil at the end. It shares the store's memory.
func (c *reader) next(s *rowStore) *vec.Batch {
	if c.at >= len(s.chunks) {
		return nil
	}
	c.at++
	return s.chunks[c.at-1]
}
