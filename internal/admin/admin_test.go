package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/orbit-server/orbit/internal/changefeed"
	"github.com/orbit-server/orbit/internal/redis/survey"
	"github.com/orbit-server/orbit/internal/storage"
)

type fakeSource struct {
	Carer
	Layouter
	notReady error
	feed     changefeed.Feed[string]
}

func (f *fakeSource) Ready() error { return f.notReady }

func (f *fakeSource) Status() Status {
	return Status{
		Version: "test", PID: 1, Ready: f.notReady == nil,
		Redis: &Redis{Addr: "127.0.0.1:1", CommandsTotal: 42, Storage: StoreStatus(storage.Stats{
			Kind: "pebble", CacheHits: 7, Levels: []storage.LevelStats{{Level: 6, Tables: 3, Bytes: 99}},
		})},
	}
}

// Survey has nothing to look at.
func (f *fakeSource) Survey(context.Context, survey.Options) (*survey.Survey, error) {
	return nil, ErrOff
}

// ListKeys gives what it was asked for.
func (f *fakeSource) ListKeys(_ context.Context, l KeyList) (*survey.Listing, error) {
	return &survey.Listing{Matched: int64(l.Limit), Keys: []survey.KeyRow{{Key: survey.Name("\xff"), Type: l.Order}}}, nil
}

// WalkKeys gives what it was asked for.
func (f *fakeSource) WalkKeys(_ context.Context, o KeyWalk) (*survey.Walked, error) {
	if o.Back && o.From == nil {
		return nil, ErrOff
	}
	return &survey.Walked{Keys: int64(o.Limit), Next: o.From, Rows: []survey.KeyRow{{DB: o.DB, Key: o.Prefix, Type: o.Match + o.Fuzzy}}}, nil
}

// KeyChildren gives what it was asked for.
func (f *fakeSource) KeyChildren(_ context.Context, o KeyLevel) (*survey.Children, error) {
	return &survey.Children{Prefixes: []survey.Name{o.Prefix, survey.Name(o.Separator)}, Next: o.From}, nil
}

// LoadRDB reads everything.
func (f *fakeSource) LoadRDB(_ context.Context, in io.Reader, _ KeyFilter) (LoadedKeys, error) {
	text, err := io.ReadAll(in)
	if string(text) == "full" {
		return LoadedKeys{}, ErrNotEmpty
	}
	return LoadedKeys{Keys: int64(len(text))}, err
}

// SaveRDB writes something, and fails unless it leaves functions out.
func (f *fakeSource) SaveRDB(_ context.Context, out io.Writer, filter KeyFilter) (SavedKeys, error) {
	if len(filter.Databases) > 0 {
		return SavedKeys{}, ErrOff
	}
	if _, err := io.WriteString(out, "REDIS"); err != nil {
		return SavedKeys{}, err
	}
	if filter.NoFunctions {
		return SavedKeys{Keys: 7}, nil
	}
	return SavedKeys{}, errors.New("disk on fire")
}

func (f *fakeSource) Actors() []Actor {
	return []Actor{
		{Protocol: "redis", Name: "redis-3", Partition: 3, State: "active", Keys: 5, Bytes: 60},
		{Protocol: "redis", Name: "redis-4", Partition: 4, State: "passive", Keys: 1, Bytes: 6},
	}
}

// ChangeMode knows one mode.
func (*fakeSource) ChangeMode(_ context.Context, c ModeChange, progress func(ModeProgress)) error {
	progress(ModeProgress{Keys: 1, Bytes: 10, TotalBytes: 20})
	if c.Mode != "actor" {
		return errors.New("no such mode")
	}
	return nil
}

// Local serves no protocol.
func (f *fakeSource) Local(Protocol) func(net.Conn) error { return nil }

func serve(t *testing.T, dir string, source Source) *Client {
	t.Helper()
	s, err := Listen(Options{DataDir: dir, Source: source, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	c, err := NewClient(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestStatusAndMetricsOverTheSocket(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, dir, &fakeSource{})
	status, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.Redis.CommandsTotal != 42 || status.Postgres != nil || status.Redis.Storage.Levels[0].Bytes != 99 {
		t.Errorf("got %+v", status)
	}
	actors, err := c.Actors(t.Context())
	if err != nil || len(actors) != 2 || actors[0].Name != "redis-3" {
		t.Errorf("actors: %+v, %v", actors, err)
	}
	text, err := c.Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"orbit_ready 1", "orbit_redis_commands_total 42", `orbit_storage_read_cache_hits_total{store="redis"} 7`,
		`orbit_storage_level_bytes{level="6",store="redis"} 99`, `orbit_actor_partitions{protocol="redis"} 2`, `orbit_actor_bytes{protocol="redis"} 66`,
		"go_goroutines", "process_resident_memory_bytes",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("metrics lack %q", want)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "orbit.sock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v %v", info, err)
	}
}

func TestNotReadySaysWhy(t *testing.T) {
	c := serve(t, t.TempDir(), &fakeSource{notReady: errors.New("draining")})
	if err := c.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "draining") {
		t.Errorf("got %v", err)
	}
}

func TestNoServer(t *testing.T) {
	c, err := NewClient(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, ErrNoServer) {
		t.Errorf("got %v", err)
	}
}

func TestDeadSocketIsReplacedAndLongPathsWork(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path, err := SocketPath(dir)
	if err != nil || len(path) > maxSocketPath {
		t.Fatalf("%q %v", path, err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := serve(t, dir, &fakeSource{}).Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConnectToWhatIsOff(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, dir, &fakeSource{})
	if _, err := c.Connect(t.Context(), PostgresProtocol); err == nil || !strings.Contains(err.Error(), "this server does not serve postgres") {
		t.Errorf("got %v", err)
	}
	if c, err := NewClient(t.TempDir()); err != nil {
		t.Fatal(err)
	} else if _, err := c.Connect(t.Context(), RedisProtocol); !errors.Is(err, ErrNoServer) {
		t.Errorf("got %v", err)
	}
}

func TestRDBTellsWhatIsNotWhole(t *testing.T) {
	c := serve(t, t.TempDir(), &fakeSource{})
	if _, err := c.RDB(t.Context(), KeyFilter{Databases: []int{1}}); err == nil || !strings.Contains(err.Error(), "does not serve it") {
		t.Errorf("got %v", err)
	}
	wantBrokenRDB(t, c)
}

// bothWays are a client of the endpoint on its socket, and one within the process.
func bothWays(t *testing.T) map[string]*Client {
	t.Helper()
	s, local := Local(Options{DataDir: t.TempDir(), Source: &fakeSource{}, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return map[string]*Client{"socket": serve(t, t.TempDir(), &fakeSource{}), "local": local}
}

func TestSaveRDB(t *testing.T) {
	for name, c := range bothWays(t) {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			saved, err := c.SaveRDB(t.Context(), &out, KeyFilter{NoFunctions: true})
			if err != nil || saved.Keys != 7 || out.String() != "REDIS" {
				t.Errorf("got %+v, %v, %q", saved, err, out.String())
			}
			if _, err := c.SaveRDB(t.Context(), io.Discard, KeyFilter{}); err == nil || err.Error() != "disk on fire" {
				t.Errorf("got %v", err)
			}
			if _, err := c.SaveRDB(t.Context(), io.Discard, KeyFilter{Databases: []int{1}}); err == nil || !strings.Contains(err.Error(), "does not serve it") {
				t.Errorf("got %v", err)
			}
			wantBrokenRDB(t, c)
		})
	}
}

func TestLoadRDB(t *testing.T) {
	for name, c := range bothWays(t) {
		t.Run(name, func(t *testing.T) { testLoadRDB(t, c) })
	}
}

func testLoadRDB(t *testing.T, c *Client) {
	t.Helper()
	if got, err := c.LoadRDB(t.Context(), strings.NewReader("REDIS"), KeyFilter{}); err != nil || got.Keys != 5 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := c.LoadRDB(t.Context(), strings.NewReader("full"), KeyFilter{}); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("got %v", err)
	}
	var unreadable *InputError
	if _, err := c.LoadRDB(t.Context(), iotest.ErrReader(io.ErrNoProgress), KeyFilter{}); !errors.As(err, &unreadable) || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
}

func TestKeys(t *testing.T) {
	c := serve(t, t.TempDir(), &fakeSource{})
	if _, err := c.Survey(t.Context(), survey.Options{}); err == nil || !strings.Contains(err.Error(), "does not serve it") {
		t.Errorf("got %v", err)
	}
	l, err := c.ListKeys(t.Context(), KeyList{Order: "size", Limit: 7})
	if err != nil || l.Matched != 7 || string(l.Keys[0].Key) != "\xff" || l.Keys[0].Type != "size" {
		t.Errorf("got %+v, %v", l, err)
	}
}

func TestWalk(t *testing.T) {
	c := serve(t, t.TempDir(), &fakeSource{})
	w, err := c.WalkKeys(t.Context(), KeyWalk{DB: 3, Prefix: []byte("\xff"), From: []byte("\x00"), Back: true, Match: "a*", Fuzzy: "b", Limit: 7})
	if err != nil || w.Keys != 7 || string(w.Next) != "\x00" || w.Rows[0].DB != 3 || string(w.Rows[0].Key) != "\xff" || w.Rows[0].Type != "a*b" {
		t.Errorf("got %+v, %v", w, err)
	}
	if _, err := c.WalkKeys(t.Context(), KeyWalk{Back: true}); err == nil || !strings.Contains(err.Error(), "does not serve it") {
		t.Errorf("got %v", err)
	}
	ch, err := c.KeyChildren(t.Context(), KeyLevel{Prefix: []byte("p"), Separator: "::", From: []byte("f"), Limit: 1})
	if err != nil || string(ch.Prefixes[0]) != "p" || string(ch.Prefixes[1]) != "::" || string(ch.Next) != "f" {
		t.Errorf("got %+v, %v", ch, err)
	}
	if _, err := c.KeyChildren(t.Context(), KeyLevel{Separator: ":"}); err == nil || !strings.Contains(err.Error(), "need a separator and a limit") {
		t.Errorf("got %v", err)
	}
}

func TestChangeMode(t *testing.T) {
	c := serve(t, t.TempDir(), &fakeSource{})
	var told []ModeProgress
	tell := func(p ModeProgress) { told = append(told, p) }
	if err := c.ChangeMode(context.Background(), ModeChange{Protocol: "redis", Mode: "actor"}, tell); err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || told[0].Bytes != 10 || told[0].Done || !told[1].Done {
		t.Errorf("progress %+v", told)
	}
	err := c.ChangeMode(context.Background(), ModeChange{Protocol: "redis", Mode: "other"}, tell)
	if err == nil || err.Error() != "no such mode" {
		t.Errorf("got %v", err)
	}
}

// wantBrokenRDB reads the file that fakeSource does not save to its end.
func wantBrokenRDB(t *testing.T, c *Client) {
	t.Helper()
	file, err := c.RDB(t.Context(), KeyFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(file); string(text) != "REDIS" || err == nil || err.Error() != "disk on fire" {
		t.Errorf("got %q, %v", text, err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}
