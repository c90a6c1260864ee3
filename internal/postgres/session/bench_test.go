package session

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// recorder is a Client that keeps the rows, as text, and the tags.
type recorder struct {
	rows    [][]string
	tags    []string
	notices []string
	quiet   bool // keep nothing
}

func (r *recorder) RowDescription([]plan.ResultColumn, []int16) {}

func (r *recorder) Rows(cols []plan.ResultColumn, _ []int16, b *vec.Batch, f *types.Format) error {
	for i := range b.Rows() {
		if r.quiet {
			continue
		}
		var row []string
		for j, d := range b.Row(i, nil) {
			if d.IsNull() {
				row = append(row, "NULL")
				continue
			}
			row = append(row, string(types.AppendText(nil, cols[j].Type, d, f)))
		}
		r.rows = append(r.rows, row)
	}
	return nil
}

func (r *recorder) Complete(tag string, rows int64) {
	if !r.quiet {
		r.tags = append(r.tags, fmt.Sprintf("%s %d", tag, rows))
	}
}
func (r *recorder) Empty()                             {}
func (r *recorder) Notice(n *pgerr.Error)              { r.notices = append(r.notices, n.Severity+" "+n.Code) }
func (r *recorder) Parameter(string, string)           {}
func (r *recorder) Notification(int32, string, string) {}
func (r *recorder) CopyOut(int, bool)                  {}
func (r *recorder) CopyData([]byte) error              { return nil }
func (r *recorder) CopyDone()                          {}
func (r *recorder) Wake()                              {}
func (r *recorder) CopyIn(int, bool) (io.Reader, error) {
	return nil, errors.New("there is no client to copy from")
}

// open makes a session over an empty store.
func open(t testing.TB) (*Session, *recorder) {
	t.Helper()
	store := memstore.New()
	engine, err := table.Open(store, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewManager(Options{Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	s, err := m.Open(Login{User: "postgres"}, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := errors.Join(engine.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	return s, r
}

func fill(b *testing.B) *Session {
	s, r := open(b)
	if err := s.Query("CREATE TABLE t (a int PRIMARY KEY, b int, c char(84)); INSERT INTO t SELECT n, n, '' FROM generate_series(1, 10000) n"); err != nil {
		b.Fatal(err)
	}
	r.quiet = true
	b.ReportAllocs()
	return s
}

func BenchmarkSimplePointRead(b *testing.B) {
	s := fill(b)
	queries := make([]string, 1000)
	for i := range queries {
		queries[i] = fmt.Sprintf("SELECT b FROM t WHERE a = %d;", i+1)
	}
	for i := 0; b.Loop(); i++ {
		if err := s.Query(queries[i%1000]); err != nil {
			b.Fatal(err)
		}
		s.Ready()
	}
}

func BenchmarkPreparedPointRead(b *testing.B) {
	s := fill(b)
	if err := s.ParseStatement("p", "SELECT b FROM t WHERE a = $1", nil); err != nil {
		b.Fatal(err)
	}
	values := make([][]byte, 1)
	for i := 0; b.Loop(); i++ {
		values[0] = fmt.Appendf(values[0][:0], "%d", i%1000+1)
		if err := s.Bind("", "p", nil, values, nil); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Execute("", 0); err != nil {
			b.Fatal(err)
		}
		if err := s.Sync(); err != nil {
			b.Fatal(err)
		}
		s.Ready()
	}
}

func BenchmarkSimplePointUpdate(b *testing.B) {
	s := fill(b)
	queries := make([]string, 1000)
	for i := range queries {
		queries[i] = fmt.Sprintf("UPDATE t SET b = b + -17 WHERE a = %d;", i+1)
	}
	for i := 0; b.Loop(); i++ {
		if err := s.Query(queries[i%1000]); err != nil {
			b.Fatal(err)
		}
	}
}
