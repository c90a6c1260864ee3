package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

func TestPipelineKeepsItsOrder(t *testing.T) {
	c := dial(t, serve(t))
	var want strings.Builder
	for i := range 2000 {
		c.send(request("SET", fmt.Sprint("k", i), fmt.Sprint(i)) + request("GET", fmt.Sprint("k", i)) + "PING\r\n")
		fmt.Fprintf(&want, "+OK\r\n$%d\r\n%d\r\n+PONG\r\n", len(fmt.Sprint(i)), i)
	}
	got := make([]byte, want.Len())
	if _, err := io.ReadFull(c.r, got); err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Error("replies are out of order or wrong")
	}
}

func TestHalfSentMessages(t *testing.T) {
	c := dial(t, serve(t))
	for _, b := range []byte(request("SET", "key", "a value\r\n") + request("GET", "key")) {
		c.send(string(b))
	}
	if got := c.reply() + c.reply(); got != "+OK\r\n$9\r\na value\r\n\r\n" {
		t.Errorf("got %q", got)
	}
	c.send("*2\r\n$3\r\nGET\r\n$100\r\nab")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestHostileInputGetsItsError(t *testing.T) {
	s := serve(t)
	for input, want := range map[string]string{
		"*1048577000\r\n":                     "-ERR Protocol error: invalid multibulk length\r\n",
		"*1\r\n$1073741824\r\n":               "-ERR Protocol error: invalid bulk length\r\n",
		"*1\r\n:1\r\n":                        "-ERR Protocol error: expected '$', got ':'\r\n",
		strings.Repeat("x", 70_000):           "-ERR Protocol error: too big inline request\r\n",
		"SET \"a\r\n":                         "-ERR Protocol error: unbalanced quotes in request\r\n",
		"PING\r\n*1\r\n$-5\r\nPING\r\nPING\r": "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\n\r\n":  "-ERR unknown command 'POST', with args beginning with: '/' 'HTTP/1.1' \r\n",
	} {
		c := dial(t, s)
		c.send(input)
		if got := c.closed(); got != want {
			t.Errorf("%.30q: got %q, want %q", input, got, want)
		}
	}
	dial(t, s).want("+PONG\r\n", "PING")
}

func TestHugeBulkHeaderThatIsAllowedWaits(t *testing.T) {
	s := serve(t, withParam("proto-max-bulk-len", "2gb"))
	c := dial(t, s)
	c.send("*2\r\n$4\r\nECHO\r\n$1073741824\r\nabc")
	other := dial(t, s)
	eventually(t, "the bytes are held", func() bool {
		return strings.Contains(other.do("CLIENT", "LIST"), fmt.Sprintf("qbuf=%d", 4+len("\r\n$4\r\nECHO\r\n$1073741824\r\nabc")-2))
	})
}

func TestQueryBufferLimit(t *testing.T) {
	s := serve(t, withParam("client-query-buffer-limit", "1mb"))
	c := dial(t, s)
	// The server may close before all is sent.
	_, _ = io.WriteString(c, "*2\r\n$4\r\nECHO\r\n$4000000\r\n"+strings.Repeat("x", 2_000_000))
	c.closed()
	if n := s.tel.QueryLimited.Load(); n != 1 {
		t.Errorf("%d clients were limited", n)
	}
}

func TestUnauthenticatedClientsGetLittle(t *testing.T) {
	s := serve(t, withParam("requirepass", "secret"))
	c := dial(t, s)
	c.want("-NOAUTH Authentication required.\r\n", "GET", "k")
	c.want("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "wrong")
	if got := c.do("HELLO", "3"); !strings.HasPrefix(got, "-NOAUTH HELLO must be called") {
		t.Errorf("HELLO: %q", got)
	}
	c.want("+OK\r\n", "AUTH", "default", "secret")
	c.want("$-1\r\n", "GET", "k")
	c.want("+RESET\r\n", "RESET")
	c.want("-NOAUTH Authentication required.\r\n", "GET", "k")

	big := dial(t, s)
	big.send("*11\r\n")
	if got := big.closed(); got != "-ERR Protocol error: unauthenticated multibulk length\r\n" {
		t.Errorf("got %q", got)
	}
	long := dial(t, s)
	long.send("*2\r\n$4\r\nAUTH\r\n$20000\r\n")
	if got := long.closed(); got != "-ERR Protocol error: unauthenticated bulk length\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestClientThatNeverReadsIsHeldBack(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	c.want("+OK\r\n", "SET", "big", strings.Repeat("x", 1<<20))
	// Replies of 200 MB are asked for and not read.
	for range 200 {
		c.send(request("GET", "big"))
	}
	var held *session
	eventually(t, "the session waits", func() bool {
		for _, held = range s.clients.all() {
			if held.shared.outputMem.Load() > heldOutputEach {
				return true
			}
		}
		return false
	})
	if mem := held.shared.outputMem.Load(); mem > heldOutputEach+(2<<20) {
		t.Errorf("the server holds %d bytes for a client that does not read", mem)
	}
	dial(t, s).want("+PONG\r\n", "PING")
	// When it reads after all, it gets everything.
	for range 200 {
		if got := c.reply(); len(got) != 1<<20+len("$1048576\r\n\r\n") {
			t.Fatalf("a reply of %d bytes", len(got))
		}
	}
	c.want("+PONG\r\n", "PING")
}

func TestOutputBufferLimitCloses(t *testing.T) {
	s := serve(t, withParam("client-output-buffer-limit", "normal 8mb 0 0"))
	c := dial(t, s)
	c.want("+OK\r\n", "SET", "big", strings.Repeat("x", 1<<20))
	for range 100 {
		if _, err := io.WriteString(c, request("GET", "big")); err != nil {
			break // closed already
		}
	}
	eventually(t, "the client is closed", func() bool { return s.tel.OutputLimited.Load() == 1 })
	eventually(t, "it is forgotten", func() bool { return s.clients.count.Load() == 0 })
}

func TestMaxClients(t *testing.T) {
	s := serve(t, withParam("maxclients", "2"))
	a, b := dial(t, s), dial(t, s)
	a.want("+PONG\r\n", "PING")
	b.want("+PONG\r\n", "PING")
	c := dial(t, s)
	if got := c.closed(); got != "-ERR max number of clients reached\r\n" {
		t.Errorf("got %q", got)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "there is room again", func() bool {
		c := dial(t, s)
		c.send("PING\r\n")
		return strings.HasPrefix(c.closedOrReply(), "+PONG")
	})
}

func (c *client) closedOrReply() string {
	text, _ := readReply(c.r)
	return text
}

func TestIdleClientsAreClosed(t *testing.T) {
	s := serve(t, withParam("timeout", "1"))
	c := dial(t, s)
	c.want("+PONG\r\n", "PING")
	if got := c.closed(); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestHandlerPanicEndsNothing(t *testing.T) {
	boom := &command.Spec{Name: "boom", Arity: 1, Flags: command.Write, Handler: func(c *command.Ctx) error {
		if err := c.Keys.SetString(c.DB, []byte("half"), []byte("x")); err != nil {
			return err
		}
		panic("a bug")
	}}
	s := serve(t, withCommands(boom))
	c := dial(t, s)
	c.send(request("SET", "a", "1") + request("GET", "a") + request("BOOM") + request("SET", "b", "2"))
	if got := c.reply() + c.reply() + c.reply() + c.reply(); got != "-ERR internal error\r\n-ERR internal error\r\n-ERR internal error\r\n+OK\r\n" {
		t.Errorf("got %q", got)
	}
	if got := c.do("GET", "a") + c.do("GET", "half") + c.do("GET", "b"); got != "$-1\r\n$-1\r\n$1\r\n2\r\n" {
		t.Errorf("got %q", got)
	}
	if s.Status().Panics != 1 {
		t.Error("the panic was not counted")
	}
}

// brokenStore refuses batches, or fails when they are waited for.
type brokenStore struct {
	storage.Store
	refuse, lose atomic.Bool
}

var errDisk = errors.New("no space left")

type lost struct{ storage.Pending }

func (p lost) Wait() error { return errors.Join(errDisk, p.Pending.Wait()) }

func (b *brokenStore) Apply(batch storage.Batch) (storage.Pending, error) {
	if b.refuse.Load() {
		return nil, errDisk
	}
	p, err := b.Store.Apply(batch)
	if err == nil && b.lose.Load() {
		p = lost{p}
	}
	return p, err
}

func TestFailedWritesAreNeverAcknowledged(t *testing.T) {
	store := &brokenStore{Store: memstore.New()}
	s := serve(t, withStore(store))
	c := dial(t, s)
	for _, breakIt := range []*atomic.Bool{&store.refuse, &store.lose} {
		c.want("+OK\r\n", "SET", "a", "1")
		breakIt.Store(true)
		c.send(request("GET", "a") + request("SET", "a", "2") + request("GET", "a") + request("INCR", "a"))
		if got := c.reply(); got != "$1\r\n1\r\n" {
			t.Errorf("a read before the write: %q", got)
		}
		for range 3 {
			if got := c.reply(); !strings.HasPrefix(got, "-MISCONF ") || !strings.Contains(got, "no space left") {
				t.Errorf("got %q", got)
			}
		}
		breakIt.Store(false)
	}
	c.want("+OK\r\n", "SET", "a", "3")
	c.want("$1\r\n3\r\n", "GET", "a")
}

// slowStore is as durable as an fsync, at the test's pace.
type slowStore struct {
	storage.Store
	gate chan struct{}
	fast atomic.Bool // its durability went down
}

type gated struct {
	storage.Pending
	gate chan struct{}
}

func (p gated) Wait() error {
	<-p.gate
	return p.Pending.Wait()
}

func (s *slowStore) Durability() storage.Durability {
	if s.fast.Load() {
		return storage.EverySec
	}
	return storage.Always
}

func (s *slowStore) SetDurability(d storage.Durability) { s.fast.Store(d != storage.Always) }

func (s *slowStore) Apply(b storage.Batch) (storage.Pending, error) {
	p, err := s.Store.Apply(b)
	if err != nil || s.fast.Load() {
		return p, err
	}
	return gated{p, s.gate}, nil
}

func TestRepliesWaitForFsyncInOrderAndBlockNobody(t *testing.T) {
	base := memstore.New()
	store := &slowStore{Store: base, gate: make(chan struct{}, 1000)}
	store.gate <- struct{}{} // for opening
	s := serve(t, withStore(store))
	open := sync.OnceFunc(func() { close(store.gate) })
	t.Cleanup(open) // before the server's own
	c := dial(t, s)
	c.send(request("SET", "a", "1") + "PING\r\n" + request("GET", "a"))
	eventually(t, "the write is visible", func() bool {
		_, ok, err := s.keys.NewRun().GetString(0, []byte("a"))
		return ok && err == nil
	})
	dial(t, s).want("+PONG\r\n", "PING")
	c.send("PING\r\n")
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if b, err := c.r.ReadByte(); err == nil {
		t.Fatalf("%q came before the fsync", b)
	}
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	open()
	if got := c.reply() + c.reply() + c.reply() + c.reply(); got != "+OK\r\n+PONG\r\n$1\r\n1\r\n+PONG\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestRepliesStayInOrderWhenTheDurabilityGoesDown(t *testing.T) {
	store := &slowStore{Store: memstore.New(), gate: make(chan struct{}, 1000)}
	store.gate <- struct{}{} // for opening
	s := serve(t, withStore(store))
	open := sync.OnceFunc(func() { close(store.gate) })
	t.Cleanup(open) // before the server's own
	c, other := dial(t, s), dial(t, s)
	other.want("*2\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n", "CONFIG", "GET", "appendfsync")
	c.send(request("SET", "a", "1"))
	eventually(t, "the write is visible", func() bool {
		_, ok, err := s.keys.NewRun().GetString(0, []byte("a"))
		return ok && err == nil
	})
	other.want("+OK\r\n", "CONFIG", "SET", "appendfsync", "everysec")
	c.send(request("APPEND", "a", "2"))
	eventually(t, "the second write is visible", func() bool {
		v, _, err := s.keys.NewRun().GetString(0, []byte("a"))
		return string(v) == "12" && err == nil
	})
	open()
	if got := c.reply() + c.reply(); got != "+OK\r\n:2\r\n" {
		t.Errorf("got %q", got)
	}
	c.want("+OK\r\n", "SET", "a", "3")
}

func TestLongCommandsLeaveTheLoop(t *testing.T) {
	gate := make(chan struct{})
	long := &command.Spec{Name: "long", Arity: -1, Long: true, Handler: func(c *command.Ctx) error {
		<-gate
		c.Out.Bulk(bytes.Join(c.Args, []byte("-")))
		return nil
	}}
	s := serve(t, withCommands(long), func(_ *testing.T, o *Options) { o.Loops = 1 })
	c, other := dial(t, s), dial(t, s)
	c.send(request("SET", "a", "1") + request("LONG", "x") + request("INCR", "a"))
	if got := c.reply(); got != "+OK\r\n" {
		t.Errorf("got %q", got)
	}
	other.want("$1\r\n1\r\n", "GET", "a")
	close(gate)
	if got := c.reply() + c.reply(); got != "$6\r\nLONG-x\r\n:2\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestShutdownFinishesWhatWasRead(t *testing.T) {
	gate := make(chan struct{})
	long := &command.Spec{Name: "long", Arity: 1, Long: true, Handler: func(c *command.Ctx) error {
		<-gate
		c.Out.OK()
		return nil
	}}
	s := serve(t, withCommands(long))
	busy, idle := dial(t, s), dial(t, s)
	idle.want("+PONG\r\n", "PING")
	busy.send(request("LONG"))
	eventually(t, "the command runs", func() bool { return len(s.longTurns) == 1 })
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		done <- s.Shutdown(ctx)
	}()
	if got := idle.closed(); got != "" {
		t.Errorf("got %q", got)
	}
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("a draining server accepts")
	}
	close(gate)
	if got := busy.closed(); got != "+OK\r\n" {
		t.Errorf("got %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAddressInUse(t *testing.T) {
	s := serve(t)
	second, err := New(Options{Addr: s.Addr().String(), Keyspace: s.keys})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}
