package storage

import "context"

// Tree is how a store lies on disk: the levels of a log-structured merge tree, and what
// stands before them. Sizes are bytes.
type Tree struct {
	Levels []TreeLevel
	// ReadAmp is how many places a read may have to look in.
	ReadAmp int
	// CompactionDebt is about how much compactions have to write until the tree is in
	// shape; Tombstones is about how many deletions lie in it.
	CompactionDebt, Tombstones uint64
	// TableBytes is what is in tables in memory, and will move into the tree.
	TableBytes uint64
	// The logs that a crash is recovered from.
	LogFiles int64
	LogBytes uint64
	// Files of large values: what they take, what their values have before compression,
	// and what of those is still referred to.
	BlobFiles, BlobBytes, BlobValueBytes, BlobLiveBytes uint64
}

// FileVerifier is a store that can read all of the files that it lies in.
type FileVerifier interface {
	// VerifyFiles calls damaged with an ErrCorrupt for each file that is, and goes on.
	VerifyFiles(ctx context.Context, damaged func(error)) error
}

// TreeLevel is one level. The files of level 0 may overlap, those of others do not.
type TreeLevel struct {
	Level, Sublevels int
	Bytes            int64
	// Score tells how much the level wants to be compacted: 0 not at all, from 1 on it
	// is. Fill is its size against the size that it is to have.
	Score, Fill float64
	// Written is what flushes and compactions have written to it since the store was
	// opened.
	Written uint64
	Files   []TreeFile
}

// TreeFile is a table of the tree.
type TreeFile struct {
	Number             uint64
	Bytes              uint64
	Entries, Deletions uint64 // 0 if not known yet
	Smallest, Largest  []byte // keys; the file may have others' deletions up to Largest
}

// Treed is a Store that is a tree on disk.
type Treed interface {
	Tree() (Tree, error)
}

// Place is where an entry of a store may be found.
type Place struct {
	// InMemory says that the newest version is in a table in memory, from where it will
	// move into the tree.
	InMemory bool
	// Files are those of the tree whose range has the key: only their filters and
	// content tell whether they have it.
	Files []PlaceFile
}

// PlaceFile is a file of the tree and its level.
type PlaceFile struct {
	Level  int
	Number uint64
	Bytes  uint64
}

// Locator is a Store that tells where an entry lies.
type Locator interface {
	Locate(key []byte) (Place, error)
}

// In is where the key may be in the tree.
func (t *Tree) In(key []byte) (files []PlaceFile) {
	for _, l := range t.Levels {
		for i := range l.Files {
			if f := &l.Files[i]; string(f.Smallest) <= string(key) && string(key) <= string(f.Largest) {
				files = append(files, PlaceFile{l.Level, f.Number, f.Bytes})
			}
		}
	}
	return files
}
