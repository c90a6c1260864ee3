package survey

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

func names(rows []KeyRow) string {
	var list []string
	for i := range rows {
		list = append(list, string(rows[i].Key))
	}
	return strings.Join(list, " ")
}

func TestWalk(t *testing.T) {
	ks := keys(t, 12)
	for _, row := range []struct {
		o    WalkOptions
		want string
		next string
	}{
		{WalkOptions{Limit: 3}, "plain user:0 user:1", "user:10"},
		{WalkOptions{Limit: 3, From: []byte("user:10")}, "user:10 user:11 user:2", "user:3"},
		{WalkOptions{Limit: 3, From: []byte("user:8")}, "user:8 user:9", ""},
		{WalkOptions{Limit: 2, Back: true}, "user:8 user:9", "user:8"},
		{WalkOptions{Limit: 2, Back: true, From: []byte("user:8")}, "user:6 user:7", "user:6"},
		{WalkOptions{Limit: 5, Back: true, From: []byte("user:10")}, "plain user:0 user:1", ""},
		{WalkOptions{Limit: 9, Prefix: []byte("user:1")}, "user:1 user:10 user:11", ""},
		{WalkOptions{Limit: 9, Prefix: []byte("user:1"), From: []byte("a")}, "user:1 user:10 user:11", ""},
		{WalkOptions{Limit: 9, Prefix: []byte("user:1"), From: []byte("z")}, "", ""},
		{WalkOptions{Limit: 9, Fuzzy: "UR9"}, "user:9", ""},
		{WalkOptions{Limit: 9, Prefix: []byte("user:"), Fuzzy: "u"}, "", ""},
		{WalkOptions{Limit: 9, Filter: dataset.Filter{Match: func(k []byte) bool { return k[len(k)-1] == '0' }}}, "user:0 user:10", ""},
		{WalkOptions{Limit: 9, Filter: dataset.Filter{Types: []keyspace.Type{keyspace.TypeHash}}}, "", ""},
		{WalkOptions{Limit: 9, DB: 3}, "\xff", ""},
		{WalkOptions{Limit: 9, DB: 3, Prefix: []byte("\xff")}, "\xff", ""},
		{WalkOptions{Limit: 9, DB: 5}, "", ""},
	} {
		w, err := Walk(ks, row.o)
		if err != nil || names(w.Rows) != row.want || string(w.Next) != row.next || w.Keys != int64(len(w.Rows)) {
			t.Errorf("%+v: %q, next %q, %d keys, %v", row.o, names(w.Rows), w.Next, w.Keys, err)
		}
	}
	if _, err := Walk(ks, WalkOptions{DB: 99}); err == nil {
		t.Error("no error")
	}
}

func TestWalkCountsInSteps(t *testing.T) {
	ks := keys(t, 2000)
	total, steps := int64(0), 0
	for o := (WalkOptions{Prefix: []byte("user:"), Budget: 1}); ; steps++ {
		w, err := Walk(ks, o)
		if err != nil || len(w.Rows) > 0 || w.Bytes < w.Keys {
			t.Fatalf("%+v, %v", w, err)
		}
		total += w.Keys
		if w.Next == nil {
			break
		}
		o.From = w.Next
	}
	if total != 2000 || steps < 3 {
		t.Errorf("%d keys in %d steps", total, steps)
	}
}

func TestChildren(t *testing.T) {
	ks := keys(t, 3)
	put(t, ks, 0, "a:b:c", "a:b:d", "a:e", "b", "c:", "d::x", "user:1:name", "user:1:mail", "user:2:name", "\xff:z")
	for _, row := range []struct {
		prefix, separator, from string
		limit                   int
		want                    []string
		next                    string
	}{
		{"", ":", "", 99, []string{"a:", "c:", "d:", "user:", "\xff:"}, ""},
		{"", ":", "", 2, []string{"a:", "c:"}, "d::x"},
		{"", ":", "d::x", 2, []string{"d:", "user:"}, "\xff:z"},
		{"a:", ":", "", 99, []string{"a:b:"}, ""},
		{"user:", ":", "", 99, []string{"user:1:", "user:2:"}, ""},
		{"d:", ":", "", 99, []string{"d::"}, ""},
		{"", "::", "", 99, []string{"d::"}, ""},
		{"nothing", ":", "", 99, nil, ""},
	} {
		o := ChildrenOptions{Prefix: []byte(row.prefix), Separator: []byte(row.separator), Limit: row.limit}
		if row.from != "" {
			o.From = []byte(row.from)
		}
		c, err := ListChildren(ks, o)
		var got []string
		for _, p := range c.Prefixes {
			got = append(got, string(p))
		}
		if err != nil || !slices.Equal(got, row.want) || string(c.Next) != row.next {
			t.Errorf("%+v: %q, next %q, %v", row, got, c.Next, err)
		}
	}
}

// What is in a branch is passed over: however many there are, few keys are looked at.
func BenchmarkChildren(b *testing.B) {
	ks := keys(b, 0)
	for i := range 100 {
		var list []string
		for j := range 1000 {
			list = append(list, fmt.Sprintf("p%d:%d", i, j))
		}
		put(b, ks, 0, list...)
	}
	for b.Loop() {
		if c, err := ListChildren(ks, ChildrenOptions{Separator: []byte(":"), Limit: 1000}); err != nil || len(c.Prefixes) != 100 {
			b.Fatal(c, err)
		}
	}
}

func put(t testing.TB, ks *keyspace.Keyspace, db int, list ...string) {
	t.Helper()
	r := ks.NewRun()
	for _, name := range list {
		key := []byte(name)
		if err := r.Lock(db, [][]byte{key}, true); err != nil {
			t.Fatal(err)
		}
		k, err := r.Key(db, key)
		if err == nil {
			err = k.SetString([]byte("x"), 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	p, err := r.Apply()
	if err == nil {
		err = p.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}
