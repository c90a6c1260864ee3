package keyspace

import (
	"encoding/binary"
	"errors"

	"github.com/orbit-server/orbit/internal/storage"
)

// A long string lies in chunks of one length, which its metadata tells: subkeys with
// their numbers, from 0 on. So a part of it is read and written at the cost of that
// part, and the metadata is as small as any.
//
// What a chunk lacks is zeros: all of it where there is no entry, its end where the
// entry is shorter. SETRANGE and SETBIT far beyond the end write one chunk.

const (
	// longString is the length from which on a string lies in chunks. Up to there one
	// entry costs less than several.
	longString = 64 << 10
	// chunkBytes is the length of a chunk. A write into a string writes one anew;
	// shorter ones cost more entries for each value.
	chunkBytes = 32 << 10
	// fewChunks is the number up to which chunks are read one by one, through the
	// caches: more are walked over, and leave what is cached alone.
	fewChunks = 4
)

// chunkKeyLen is the length of a chunk's subkey.
const chunkKeyLen = subPrefixLen + 4

func (m *Meta) chunked() bool { return m.Type == TypeString && m.subkeys() }

// chunks is the number that a length takes.
func (m *Meta) chunks(length int64) int64 { return (length + m.chunk - 1) / m.chunk }

// entries is about the number of subkeys.
func (m *Meta) entries() uint64 {
	if m.chunked() {
		return uint64(m.chunks(m.Size))
	}
	return uint64(m.Size)
}

// decodeChunk reads the end of a long string's metadata.
func (m *Meta) decodeChunk(b []byte) error {
	chunk, n := binary.Uvarint(b)
	if n <= 0 || chunk == 0 || chunk > MaxString || m.version == 0 || m.Size < 0 || m.Size > MaxString {
		return corrupt(errMeta)
	}
	m.chunk = int64(chunk)
	m.sizeChunks()
	return nil
}

// sizeChunks sets what the chunks take.
func (m *Meta) sizeChunks() { m.bytes = m.Size + m.chunks(m.Size)*entryBytes(chunkKeyLen, 0) }

// chunkKey builds the subkey of a chunk in the run's buffer.
func (r *Run) chunkKey(version uint64, index int64) []byte {
	r.subBuf = appendChunkKey(r.subBuf[:0], version, index)
	return r.subBuf
}

func appendChunkKey(b []byte, version uint64, index int64) []byte {
	return binary.BigEndian.AppendUint32(appendSubPrefix(b, version, sectionChunk), uint32(index))
}

// getChunk reads a chunk; nil if there is no entry.
func (r *Run) getChunk(version uint64, index int64) ([]byte, error) {
	value, err := r.w.Get(r.chunkKey(version, index))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return value, err
}

// eachChunk calls fn for the chunks there are from first up to and without end, in
// order, until it returns false. The slice is valid during the call only.
func (r *Run) eachChunk(m *Meta, first, end int64, fn func(index int64, chunk []byte) (more bool, err error)) error {
	if end-first <= fewChunks {
		for i := first; i < end; i++ {
			chunk, err := r.getChunk(m.version, i)
			if err != nil {
				return err
			}
			if chunk == nil {
				continue
			}
			if more, err := fn(i, chunk); err != nil || !more {
				return err
			}
		}
		return nil
	}
	lower, upper := appendChunkKey(nil, m.version, first), appendChunkKey(nil, m.version, end)
	return r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		if len(key) != chunkKeyLen {
			return false, corrupt(errors.New("the key of a chunk does not decode"))
		}
		return fn(int64(binary.BigEndian.Uint32(key[subPrefixLen:])), value)
	})
}

// Value is a string's value; nil for a key that does not exist. A long one is put
// together: ask for Len, Range or EachPart where that will do.
func (k *Key) Value() ([]byte, error) {
	if !k.subkeys() {
		return k.value, nil
	}
	return k.join(0, k.Size)
}

// Short is a string's value if it lies in one piece.
func (k *Key) Short() (value []byte, ok bool) { return k.value, !k.subkeys() }

// Range is the part of a string from start up to and without end, as far as there is
// one. O(length of the part).
func (k *Key) Range(start, end int64) ([]byte, error) {
	end = min(end, k.Size)
	if start = max(start, 0); start >= end {
		return nil, nil
	}
	if !k.subkeys() {
		return k.value[start:end], nil
	}
	return k.join(start, end)
}

// join puts a part of a long string together.
func (k *Key) join(start, end int64) ([]byte, error) {
	first := start / k.chunk
	if at := first * k.chunk; end <= at+k.chunk {
		chunk, err := k.r.getChunk(k.version, first)
		if err != nil || end-at <= int64(len(chunk)) {
			return cut(chunk, start-at, end-at), err
		}
	}
	whole := make([]byte, end-start)
	err := k.r.eachChunk(&k.Meta, first, k.chunks(end), func(i int64, chunk []byte) (bool, error) {
		from := max(start, i*k.chunk)
		copy(whole[from-start:], cut(chunk, from-i*k.chunk, int64(len(chunk))))
		return true, nil
	})
	return whole, err
}

// cut is b[from:to], as far as there is such a part.
func cut(b []byte, from, to int64) []byte {
	n := int64(len(b))
	return b[min(from, n):min(to, n)]
}

// zeros is what is missing of chunks.
var zeros [4 << 10]byte

// EachPart calls fn for a part of a string, from start up to and without end, as far
// as there is one, piece by piece and in order until it returns false. The piece is
// valid during the call only.
func (k *Key) EachPart(start, end int64, fn func(piece []byte) (more bool, err error)) error {
	end = min(end, k.Size)
	if start = max(start, 0); start >= end {
		return nil
	}
	if !k.subkeys() {
		_, err := fn(k.value[start:end])
		return err
	}
	at, goOn := start, true
	give := func(piece []byte) (err error) {
		if len(piece) > 0 && goOn {
			at += int64(len(piece))
			goOn, err = fn(piece)
		}
		return err
	}
	fill := func(upTo int64) (err error) {
		for at < upTo && goOn && err == nil {
			err = give(zeros[:min(int64(len(zeros)), upTo-at)])
		}
		return err
	}
	err := k.r.eachChunk(&k.Meta, start/k.chunk, k.chunks(end), func(i int64, chunk []byte) (bool, error) {
		begin := i * k.chunk
		if err := fill(min(begin, end)); err != nil {
			return false, err
		}
		err := give(cut(chunk, at-begin, end-begin))
		return goOn, err
	})
	if err != nil {
		return err
	}
	return fill(end)
}
