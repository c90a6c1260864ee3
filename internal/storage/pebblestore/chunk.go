package pebblestore

import (
	"encoding/binary"
	"hash/crc32"
)

// Pebble's log and manifest are sequences of blocks, which hold chunks; its
// package record says how. A chunk begins with a header:
//
//	checksum 4, payload length 2, type 1, and in the log: log number 4, synced offset 8
//
// The types are full, first, middle and last, from 1 on in the manifest, from 9
// on in the log. Of the log's end a mark of type 5 tells.
const (
	blockSize = 32 << 10

	chunkLength    = 4
	chunkType      = 6 // the checksum covers all from here
	chunkLogNumber = 7
	chunkSynced    = 11

	manifestHeaderLen = 7
	manifestTypeFull  = 1
	logHeaderLen      = 19
	logTypeFull       = 9
	logEndHeaderLen   = 11
	logEndType        = 5
)

// The parts of a record that a chunk may be, as the distance of its type from full's.
const (
	partFull = iota
	partFirst
	partMiddle
	partLast
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chunkChecksum is the checksum of Pebble's files: CRC-32C, rotated and offset.
func chunkChecksum(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// format is what sets the chunks of manifest and log apart.
type format struct {
	headerLen int
	typeFull  byte
}

var (
	manifestFormat = format{manifestHeaderLen, manifestTypeFull}
	logFormat      = format{logHeaderLen, logTypeFull}
)

// chunkEnd returns where the chunk at the start of b ends by its header. ok is
// false when there is no such chunk, or b is too short for it.
func (f format) chunkEnd(b []byte) (end int, ok bool) {
	if len(b) < f.headerLen || b[chunkType] < f.typeFull || b[chunkType] > f.typeFull+3 {
		return 0, false
	}
	end = f.headerLen + int(binary.LittleEndian.Uint16(b[chunkLength:]))
	return end, end <= len(b)
}

// intact tells that b is a chunk whose checksum holds.
func intact(chunk []byte) bool {
	return binary.LittleEndian.Uint32(chunk) == chunkChecksum(chunk[chunkType:])
}

// sealOf is an empty chunk of a log, which says that all before synced is on disk.
func sealOf(number uint32, synced uint64) []byte {
	b := make([]byte, logHeaderLen)
	b[chunkType] = logFormat.typeFull
	binary.LittleEndian.PutUint32(b[chunkLogNumber:], number)
	binary.LittleEndian.PutUint64(b[chunkSynced:], synced)
	binary.LittleEndian.PutUint32(b, chunkChecksum(b[chunkType:]))
	return b
}

// restamp puts the truly synced offset into the chunks of p, which Pebble is
// about to write to its log.
//
// Each chunk says up to where the log was synced before. A reader that meets a
// broken chunk and then one that says "it was synced" reports corruption; else
// it takes the broken chunk for the end of the log. Under a lazy sync Pebble
// believes more to be synced than is, so a power failure that left a hole within
// the last second would make the store refuse to open. Pebble hands whole chunks
// of one block to the file, so none straddles two writes.
func restamp(p []byte, synced int64) {
	for {
		end, ok := logFormat.chunkEnd(p)
		if !ok {
			return // the log's end or a block's padding
		}
		binary.LittleEndian.PutUint64(p[chunkSynced:], uint64(synced))
		binary.LittleEndian.PutUint32(p, chunkChecksum(p[chunkType:end]))
		p = p[end:]
	}
}
