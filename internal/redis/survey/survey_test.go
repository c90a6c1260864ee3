package survey

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/storage/memstore"
)

// filled is a snapshot of such a keyspace.
func filled(t *testing.T, users int) *keyspace.Snapshot {
	t.Helper()
	snap, err := keys(t, users).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = snap.Close() })
	return snap
}

// keys is a keyspace with keys user:0 … and some others.
func keys(t testing.TB, users int) *keyspace.Keyspace {
	t.Helper()
	ks, err := keyspace.Open(memstore.New(), keyspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := ks.NewRun()
	set := func(db int, name, value string, ttl time.Duration) {
		t.Helper()
		key := []byte(name)
		if err := r.Lock(db, [][]byte{key}, true); err != nil {
			t.Fatal(err)
		}
		k, err := r.Key(db, key)
		if err != nil {
			t.Fatal(err)
		}
		expire := int64(0)
		if ttl != 0 {
			expire = r.Now() + ttl.Milliseconds()
		}
		if err := k.SetString([]byte(value), expire); err != nil {
			t.Fatal(err)
		}
	}
	for i := range users {
		set(0, fmt.Sprintf("user:%d", i), "x", time.Duration(i%2)*10*time.Minute)
	}
	set(0, "plain", strings.Repeat("large", 100), 0)
	set(3, "\xff", "y", 48*time.Hour)
	if p, err := r.Apply(); err != nil {
		t.Fatal(err)
	} else if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	return ks
}

func TestSurvey(t *testing.T) {
	s, err := Take(filled(t, 1000), Options{Separator: ":", Top: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Databases) != 2 || s.Databases[0] != (Database{0, 1001, 500}) || s.Databases[1] != (Database{3, 1, 1}) {
		t.Errorf("databases %+v", s.Databases)
	}
	if s.Walked != 1002 || s.Approximate || len(s.Types) != 1 || s.Types[0].Keys != 1002 {
		t.Errorf("walked %d, types %+v", s.Walked, s.Types)
	}
	if len(s.TTLs) != 3 || s.TTLs[0].Name != "none" || s.TTLs[0].Keys != 501 || s.TTLs[1].Name != "under an hour" || s.TTLs[2].Name != "under a week" {
		t.Errorf("TTLs %+v", s.TTLs)
	}
	if len(s.Prefixes) != 2 || s.Prefixes[0].Name != "user:" || s.Prefixes[0].Keys != 1000 || s.Prefixes[1].Name != noPrefix {
		t.Errorf("prefixes %+v", s.Prefixes)
	}
	if len(s.Largest) != 2 || string(s.Largest[0].Key) != "plain" {
		t.Errorf("largest %+v", s.Largest)
	}
}

func TestSurveyStopsInTime(t *testing.T) {
	s, err := Take(filled(t, 2000), Options{Separator: ":", Top: 1, Budget: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Approximate || s.Walked >= 2002 || s.Types[0].Keys < 2000 || s.Types[0].Keys > 2004 {
		t.Errorf("%+v", s)
	}
}

func TestList(t *testing.T) {
	snap := filled(t, 1000)
	for _, row := range []struct {
		o       ListOptions
		first   string
		matched int64
	}{
		{ListOptions{Order: "name", Limit: 3}, "plain", 1002},
		{ListOptions{Order: "size", Limit: 3}, "plain", 1002},
		{ListOptions{Order: "elements", Limit: 3}, "plain", 1002},
		{ListOptions{Order: "ttl", Limit: 3}, "user:1", 501},
		{ListOptions{Order: "name", Limit: 3, Filter: dataset.Filter{Prefix: []byte("user:5")}}, "user:5", 111},
		{ListOptions{Order: "size", Limit: 3, Filter: dataset.Filter{Databases: []int{3}}}, "\xff", 1},
		{ListOptions{Order: "size", Limit: 3, Filter: dataset.Filter{Types: []keyspace.Type{keyspace.TypeHash}}}, "", 0},
	} {
		l, err := List(snap, row.o)
		if err != nil {
			t.Fatal(err)
		}
		if l.Matched != row.matched || row.matched > 0 && string(l.Keys[0].Key) != row.first || len(l.Keys) != int(min(row.matched, 3)) {
			t.Errorf("%+v: %+v", row.o, l)
		}
	}
	if _, err := List(snap, ListOptions{Order: "colour"}); err == nil {
		t.Error("no error")
	}
}

func TestNamesInJSON(t *testing.T) {
	for _, name := range []string{"", "caf\u00e9", "\xff\x00"} {
		b, err := json.Marshal(Name(name))
		if err != nil {
			t.Fatal(err)
		}
		var back Name
		if err := json.Unmarshal(b, &back); err != nil || string(back) != name {
			t.Errorf("%q: %s, %q, %v", name, b, back, err)
		}
	}
}

func TestListsAreOfAPrefixAndSomeLetters(t *testing.T) {
	snap := filled(t, 100)
	for _, tt := range []struct {
		filter dataset.Filter
		fuzzy  string
		want   int64
	}{
		{dataset.Filter{Databases: []int{0}, Prefix: []byte("user:")}, "", 100},
		{dataset.Filter{Databases: []int{0}, Prefix: []byte("user:")}, "55", 1},
		{dataset.Filter{Databases: []int{0}, Prefix: []byte("user:")}, "u", 0}, // letters of what follows
		{dataset.Filter{Databases: []int{0}}, "U9", 19},
		{dataset.Filter{Databases: []int{0}}, "pln", 1},
	} {
		l, err := List(snap, ListOptions{Filter: tt.filter, Fuzzy: tt.fuzzy, Order: "size", Limit: 3})
		if err != nil || l.Matched != tt.want || int64(len(l.Keys)) != min(tt.want, 3) {
			t.Errorf("%s with %q: %+v, %v, want %d keys", tt.filter.Prefix, tt.fuzzy, l, err, tt.want)
		}
	}
}
