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

func TestVerifyBlocks(t *testing.T) {
	edit := makeChunk(manifestFormat, 0, "an edit of some length")
	commit := makeChunk(logFormat, 0, "a commit of some length")
	at := uint64(len(commit))
	later := makeChunk(logFormat, at+1, "a later commit")
	end := append(make([]byte, logEndHeaderLen-4), 8, 0, 0, 0)
	end[chunkType] = logEndType
	tests := []struct {
		name    string
		log     bool
		block   [][]byte
		damaged bool
	}{
		{"manifest, whole", false, [][]byte{edit, edit}, false},
		{"manifest, cut short", false, [][]byte{edit, edit[:15]}, false},
		{"manifest, zeros behind", false, [][]byte{edit, make([]byte, 100)}, false},
		{"manifest, wrong checksum", false, [][]byte{edit, broken(edit)}, true},
		{"manifest, edit behind a broken header", false, [][]byte{edit, make([]byte, 12), edit}, true},
		{"log, whole", true, [][]byte{commit, commit, end}, false},
		{"log, not ended", true, [][]byte{commit, commit}, false},
		{"log, cut short", true, [][]byte{commit, commit[:25]}, false},
		{"log, preallocated", true, [][]byte{commit, make([]byte, 1000)}, false},
		{"log, hole in what was not synced", true, [][]byte{commit, broken(commit), commit}, false},
		{"log, hole in what was synced", true, [][]byte{commit, broken(commit), later}, true},
		{"log, end then rubbish", true, [][]byte{commit, end, broken(commit), later}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			block := bytes.Join(tt.block, nil)
			var err error
			if tt.log {
				_, err = verifyLogBlock(block, 0, 7)
			} else {
				_, err = verifyManifestBlock(block, 0)
			}
			if (err != nil) != tt.damaged {
				t.Errorf("%v, want damage: %v", err, tt.damaged)
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
		_, _ = verifyManifestBlock(b, 0) // any answer, but no panic
		_, _ = verifyLogBlock(b, 0, 7)   // as above
		if !bytes.Equal(b, before) {
			t.Error("looking changed the bytes")
		}
		restamp(b, 1)
	})
}
