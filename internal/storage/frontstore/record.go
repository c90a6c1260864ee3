package frontstore

import (
	"encoding/binary"
	"hash/crc32"
)

// The journal is one sequence of bytes, cut into segments, the files. A place in
// it is a number that goes on from file to file. A file begins with a header:
//
//	magic 8, segment number 8, salt 8, checksum 4
//
// which is on disk before the file is used, and goes on with records:
//
//	checksum of the header 4, length of the body 4, synced 8, checksum of the body 4, body
//
// The first record's body is the place of the file's first byte, that of each
// other one a batch. Numbers are little-endian; checksums are CRC-32C. Those of a
// record also cover its offset and the file's random salt, so that neither old
// bytes nor what a client puts into a value can pass for one. Synced is the place
// up to which the journal was on disk when this was written: a record that is
// broken although a later one says that it was safe is damage, and so is one with
// anything whole behind it if the machine has run since; else a crash cut it short, and
// it is the journal's end. To tell, the place where the oldest file begins must be
// known: its first record is on disk before the file before it goes.
const (
	segmentMagic  = "orbitjn1"
	segmentHeader = 28
	recordHeader  = 20
	linkRecord    = recordHeader + 8 // the first one
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the beginning of a segment.
type header struct{ number, salt uint64 }

func (h *header) encode() []byte {
	b := append(make([]byte, 0, segmentHeader), segmentMagic...)
	b = binary.LittleEndian.AppendUint64(b, h.number)
	b = binary.LittleEndian.AppendUint64(b, h.salt)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeHeader(b []byte) (h header, ok bool) {
	if string(b[:8]) != segmentMagic || binary.LittleEndian.Uint32(b[24:]) != crc32.Checksum(b[:24], castagnoli) {
		return header{}, false
	}
	return header{binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])}, true
}

// stamp fills in the header of a record that will stand at offset.
func stamp(record []byte, salt, offset, synced uint64) {
	body := record[recordHeader:]
	binary.LittleEndian.PutUint32(record[4:], uint32(len(body)))
	binary.LittleEndian.PutUint64(record[8:], synced)
	binary.LittleEndian.PutUint32(record[16:], crc32.Checksum(body, castagnoli))
	binary.LittleEndian.PutUint32(record, headerChecksum(record, salt, offset))
}

func headerChecksum(record []byte, salt, offset uint64) uint32 {
	var b [32]byte
	binary.LittleEndian.PutUint64(b[:], salt)
	binary.LittleEndian.PutUint64(b[8:], offset)
	copy(b[16:], record[4:recordHeader])
	return crc32.Checksum(b[:], castagnoli)
}

// recordStart is what the header of a record says.
type recordStart struct {
	length int
	synced uint64
	sum    uint32
}

// readRecord reads the header at offset; ok is false when there is none.
func readRecord(b []byte, salt, offset uint64) (r recordStart, ok bool) {
	if binary.LittleEndian.Uint32(b) != headerChecksum(b, salt, offset) {
		return recordStart{}, false
	}
	return recordStart{
		int(binary.LittleEndian.Uint32(b[4:])), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint32(b[16:]),
	}, true
}

// intact tells that a record's body is as it was written.
func intact(body []byte, r recordStart) bool { return crc32.Checksum(body, castagnoli) == r.sum }
