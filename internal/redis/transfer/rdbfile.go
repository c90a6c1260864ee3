package transfer

import (
	"fmt"
	"io"
	"math"

	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// LinesToRDB reads what Lines writes and writes an RDB file of it.
func LinesToRDB(in io.Reader, out io.Writer) error {
	w := &rdbFile{w: rdb.NewWriter(out, rdb.DefaultLimits), db: -1}
	if _, err := ReadLines(in, w, Options{}); err != nil {
		w.w.Stop()
		return err
	}
	return w.w.Close()
}

// rdbFile is a LineSink.
type rdbFile struct {
	w  *rdb.Writer
	db int
}

// Function is LineSink's.
func (f *rdbFile) Function(code []byte) error {
	f.w.Function(code)
	return f.w.Err()
}

// BeginKey is LineSink's.
func (f *rdbFile) BeginKey(e *rdb.Entry) (*rdb.Encoder, error) {
	if e.DB < 0 || e.DB > math.MaxInt32 {
		return nil, fmt.Errorf("there is no database %d", e.DB)
	}
	if e.DB != f.db {
		f.db = e.DB
		f.w.SelectDB(e.DB, 0, 0)
	}
	f.w.Key(e.Key, e.Expire)
	return &f.w.Encoder, nil
}

// EndKey is LineSink's.
func (f *rdbFile) EndKey(*rdb.Entry) error { return f.w.Err() }
