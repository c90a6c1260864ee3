package pebblestore

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// makeChunk returns a chunk of the log with number 7, or of the manifest.
func makeChunk(f format, synced uint64, payload string) []byte {
	b := make([]byte, f.headerLen, f.headerLen+len(payload))
	b = append(b, payload...)
	binary.LittleEndian.PutUint16(b[chunkLength:], uint16(len(payload)))
	b[chunkType] = f.typeFull
	if f == logFormat {
		binary.LittleEndian.PutUint32(b[chunkLogNumber:], 7)
		binary.LittleEndian.PutUint64(b[chunkSynced:], synced)
	}
	binary.LittleEndian.PutUint32(b, chunkChecksum(b[chunkType:]))
	return b
}

func broken(chunk []byte) []byte {
	b := bytes.Clone(chunk)
	b[len(b)-1] ^= 1
	return b
}

func TestVerifyManifest(t *testing.T) {
	edit := makeChunk(manifestFormat, 0, "an edit of some length")
	tests := []struct {
		name    string
		block   [][]byte
		damaged bool
	}{
		{"whole", [][]byte{edit, edit}, false},
		{"cut short", [][]byte{edit, edit[:15]}, false},
		{"zeros behind", [][]byte{edit, make([]byte, 100)}, false},
		{"wrong checksum", [][]byte{edit, broken(edit)}, true},
		{"edit behind a broken header", [][]byte{edit, make([]byte, 12), edit}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := verifyManifestBlock(bytes.Join(tt.block, nil), 0, 0); (err != nil) != tt.damaged {
				t.Errorf("%v, want damage: %v", err, tt.damaged)
			}
		})
	}
}

// makeCommit is a chunk of the log with number 7 that is a batch of one write.
func makeCommit(seq, synced uint64, payload string) []byte {
	return makeChunk(logFormat, synced, string(binary.LittleEndian.AppendUint64(nil, seq))+"\x01\x00\x00\x00"+payload)
}

func TestVerifyLog(t *testing.T) {
	commit := func(seq uint64) []byte { return makeCommit(seq, 0, "a commit of some length") }
	first := makeCommit(1, 0, "a commit of some length")
	later := makeCommit(3, uint64(len(first))+1, "a later commit")
	end := append(make([]byte, logEndHeaderLen-4), 8, 0, 0, 0)
	end[chunkType] = logEndType
	padded := append(bytes.Clone(first), make([]byte, blockSize-len(first))...) // a block
	begun := makeCommit(2, 0, "the beginning of one")
	begun[chunkType] = logTypeFull + partFirst
	binary.LittleEndian.PutUint32(begun, chunkChecksum(begun[chunkType:]))
	const well, always, ranOnly, old = "", "always", "if the machine has run", "if it is not the newest"
	tests := []struct {
		name    string
		blocks  [][]byte
		damaged string // when
	}{
		{"whole", [][]byte{first, commit(2), end}, well},
		{"not ended", [][]byte{first, commit(2)}, well},
		{"empty", nil, well},
		{"cut short", [][]byte{first, commit(2)[:25]}, old},
		{"cut short in a record of several chunks", [][]byte{first, begun}, old},
		{"preallocated", [][]byte{first, make([]byte, 1000)}, old},
		{"a hole in what was not synced", [][]byte{first, broken(commit(2)), commit(3)}, ranOnly},
		{"a hole in what was synced", [][]byte{first, broken(commit(2)), later}, always},
		{"a hole, and a block later the proof", [][]byte{padded, broken(commit(2)), make([]byte, blockSize-len(first)), later}, always},
		{"the first block zeroed", [][]byte{make([]byte, blockSize), commit(2)}, ranOnly},
		{"a write is missing", [][]byte{first, commit(3)}, always},
		{"the number of the next log in a header", [][]byte{first, append(append(bytes.Clone(commit(2)[:chunkLogNumber]), 8), commit(2)[chunkLogNumber+1:]...), commit(3)}, ranOnly},
		{"the last write of a log that was closed", [][]byte{first, broken(commit(2)), end, sealOf(7, 1000)}, always},
		{"end then rubbish", [][]byte{first, end, broken(commit(2)), later}, well},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for when, v := range map[string]logVerifier{ranOnly: {newest: 7, ran: true}, old: {newest: 8}, always: {newest: 7}} {
				s := newLogScan(7, 0)
				if err := s.read(bytes.NewReader(bytes.Join(tt.blocks, nil))); err != nil {
					t.Fatal(err)
				}
				err := v.judge(s, 7)
				want := tt.damaged == when || tt.damaged == always || tt.damaged == ranOnly && when == old
				if (err != nil) != want {
					t.Errorf("%s: %v, want damage %s", when, err, tt.damaged)
				}
			}
		})
	}
}

func TestRestamp(t *testing.T) {
	want := bytes.Join([][]byte{makeChunk(logFormat, 42, "one"), makeChunk(logFormat, 42, ""), makeChunk(logFormat, 42, "three"), {0, 0, 0}}, nil)
	got := bytes.Join([][]byte{makeChunk(logFormat, 99, "one"), makeChunk(logFormat, 98, ""), makeChunk(logFormat, 97, "three"), {0, 0, 0}}, nil)
	restamp(got, 42)
	if !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(makeChunk(manifestFormat, 0, "edit"))
	f.Add(append(makeChunk(logFormat, 3, "commit"), broken(makeChunk(logFormat, 99, "x"))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:min(len(b), blockSize)]
		before := bytes.Clone(b)
		_, _ = verifyManifestBlock(b, 0, 0) // any answer, but no panic
		_ = newLogScan(7, 0).read(bytes.NewReader(b))
		if !bytes.Equal(b, before) {
			t.Error("looking changed the bytes")
		}
		restamp(b, 1)
	})
}
