package pebblestore

import (
	"encoding/binary"
	"hash/crc32"
)

// The header of a chunk in Pebble's log (its record package, "WAL sync" format):
// checksum 4, payload length 2, type 1, log number 4, synced offset 8.
const (
	chunkHeaderLen  = 19
	chunkLength     = 4
	chunkType       = 6
	chunkSynced     = 11
	chunkTypeFirst  = 9 // full, first, middle, last
	chunkTypeLast   = 12
	chunkChecksumed = chunkType // the checksum covers all from the type on
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// restamp puts the truly synced offset into the chunks of p, which Pebble is
// about to write to its log.
//
// Each chunk says up to where the log was synced before. A reader that meets a
// broken chunk and then one that says "it was synced" reports corruption; else
// it takes the broken chunk for the end of the log. Under a lazy sync Pebble
// believes more to be synced than is, so a power failure that left a hole within
// the last second would make the store refuse to open. Chunks never straddle two
// writes, for Pebble hands whole chunks to the flusher.
func restamp(p []byte, synced int64) {
	for len(p) >= chunkHeaderLen {
		if t := p[chunkType]; t < chunkTypeFirst || t > chunkTypeLast {
			return // the end-of-log mark or a block's padding
		}
		end := chunkHeaderLen + int(binary.LittleEndian.Uint16(p[chunkLength:]))
		if end > len(p) {
			return
		}
		binary.LittleEndian.PutUint64(p[chunkSynced:], uint64(synced))
		binary.LittleEndian.PutUint32(p, chunkChecksum(p[chunkChecksumed:end]))
		p = p[end:]
		// Less than a header at the end of a block is padding; with several
		// blocks in one write the next chunk would follow it, but each block is
		// written by itself.
	}
}

// chunkChecksum is the checksum of Pebble's files: CRC-32C, rotated and offset.
func chunkChecksum(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}
