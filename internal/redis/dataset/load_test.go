package dataset_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/all"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
	"github.com/orbit-server/orbit/internal/storage"
)

// loaded loads a file into an empty keyspace.
func loaded(t *testing.T, file []byte, o dataset.LoadOptions) (*commandtest.Harness, dataset.LoadStats) {
	t.Helper()
	h := commandtest.New(t, all.Groups()...)
	h.Advance(time.Since(h.Now()))
	stats, err := load(h, file, o)
	if err != nil {
		t.Fatal(err)
	}
	return h, stats
}

func load(h *commandtest.Harness, file []byte, o dataset.LoadOptions) (dataset.LoadStats, error) {
	run := h.KS.NewRun()
	if err := run.LockAll(); err != nil {
		return dataset.LoadStats{}, err
	}
	stats, err := dataset.Load(bytes.NewReader(file), run, o)
	_, applied := run.Apply()
	return stats, errors.Join(err, applied)
}

func TestWhatIsSavedIsLoaded(t *testing.T) {
	h := filled(t)
	for name, limits := range forms() {
		t.Run(name, func(t *testing.T) {
			file, want := saved(t, h, dataset.SaveOptions{Limits: limits})
			var library string
			other, stats := loaded(t, file, dataset.LoadOptions{Function: func(code []byte) error {
				library += string(code)
				return nil
			}})
			if stats.Stats != want {
				t.Errorf("saved %+v, loaded %+v", want, stats)
			}
			if !strings.HasPrefix(library, "#!lua name=mylib") {
				t.Errorf("the library: %q", library)
			}
			differences(t, keysOf(h, 0), func(args ...string) []byte { return h.Raw(args...) }, func(args ...string) []byte { return other.Raw(args...) })
			again, _ := saved(t, other, dataset.SaveOptions{Limits: limits, NoFunctions: true})
			plain, _ := saved(t, h, dataset.SaveOptions{Limits: limits, NoFunctions: true})
			if !bytes.Equal(withoutHeader(again), withoutHeader(plain)) {
				t.Error("saved again, it is another file")
			}
		})
	}
}

// What redis-server saves is loaded, and what is in the streams' lists too.
func TestWhatRedisServerSavesIsLoaded(t *testing.T) {
	dir := t.TempDir()
	r := commandtest.StartRedisIn(t, dir)
	ask := func(args ...string) []byte { return r.Raw(t, args...) }
	for _, words := range fill() {
		if reply := ask(words...); reply[0] == '-' {
			t.Fatalf("%.60q: %s", words, reply)
		}
	}
	ask("FUNCTION", "LOAD", library)
	time.Sleep(2 * time.Millisecond)
	ask("DEL", "gone")
	for _, config := range [][2]string{{"yes", "128"}, {"no", "0"}} {
		ask("CONFIG", "SET", "rdbcompression", config[0])
		ask("CONFIG", "SET", "list-max-listpack-size", config[1])
		if reply := string(ask("SAVE")); reply != "+OK\r\n" {
			t.Fatalf("SAVE: %q", reply)
		}
		file, err := os.ReadFile(filepath.Join(dir, "dump.rdb"))
		if err != nil {
			t.Fatal(err)
		}
		functions := 0
		h, stats := loaded(t, file, dataset.LoadOptions{Function: func([]byte) error { functions++; return nil }})
		if got := string(ask("DBSIZE")); got != fmt.Sprintf(":%d\r\n", stats.Keys) || functions != 1 {
			t.Errorf("%s keys there, loaded %+v and %d functions", got, stats, functions)
		}
		differences(t, keysOf(h, 0), ask, func(args ...string) []byte { return h.Raw(args...) })
	}
}

func TestKeysThatExist(t *testing.T) {
	h := filled(t)
	file, _ := saved(t, h, dataset.SaveOptions{Filter: dataset.Filter{Databases: []int{9}}})
	if _, err := load(h, file, dataset.LoadOptions{}); !errors.Is(err, dataset.ErrExists) {
		t.Errorf("without Replace: %v", err)
	}
	h.DB = 9
	h.Do("SET str other")
	if _, err := load(h, file, dataset.LoadOptions{Replace: true}); err != nil {
		t.Error(err)
	}
	h.Check([][2]string{{"GET str", `"in nine"`}, {"DBSIZE", ":1"}})
}

func TestFiltersOfALoad(t *testing.T) {
	file, _ := saved(t, filled(t), dataset.SaveOptions{})
	for _, c := range []struct {
		filter dataset.Filter
		want   int64
	}{
		{dataset.Filter{Databases: []int{9}}, 1},
		{dataset.Filter{Prefix: []byte("number:")}, 10},
		{dataset.Filter{Types: []keyspace.Type{keyspace.TypeStream}}, 4},
		{dataset.Filter{Match: func(key []byte) bool { return string(key) == "str" }}, 2},
	} {
		if _, stats := loaded(t, file, dataset.LoadOptions{Filter: c.filter}); stats.Keys != c.want {
			t.Errorf("%+v: %d keys, want %d", c.filter, stats.Keys, c.want)
		}
	}
}

func TestExpiredKeysAreNotLoaded(t *testing.T) {
	h := filled(t)
	file, _ := saved(t, h, dataset.SaveOptions{})
	h.Do("FLUSHALL")
	h.Advance(2000 * time.Second)
	stats, err := load(h, file, dataset.LoadOptions{})
	if err != nil || stats.Expired != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	h.Check([][2]string{{"EXISTS with-ttl", ":0"}, {"EXISTS bighash", ":1"}})
}

// The fields of a hash keep their own expiry times, in a payload and in a file.
func TestFieldsThatExpire(t *testing.T) {
	h := commandtest.New(t, all.Groups()...)
	at := h.Now().Add(time.Minute).UnixMilli()
	h.Do("HSET h a 1 b 2 c 3")
	h.Do(fmt.Sprintf("HPEXPIREAT h %d FIELDS 1 a", at))
	h.Do(fmt.Sprintf("HPEXPIREAT h %d FIELDS 1 b", at+5))
	want := h.Do("HPEXPIRETIME h FIELDS 3 a b c")
	if want != fmt.Sprintf("[:%d :%d :-1]", at, at+5) {
		t.Fatal(want)
	}
	_, payload, _ := strings.Cut(string(h.Raw("DUMP", "h")), "\r\n")
	h.Raw("RESTORE", "copy", "0", payload[:len(payload)-2])
	file, _ := saved(t, h, dataset.SaveOptions{})
	h.Do("FLUSHALL")
	if _, err := load(h, file, dataset.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	h.Check([][2]string{{"HPEXPIRETIME h FIELDS 3 a b c", want}, {"HPEXPIRETIME copy FIELDS 3 a b c", want}})
	h.Advance(time.Hour)
	if _, err := h.KS.ExpireDue(10); err != nil {
		t.Fatal(err)
	}
	h.Check([][2]string{{"HGETALL h", `["c" "3"]`}, {"HLEN copy", ":1"}})
}

// A replacement takes the place of all data at once; given up, it changes nothing.
func TestReplacement(t *testing.T) {
	h := filled(t)
	file, _ := saved(t, h, dataset.SaveOptions{Limits: rdb.DefaultLimits})
	for _, line := range []string{"FLUSHALL", "SET old 1", "RPUSH list200 old", "SET volatile x EX 100"} {
		h.Do(line)
	}
	for _, keep := range []bool{false, true} {
		run := h.KS.NewRun()
		p, err := run.Replace()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dataset.Load(bytes.NewReader(file), p.Run(), dataset.LoadOptions{}); err != nil {
			t.Fatal(err)
		}
		if keep {
			err = p.Commit()
		} else {
			err = p.Abandon()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run.Apply(); err != nil {
			t.Fatal(err)
		}
		if !keep {
			h.Check([][2]string{{"DBSIZE", ":3"}, {"GET old", `"1"`}, {"LRANGE list200 0 -1", `["old"]`}})
		}
		for more := true; more; {
			if more, err = h.KS.Collect(100); err != nil {
				t.Fatal(err)
			}
		}
	}
	again, _ := saved(t, h, dataset.SaveOptions{Limits: rdb.DefaultLimits})
	if !bytes.Equal(withoutHeader(again), withoutHeader(file)) {
		t.Error("the replacement is not what was loaded")
	}
	h.Advance(1001 * time.Second)
	if _, err := h.KS.ExpireDue(10); err != nil {
		t.Fatal(err)
	}
	h.Check([][2]string{{"DBSIZE", fmt.Sprint(":", len(keysOf(h, 0)))}, {"EXISTS with-ttl", ":0"}})
}

// What a crash leaves of a replacement is collected.
func TestACrashDuringAReplacement(t *testing.T) {
	h := filled(t)
	before, _ := saved(t, h, dataset.SaveOptions{})
	p, err := h.KS.NewRun().Replace()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.Load(bytes.NewReader(before), p.Run(), dataset.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := p.Run().Spill(); err != nil {
		t.Fatal(err)
	}
	entries := func() int {
		n := 0
		it, err := h.KS.Store().NewIter(storage.IterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for ok := it.First(); ok; ok = it.Next() {
			n++
		}
		if err := it.Close(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	during := entries()
	h.Reopen()
	for more := true; more; {
		if more, err = h.KS.Collect(100); err != nil {
			t.Fatal(err)
		}
	}
	if after := entries(); after > during*6/10 {
		t.Errorf("%d entries in the store, then %d", during, after)
	}
	after, _ := saved(t, h, dataset.SaveOptions{})
	if !bytes.Equal(withoutHeader(after), withoutHeader(before)) {
		t.Error("the data changed")
	}
}

// A file with a large collection is loaded in bounded memory: it is applied bit by
// bit.
func TestLargeCollections(t *testing.T) {
	h := commandtest.New(t, all.Groups()...)
	value := strings.Repeat("v", 4000)
	for i := range 10 {
		words := map[string][]string{"RPUSH": {"RPUSH", "l"}, "SADD": {"SADD", "s"}, "HSET": {"HSET", "h"}, "ZADD": {"ZADD", "z"}}
		for j := range 150 {
			words["RPUSH"] = append(words["RPUSH"], value)
			words["SADD"] = append(words["SADD"], fmt.Sprint(value, i, "-", j))
			words["HSET"] = append(words["HSET"], fmt.Sprint(i, "-", j), value)
			words["ZADD"] = append(words["ZADD"], fmt.Sprint(j), fmt.Sprint(value, i, "-", j))
			h.Raw("XADD", "x", "*", "f", value)
		}
		for _, w := range words {
			h.Raw(w...)
		}
	}
	file, _ := saved(t, h, dataset.SaveOptions{})
	other, _ := loaded(t, file, dataset.LoadOptions{})
	again, _ := saved(t, other, dataset.SaveOptions{})
	if !bytes.Equal(withoutHeader(again), withoutHeader(file)) {
		t.Error("the file loaded and saved is another")
	}
	other.Check([][2]string{{"ZRANK z " + value + "9-149", ":1499"}, {"XLEN x", ":1500"}})
}

// withoutHeader leaves out the time and the checksum.
func withoutHeader(file []byte) []byte {
	_, rest, _ := bytes.Cut(file, []byte("aof-base"))
	return rest[:len(rest)-8]
}
