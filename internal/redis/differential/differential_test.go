package differential

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/server"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// stepsPerRound is how many steps a round has, over data that begins empty.
const stepsPerRound = 400

// number reads a setting of the test from the environment.
func number(t *testing.T, name string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// Random commands leave the same replies, events and data on orbit and on
// redis-server. DIFFERENTIAL_COMMANDS sets how many commands are sent at least,
// DIFFERENTIAL_SEED what they are, DIFFERENTIAL_FAILURES how many rounds may
// differ before the test gives up.
func TestRandomCommandsAgreeWithRedisServer(t *testing.T) {
	seed := uint64(number(t, "DIFFERENTIAL_SEED", 1))
	commands := int(number(t, "DIFFERENTIAL_COMMANDS", 60_000))
	failures := int(number(t, "DIFFERENTIAL_FAILURES", 3))
	p := newPair(t)
	sent := 0
	for ; sent < commands && failures > 0; seed++ {
		r := newRound(seed)
		diff, err := p.play(r, r.steps)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		sent += r.commands()
		if diff == nil {
			continue
		}
		failures--
		steps, diff := p.shrink(r, diff)
		t.Errorf("seed %d, RESP%d, %s:\n%s\n%s", seed, r.proto, strings.Join(r.setup(), "; "), script(steps), diff)
	}
	t.Logf("%d commands", sent)
}

// script is the steps as command lines.
func script(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		for _, words := range s.commands {
			b.WriteString("  ")
			for i, w := range words {
				if i > 0 {
					b.WriteByte(' ')
				}
				b.WriteString(quote(w))
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func quote(w string) string {
	if q := strconv.Quote(w); w == "" || strings.ContainsAny(w, " ") || len(q) != len(w)+2 {
		return q
	}
	return w
}

// newPair starts both servers.
func newPair(t *testing.T) *pair {
	t.Helper()
	redis := commandtest.StartRedis(t)
	keys, err := keyspace.Open(memstore.New(), keyspace.Options{LongString: 45, ChunkBytes: 16})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Options{Addr: "127.0.0.1:0", Keyspace: keys, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := keys.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	dial := func(network, addr string) *commandtest.Conn {
		c, err := commandtest.Dial(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	p := &pair{
		redis: peer{name: "redis", conn: redis.Conn, events: dial("unix", redis.Socket)},
		orbit: peer{name: "orbit", conn: dial("tcp", s.Addr().String()), events: dial("tcp", s.Addr().String())},
	}
	for _, server := range p.peers() {
		if err := server.listen(); err != nil {
			t.Fatalf("%s: %v", server.name, err)
		}
	}
	return p
}

// round is one run over empty data.
type round struct {
	seed  uint64
	proto int
	batch int // commands sent together
	// limits are encoding limits, small ones, so that values change their encoding.
	limits []string
	steps  []step
}

func newRound(seed uint64) *round {
	rnd := rand.New(rand.NewPCG(seed, 0))
	r := &round{seed: seed, proto: 2 + rnd.IntN(2), batch: []int{1, 4, 32}[rnd.IntN(3)]}
	if rnd.IntN(3) > 0 {
		limit := func(name string, values ...string) {
			r.limits = append(r.limits, name, values[rnd.IntN(len(values))])
		}
		limit("hash-max-listpack-entries", "4", "8")
		limit("zset-max-listpack-entries", "4", "8")
		limit("set-max-intset-entries", "4", "8")
		limit("list-max-listpack-size", "3", "-1", "8")
		limit("stream-node-max-entries", "3", "5", "100")
		limit("hash-max-listpack-value", "16", "64")
		limit("zset-max-listpack-value", "16", "64")
	} else {
		r.limits = []string{
			"hash-max-listpack-entries", "512", "zset-max-listpack-entries", "128", "set-max-intset-entries", "512", "list-max-listpack-size", "-2",
			"stream-node-max-entries", "100", "hash-max-listpack-value", "64", "zset-max-listpack-value", "64",
		}
	}
	g := newGenerator(rnd)
	for range stepsPerRound {
		r.steps = append(r.steps, g.step())
	}
	return r
}

// setup is what a round begins with.
func (r *round) setup() []string {
	return []string{
		"RESET", fmt.Sprint("HELLO ", r.proto), "FLUSHALL", "SCRIPT FLUSH", "FUNCTION FLUSH",
		"CONFIG SET " + strings.Join(r.limits, " "),
	}
}

func (r *round) commands() int {
	n := 0
	for _, s := range r.steps {
		n += len(s.commands)
	}
	return n
}
