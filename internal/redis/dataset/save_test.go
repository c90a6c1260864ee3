package dataset_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/all"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

const library = "#!lua name=mylib\nredis.register_function('f', function(keys, args) return 'from a function' end)"

// fill makes keys of every type and of every form they take in a file.
func fill() (commands [][]string) {
	add := func(words ...string) { commands = append(commands, words) }
	long := strings.Repeat("abcdefgh", 40)
	add("SET", "str", "\x00\xffbinary")
	add("SET", "empty", "")
	add("SET", "compressible", long)
	add("SET", "large", strings.Repeat("0123456789", 30_000))
	for _, n := range []string{"0", "-128", "127", "-129", "40000", "-2147483648", "2147483648", "9223372036854775807", "007", "-0"} {
		add("SET", "number:"+n, n)
	}
	add("SET", "with-ttl", "v", "EX", "1000")
	add("SET", "gone", "v", "PX", "1")
	add("SADD", "intset16", "1", "-2", "300")
	add("SADD", "intset32", "1", "-70000")
	add("SADD", "intset64", "1", "-7000000000")
	add("SADD", "set", "a", "1", long)
	add("RPUSH", "list", "a", "", "1", "-1", "127", "128", "-4096", "4095", "40000", "-9000000", "1234567890", "-9223372036854775808", long)
	add("RPUSH", "hugeelement", "small", strings.Repeat("y", 100_000), "small")
	add("HSET", "hash", "f", "1", "g", long[:60], "", "empty")
	add("HSET", "bighash", "a", "x", "f", long, "g", "x")
	add("EXPIRE", "bighash", "5000")
	add("ZADD", "zset", "1.5", "a", "-inf", "b", "3", "c", "1e300", "d", "3", "b3", "0.1", "e", "-0.30000000000000004", "f")
	add("ZADD", "bigzset", "0.1", long, "inf", "x", "1", "m")
	for _, size := range []int{200, 3000} {
		push, set, hash, zset := []string{"RPUSH", fmt.Sprint("list", size)}, []string{"SADD", fmt.Sprint("set", size)},
			[]string{"HSET", fmt.Sprint("hash", size)}, []string{"ZADD", fmt.Sprint("zset", size)}
		for i := range size {
			push = append(push, fmt.Sprint("element ", i))
			set = append(set, fmt.Sprint(i))
			hash = append(hash, fmt.Sprint("field", i), fmt.Sprint(i*i))
			zset = append(zset, fmt.Sprint(i%7), fmt.Sprint("member", i))
		}
		add(push...)
		add(set...)
		add(hash...)
		add(zset...)
	}
	add("PFADD", "hll", "a", "b", "c")
	add("SETBIT", "bits", "1000", "1")
	add("GEOADD", "geo", "13.361389", "38.115556", "Palermo")
	return append(commands, fillStreams()...)
}

func fillStreams() (commands [][]string) {
	add := func(words ...string) { commands = append(commands, words) }
	for i := range 350 {
		fields := []string{"XADD", "stream", fmt.Sprintf("%d-%d", 1000+i/3, i), "name", fmt.Sprint("n", i), "age", fmt.Sprint(i)}
		if i%10 == 0 {
			fields = append(fields, "extra", strings.Repeat("z", i))
		}
		add(fields...)
	}
	add("XDEL", "stream", "1000-0", "1003-10", "1116-349")
	add("XADD", "stream", "18446744073709551615-1", "k", "v")
	add("XGROUP", "CREATE", "stream", "g1", "0")
	add("XGROUP", "CREATE", "stream", "g2", "$")
	add("XGROUP", "CREATE", "stream", "g3", "1003-11", "ENTRIESREAD", "7")
	add("XGROUP", "CREATECONSUMER", "stream", "g1", "idle")
	add("XREADGROUP", "GROUP", "g1", "alice", "COUNT", "120", "STREAMS", "stream", ">")
	add("XREADGROUP", "GROUP", "g1", "bob", "COUNT", "30", "STREAMS", "stream", ">")
	add("XREADGROUP", "GROUP", "g3", "carol", "COUNT", "3", "STREAMS", "stream", ">")
	add("XACK", "stream", "g1", "1000-1", "1000-2")
	add("XDEL", "stream", "1005-15") // pending still
	add("XADD", "emptied", "1-1", "k", "v")
	add("XDEL", "emptied", "1-1")
	add("XGROUP", "CREATE", "never", "g", "$", "MKSTREAM")
	add("XADD", "wide", "5-5", "f", strings.Repeat("w", 70_000), "g", "1")
	add("XADD", "wide", "5-6", "f", strings.Repeat("w", 70_000), "g", "1")
	return commands
}

// questions are what is asked of a key of each type. Of "%" the elements may come
// in any order.
var questions = map[string][]string{
	"+string\r\n": {"GET"},
	"+list\r\n":   {"LRANGE 0 -1"},
	"+set\r\n":    {"%SMEMBERS"},
	"+hash\r\n":   {"%HGETALL"},
	"+zset\r\n":   {"ZRANGE 0 -1 WITHSCORES"},
	"+stream\r\n": {"XRANGE - +", "XINFO STREAM FULL COUNT 0"},
}

// radixTree is what XINFO tells of how a stream is kept.
var radixTree = regexp.MustCompile(`"radix-tree-[a-z]+" :\d+ `)

func sorted(text string) string {
	words := strings.Fields(strings.Trim(text, "[]"))
	slices.Sort(words)
	return strings.Join(words, " ")
}

// differences asks both servers about every key.
func differences(t *testing.T, keys []string, one, other func(args ...string) []byte) {
	t.Helper()
	for _, key := range keys {
		kind := string(one("TYPE", key))
		if got := string(other("TYPE", key)); got != kind {
			t.Errorf("%s: a %q there, a %q here", key, got, kind)
			continue
		}
		asked := append([]string{"PEXPIRETIME"}, questions[kind]...)
		for _, q := range asked {
			words := strings.Fields(strings.TrimPrefix(q, "%"))
			at := 1
			if words[0] == "XINFO" {
				at = 2
			}
			words = slices.Insert(words, at, key)
			a, b := commandtest.Text(one(words...)), commandtest.Text(other(words...))
			if q[0] == '%' {
				a, b = sorted(a), sorted(b)
			}
			a, b = radixTree.ReplaceAllString(a, ""), radixTree.ReplaceAllString(b, "")
			if a != b {
				t.Errorf("%s %s:\n%.300s\n%.300s", q, key, a, b)
			}
		}
	}
}

func saved(t *testing.T, h *commandtest.Harness, o dataset.SaveOptions) ([]byte, dataset.Stats) {
	t.Helper()
	snap, err := h.KS.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := snap.Close(); err != nil {
			t.Error(err)
		}
	}()
	var b bytes.Buffer
	stats, err := dataset.Save(&b, snap, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), stats
}

func filled(t *testing.T) *commandtest.Harness {
	t.Helper()
	h := commandtest.New(t, all.Groups()...)
	h.Advance(time.Since(h.Now()))
	for db, commands := range map[int][][]string{0: fill(), 9: {{"SET", "str", "in nine"}}} {
		h.DB = db
		for _, words := range commands {
			if reply := h.Raw(words...); reply[0] == '-' {
				t.Fatalf("%.60q: %s", words, reply)
			}
		}
	}
	h.DB = 0
	run := h.KS.NewRun()
	if err := run.SetBlob(keyspace.LibraryBlobs+"mylib", []byte(library)); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Apply(); err != nil {
		t.Fatal(err)
	}
	h.Advance(time.Second)
	if _, err := h.KS.ExpireDue(10); err != nil {
		t.Fatal(err)
	}
	return h
}

// forms are the ways in which values are written.
func forms() map[string]rdb.Limits {
	packed := rdb.DefaultLimits
	packed.Compress = true
	return map[string]rdb.Limits{"plain": {}, "compact": rdb.DefaultLimits, "compact and compressed": packed}
}

func TestRedisServerLoadsWhatIsSaved(t *testing.T) {
	h := filled(t)
	for name, limits := range forms() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file, stats := saved(t, h, dataset.SaveOptions{Limits: limits, Aux: []dataset.Aux{{Name: "redis-ver", Value: "7.0.15"}}})
			path := filepath.Join(dir, "dump.rdb")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			if tool, err := exec.LookPath("redis-check-rdb"); err == nil {
				if out, err := exec.Command(tool, path).CombinedOutput(); err != nil {
					t.Fatalf("redis-check-rdb: %v\n%s", err, out)
				}
			}
			r := commandtest.StartRedisIn(t, dir)
			there := func(args ...string) []byte { return r.Raw(t, args...) }
			here := func(args ...string) []byte { return h.Raw(args...) }
			keys := keysOf(h, 0)
			if got := string(there("DBSIZE")); got != fmt.Sprintf(":%d\r\n", len(keys)) || stats.Keys != int64(len(keys))+1 {
				t.Errorf("%d keys: saved %d, loaded %q", len(keys), stats.Keys, got)
			}
			differences(t, keys, here, there)
			if got := commandtest.Text(there("FCALL", "f", "0")); !strings.Contains(got, "from a function") {
				t.Errorf("the function: %s", got)
			}
			there("SELECT", "9")
			if got := string(there("GET", "str")); got != "$7\r\nin nine\r\n" {
				t.Errorf("in database 9: %q", got)
			}
		})
	}
}

func keysOf(h *commandtest.Harness, db int) (keys []string) {
	_ = h.KS.NewRun().EachKey(db, nil, func(key []byte, _ keyspace.Meta) (bool, error) {
		keys = append(keys, string(key))
		return true, nil
	})
	return keys
}

func TestFilters(t *testing.T) {
	h := filled(t)
	for _, c := range []struct {
		filter dataset.Filter
		want   int64
	}{
		{dataset.Filter{Databases: []int{9}}, 1},
		{dataset.Filter{Prefix: []byte("number:")}, 10},
		{dataset.Filter{Types: []keyspace.Type{keyspace.TypeStream}}, 4},
		{dataset.Filter{Match: func(key []byte) bool { return string(key) == "str" }}, 2},
	} {
		if _, stats := saved(t, h, dataset.SaveOptions{Filter: c.filter}); stats.Keys != c.want {
			t.Errorf("%+v: %d keys, want %d", c.filter, stats.Keys, c.want)
		}
	}
}

// What is written after a snapshot was taken is not in it.
func TestASnapshotStandsStill(t *testing.T) {
	h := filled(t)
	before, _ := saved(t, h, dataset.SaveOptions{})
	snap, err := h.KS.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = snap.Close() }()
	run := h.KS.NewRun()
	if err := errors.Join(run.SwapDB(0, 9), run.FlushDB(0), run.FlushAll()); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Apply(); err != nil {
		t.Fatal(err)
	}
	h.Do("RPUSH list200 x")
	if _, err := h.KS.Collect(1 << 20); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := dataset.Save(&b, snap, dataset.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), before) {
		t.Error("the snapshot changed")
	}
}

// When keys were used, or how often, goes to redis-server in a file and comes back.
func TestUsesAreSaved(t *testing.T) {
	for _, c := range []struct{ policy, ask, want string }{
		{"allkeys-lru", "IDLETIME", ":100[0-9]\r\n"},
		{"volatile-lfu", "FREQ", ":200\r\n"},
	} {
		t.Run(c.policy, func(t *testing.T) {
			want := regexp.MustCompile("^" + c.want + "$")
			frequencies := func(h *commandtest.Harness) {
				var log, decay atomic.Int64
				log.Store(10)
				if c.ask == "FREQ" {
					h.KS.TrackFrequency(&keyspace.Frequency{LogFactor: &log, DecayMinutes: &decay})
				}
			}
			h := commandtest.New(t, all.Groups()...)
			h.Advance(time.Since(h.Now()))
			frequencies(h)
			h.Do("SET k v")
			run := h.KS.NewRun() // only what is tracked is set
			run.SetUseFrequency([]byte("k"), 200)
			run.SetIdleSeconds([]byte("k"), 1000)
			dir := t.TempDir()
			file, _ := saved(t, h, dataset.SaveOptions{Uses: true})
			if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), file, 0o600); err != nil {
				t.Fatal(err)
			}
			r := commandtest.StartRedisIn(t, dir, "--maxmemory-policy", c.policy)
			if got := string(r.Raw(t, "OBJECT", c.ask, "k")); !want.MatchString(got) {
				t.Errorf("redis-server has loaded %s %q", c.ask, got)
			}
			other := commandtest.New(t, all.Groups()...)
			other.Advance(time.Since(other.Now()))
			frequencies(other)
			if _, err := load(other, file, dataset.LoadOptions{}); err != nil {
				t.Fatal(err)
			}
			if got := string(other.Raw("OBJECT", c.ask, "k")); !want.MatchString(got) {
				t.Errorf("loaded %s %q", c.ask, got)
			}
		})
	}
}
