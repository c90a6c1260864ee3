package exec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// spillBuffer is the write and read buffer of one spill file.
const spillBuffer = 16 << 10

// spillFile is rows put aside on disk: written once, then read any number of
// times. The file has no name any more once it is open, so that nothing is left
// behind by a crash.
type spillFile struct {
	f     *os.File
	w     *bufio.Writer
	oids  []types.OID
	row   []types.Datum
	buf   []byte
	rows  int
	bytes int64
}

func newSpillFile(ec *Context, oids []types.OID) (*spillFile, error) {
	f, err := os.CreateTemp(ec.TempDir, "orbit-spill-*")
	if err != nil {
		return nil, spillError("create", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(spillError("unlink", err), f.Close())
	}
	return &spillFile{f: f, w: bufio.NewWriterSize(f, spillBuffer), oids: oids, row: make([]types.Datum, len(oids))}, nil
}

func spillError(act string, err error) error {
	return pgerr.IO(err, "could not %s temporary file", act)
}

// add writes the row at position at of b.
func (s *spillFile) add(b *vec.Batch, at int) error {
	for i, c := range b.Cols {
		s.row[i] = c.Get(at)
	}
	return s.addRow(s.row)
}

func (s *spillFile) addRow(row []types.Datum) error {
	s.buf = append(s.buf[:0], 0, 0, 0, 0)
	s.buf = types.AppendTuple(s.buf, s.oids, row)
	binary.LittleEndian.PutUint32(s.buf, uint32(len(s.buf)-4))
	s.rows++
	s.bytes += int64(len(s.buf))
	if _, err := s.w.Write(s.buf); err != nil {
		return spillError("write", err)
	}
	return nil
}

// reader starts reading from the first row.
func (s *spillFile) reader() (*spillReader, error) {
	if s.w != nil {
		if err := s.w.Flush(); err != nil {
			return nil, spillError("write", err)
		}
		s.w, s.buf = nil, nil
	}
	return &spillReader{
		in:     bufio.NewReaderSize(io.NewSectionReader(s.f, 0, s.bytes), spillBuffer),
		tuples: types.NewTupleReader(s.oids, nil), row: s.row,
	}, nil
}

func (s *spillFile) close() error {
	if s == nil || s.f == nil {
		return nil
	}
	f := s.f
	s.f = nil
	return f.Close()
}

// spillReader gives a spill file's rows again.
type spillReader struct {
	in     *bufio.Reader
	tuples *types.TupleReader
	row    []types.Datum
}

// next gives the next row, nil at the end; the slice is used again by the next call.
func (s *spillReader) next() ([]types.Datum, error) {
	var head [4]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		if err == io.EOF {
			return nil, nil
		}
		return nil, spillError("read", err)
	}
	// The datums share this memory, so that each row has its own.
	buf := make([]byte, binary.LittleEndian.Uint32(head[:]))
	if _, err := io.ReadFull(s.in, buf); err != nil {
		return nil, spillError("read", err)
	}
	if _, err := s.tuples.Read(buf, s.row); err != nil {
		return nil, err
	}
	return s.row, nil
}

// batch appends the next rows to b, and reports whether there was any.
func (s *spillReader) batch(b *vec.Batch) (bool, error) {
	for range vec.MaxRows {
		row, err := s.next()
		if err != nil {
			return false, err
		}
		if row == nil {
			break
		}
		b.AppendRow(row)
	}
	return b.N > 0, nil
}

// partitions are the files that a hash which does not fit in memory is divided
// into, by bits of the hash.
type partitions struct {
	files []*spillFile
	shift uint
}

const (
	partitionBits = 5
	// maxPartitionDepth is how often a partition that still does not fit is divided
	// anew; then it is held in memory, up to the statement's limit.
	maxPartitionDepth = 3
)

func newPartitions(ec *Context, oids []types.OID, depth int) (*partitions, error) {
	p := &partitions{shift: uint(64 - partitionBits*(depth+1))}
	for range 1 << partitionBits {
		f, err := newSpillFile(ec, oids)
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.files = append(p.files, f)
	}
	return p, nil
}

// of is the partition for a hash.
func (p *partitions) of(h uint64) *spillFile {
	return p.files[h>>p.shift&(1<<partitionBits-1)]
}

func (p *partitions) bytes() int64 {
	n := int64(0)
	for _, f := range p.files {
		n += f.bytes
	}
	return n
}

func (p *partitions) close() error {
	if p == nil {
		return nil
	}
	var first error
	for _, f := range p.files {
		if err := f.close(); first == nil {
			first = err
		}
	}
	p.files = nil
	return first
}
