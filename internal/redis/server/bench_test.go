package server

import (
	"fmt"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// sink is a transport that takes everything at once.
type sink struct{ bytes int }

func (k *sink) write(b []byte) bool { k.bytes += len(b); return false }
func (*sink) queued() int           { return 0 }
func (*sink) pieces() int           { return 0 }
func (*sink) setReading(bool)       {}
func (*sink) close()                {}
func (*sink) fd() int               { return 0 }

// posted is what the worker of the last offline session was asked to do.
var posted []func()

// offline makes a worker and a session without a network; the caller's goroutine
// is the event loop.
func offline(tb testing.TB) (*worker, *session, *sink) {
	tb.Helper()
	keys, err := keyspace.Open(memstore.New(), keyspace.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := New(Options{Addr: "127.0.0.1:0", Keyspace: keys})
	if err != nil {
		tb.Fatal(err)
	}
	w := s.newWorker(func(f func()) { posted = append(posted, f) })
	out := new(sink)
	return w, w.open(out, "client:1", "server:1"), out
}

// BenchmarkSession is a session's own work per command: parsing, dispatch, the
// command over a store in memory, the reply.
func BenchmarkSession(b *testing.B) {
	value := string(make([]byte, 64))
	for _, bench := range []struct{ name, input string }{
		{"PING", request("PING")},
		{"GET", request("GET", "key:000000000001")},
		{"SET", request("SET", "key:000000000001", value)},
	} {
		for _, depth := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/P%d", bench.name, depth), func(b *testing.B) {
				w, s, _ := offline(b)
				s.receive([]byte(request("SET", "key:000000000001", value)))
				w.settle()
				var input []byte
				for range depth {
					input = append(input, bench.input...)
				}
				b.ReportAllocs()
				for n := 0; n < b.N; n += depth {
					s.receive(input)
					w.settle()
				}
			})
		}
	}
}

func TestHotPathAllocatesLittle(t *testing.T) {
	w, s, out := offline(t)
	value := string(make([]byte, 64))
	for _, tt := range []struct {
		input string
		most  float64
	}{
		{request("PING"), 0},
		{request("GET", "key:1"), 0},
		{request("SET", "key:1", value), 8}, // the store in memory has its share
	} {
		input := []byte(tt.input)
		s.receive(input)
		w.settle()
		allocs := testing.AllocsPerRun(200, func() {
			s.receive(input)
			w.settle()
		})
		if allocs > tt.most {
			t.Errorf("%.20q: %v allocations, at most %v are allowed", tt.input, allocs, tt.most)
		}
	}
	if out.bytes == 0 {
		t.Error("nothing was replied")
	}
}
