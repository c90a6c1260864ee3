package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Tree is how a part of the data directory lies on disk. It is a contract: fields are
// only ever added. Sizes are bytes.
type Tree struct {
	Part           string      `json:"part"`  // redis or postgres
	Store          string      `json:"store"` // its place in the data directory
	Levels         []TreeLevel `json:"levels"`
	ReadAmp        int         `json:"read_amplification"`
	CompactionDebt uint64      `json:"compaction_debt_bytes"` // what compactions have to write, about
	Tombstones     uint64      `json:"tombstones"`            // deletions in the tree, about
	TableBytes     uint64      `json:"memtable_bytes"`
	LogFiles       int64       `json:"wal_files"`
	LogBytes       uint64      `json:"wal_bytes"`
	// Files of large values: on disk, their values before compression, and what of
	// those is referred to.
	BlobFiles      uint64 `json:"blob_files"`
	BlobBytes      uint64 `json:"blob_bytes"`
	BlobValueBytes uint64 `json:"blob_value_bytes"`
	BlobLiveBytes  uint64 `json:"blob_referenced_bytes"`
}

// TreeLevel is one level of it.
type TreeLevel struct {
	Level     int     `json:"level"`
	Sublevels int     `json:"sublevels,omitempty"` // of level 0
	Tables    int     `json:"tables"`
	Bytes     int64   `json:"bytes"`
	Entries   uint64  `json:"entries"`   // as far as known, deletions included
	Deletions uint64  `json:"deletions"` // likewise
	Score     float64 `json:"score"`     // from 1 on it is compacted
	Fill      float64 `json:"fill"`      // its size against the size it is to have
	Written   uint64  `json:"written_bytes"`
	// Files are there if they were asked for.
	Files []TreeFile `json:"files,omitempty"`
}

// TreeFile is a table of the tree.
type TreeFile struct {
	File      string `json:"file"`
	Bytes     uint64 `json:"bytes"`
	Entries   uint64 `json:"entries"`
	Deletions uint64 `json:"deletions"`
	Smallest  string `json:"smallest"` // what the first key is of
	Largest   string `json:"largest"`
}

// KeyPlace is where a key of Redis lies.
type KeyPlace struct {
	// InMemory says that its newest metadata is in a table in memory.
	InMemory bool `json:"in_memory"`
	// Candidates are the files of the tree whose range has the metadata's key: one of
	// them may have it.
	Candidates []FilePlace `json:"candidates"`
	// DiskBytes is about what the elements take in the tree, compressed.
	DiskBytes uint64 `json:"disk_bytes"`
}

// FilePlace is a file of the tree.
type FilePlace struct {
	Level int    `json:"level"`
	File  string `json:"file"`
	Bytes uint64 `json:"bytes"`
}

// Layouter is the part of a Source that tells how data lies on disk.
type Layouter interface {
	// Trees describes the trees of all parts that have one, with their files if asked.
	Trees(ctx context.Context, files bool) ([]Tree, error)
	// PlaceOf tells where a key lies; nil if it lies in no tree. ErrOff says that there
	// are no keys.
	PlaceOf(ctx context.Context, db int, key []byte) (*KeyPlace, error)
}

// lsmRoutes serve GET /lsm?files=1 and GET /lsm/key?db=N&key=NAME.
func lsmRoutes(mux *http.ServeMux, source Source) {
	mux.Handle("GET /lsm", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		found, err := source.Trees(r.Context(), r.URL.Query().Get("files") == "1")
		answerOr(w, found, err)
	}))
	mux.Handle("GET /lsm/key", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		q := queryReader{values: r.URL.Query()}
		db := q.int("db", 0)
		if q.err != nil {
			answerError(w, http.StatusBadRequest, q.err.Error())
			return
		}
		found, err := source.PlaceOf(r.Context(), db, []byte(q.values.Get("key")))
		answerOr(w, found, err)
	}))
}

// Trees asks how the data lies on disk.
func (c *Client) Trees(ctx context.Context, files bool) (v []Tree, err error) {
	q := url.Values{}
	if files {
		q.Set("files", "1")
	}
	err = c.getJSON(ctx, "/lsm?"+q.Encode(), &v)
	return v, err
}

// PlaceOf asks where a key of Redis lies; nil if that is in no tree.
func (c *Client) PlaceOf(ctx context.Context, db int, key []byte) (v *KeyPlace, err error) {
	q := url.Values{"key": {string(key)}, "db": {strconv.Itoa(db)}}
	err = c.getJSON(ctx, "/lsm/key?"+q.Encode(), &v)
	return v, err
}
