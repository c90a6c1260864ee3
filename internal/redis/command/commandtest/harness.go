package commandtest

import (
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// Harness is a keyspace in memory, a clock that stands still, and a registry.
type Harness struct {
	t        testing.TB
	registry *command.Registry
	KS       *keyspace.Keyspace
	// DB is the database that commands run in, Proto the protocol version of
	// replies (2 unless set).
	DB    int
	Proto int
	// Session and Server are what commands find in their context.
	Session command.Session
	Server  command.Server

	now   time.Time
	store storage.Store
}

// New makes an empty keyspace for the commands of the groups.
func New(t testing.TB, groups ...[]*command.Spec) *Harness {
	t.Helper()
	return Over(t, memstore.New(), groups...)
}

// Over is New over a store, which stays the caller's to close.
func Over(t testing.TB, store storage.Store, groups ...[]*command.Spec) *Harness {
	t.Helper()
	registry, err := command.NewRegistry(groups...)
	if err != nil {
		t.Fatal(err)
	}
	h := &Harness{t: t, registry: registry, Proto: 2, now: time.Unix(1_700_000_000, 0), store: store}
	h.Reopen()
	return h
}

// Reopen opens the keyspace anew over what is stored, as a restart does.
func (h *Harness) Reopen() {
	h.t.Helper()
	var err error
	h.KS, err = keyspace.Open(h.store, keyspace.Options{Clock: func() time.Time { return h.now }})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Advance moves the clock.
func (h *Harness) Advance(d time.Duration) { h.now = h.now.Add(d) }

// Now is what the clock shows.
func (h *Harness) Now() time.Time { return h.now }

// Do runs one command line, split as Split does, and returns its reply as Text
// gives it.
func (h *Harness) Do(line string) string {
	h.t.Helper()
	return Text(h.Raw(Split(h.t, line)...))
}

// Raw runs one command and returns the bytes of its reply.
func (h *Harness) Raw(args ...string) []byte {
	h.t.Helper()
	run := h.KS.NewRun()
	words := make([][]byte, len(args))
	for i, arg := range args {
		words[i] = []byte(arg)
	}
	c := &command.Ctx{
		Args: words, Out: &resp.Writer{Proto: h.Proto}, Keys: run, DB: h.DB,
		Session: h.Session, Server: h.Server,
	}
	if err := h.run(c); err != nil {
		c.Out.Truncate(0)
		c.Out.Error(command.ReplyText(err))
	}
	pending, err := run.Apply()
	if err == nil && pending != nil {
		err = pending.Wait()
	}
	if err != nil {
		h.t.Fatalf("%q: %v", args, err)
	}
	return c.Out.Buf
}

func (h *Harness) run(c *command.Ctx) error {
	spec, err := h.registry.Resolve(c.Args)
	if err != nil {
		return err
	}
	c.Spec = spec
	keys, err := spec.AppendKeys(nil, c.Args)
	if err != nil {
		return err
	}
	if spec.Exclusive {
		err = c.Keys.LockAll()
	} else {
		err = c.Keys.Lock(c.DB, keys, spec.Has(command.Write))
	}
	if err != nil {
		return err
	}
	return spec.Handler(c)
}

// Check runs a table of command lines in order and compares the replies.
func (h *Harness) Check(table [][2]string) {
	h.t.Helper()
	for _, row := range table {
		if got := h.Do(row[0]); got != row[1] {
			h.t.Errorf("%s\n got %s\nwant %s", row[0], got, row[1])
		}
	}
}

// Split cuts a command line at blanks. A word in double quotes may hold blanks
// and the escapes \n \r \t \\ \" \xHH.
func Split(t testing.TB, line string) []string {
	t.Helper()
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			words, line = append(words, word), rest
			continue
		}
		word, rest, err := unquote(line[1:])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		words, line = append(words, word), rest
	}
	return words
}
