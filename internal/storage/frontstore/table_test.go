package frontstore

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestTableModel compares what a table says of its keys, and walks over them, with a
// plain map: range deletes leave in it what they cover.
func TestTableModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := newTable(rapid.IntRange(0, 2).Draw(t, "group"))
		model := map[string]string{} // "-" is deleted
		var keys []string
		for i := range 60 {
			keys = append(keys, fmt.Sprintf("%c%02d", 'a'+i/30, i%30))
		}
		key := rapid.SampledFrom(keys)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				k, v := key.Draw(t, "key"), rapid.StringN(0, 3, -1).Draw(t, "value")
				table.put("", []byte(k), []byte("="+v))
				model[k] = "=" + v
			},
			"delete": func(t *rapid.T) {
				k := key.Draw(t, "key")
				table.put("", []byte(k), nil)
				model[k] = "-"
			},
			"delete range": func(t *rapid.T) {
				lower, upper := key.Draw(t, "lower"), key.Draw(t, "upper")
				if lower >= upper {
					return
				}
				table.deleteRange([]byte(lower), []byte(upper))
				for _, k := range keys {
					if k >= lower && k < upper {
						delete(model, k)
					}
				}
			},
			"walk": func(t *rapid.T) {
				bounds := rapid.SampledFrom([][2]string{{"a", "z"}, {"a1", "a2"}, {"a05", "a12"}, {"b2", "c"}, {"b21", "b27"}, {"", "b"}}).Draw(t, "bounds")
				table.order([]byte(bounds[0]), []byte(bounds[1]))
				within := func(k string) bool { return k >= bounds[0] && k < bounds[1] }
				var walked []string
				table.layer().Writes.Ascend("", func(k string, value []byte) bool {
					if !within(k) {
						return true
					}
					if want := model[k]; want == "" || want == "-" != (value == nil) || value != nil && string(value) != want {
						t.Fatalf("%s has %q, want %q", k, value, want)
					}
					walked = append(walked, k)
					return true
				})
				want := maps.Clone(model)
				maps.DeleteFunc(want, func(k, _ string) bool { return !within(k) })
				if !slices.Equal(walked, slices.Sorted(maps.Keys(want))) {
					t.Fatalf("walked over %v, want the keys of %v", walked, want)
				}
			},
			"": func(t *rapid.T) {
				for _, k := range keys {
					value, deleted, ok := table.get([]byte(k))
					want, written := model[k]
					switch covered := table.deleted.Covers([]byte(k)); {
					case written && (!ok || deleted != (want == "-") || !deleted && string(value) != want):
						t.Fatalf("%s: %q, deleted %t, known %t; want %q", k, value, deleted, ok, want)
					case !written && (ok != covered || deleted != covered):
						t.Fatalf("%s: deleted %t, known %t; never written since a range delete: %t", k, deleted, ok, covered)
					}
				}
			},
		})
	})
}

// TestRangeDeletesAtAQueuesEndsBecomeOne has the range deletes of a list that is trimmed
// again and again, and of a set that always is from its beginning, take one place each.
func TestRangeDeletesAtAQueuesEndsBecomeOne(t *testing.T) {
	table := newTable(0)
	key := func(kind byte, i int) []byte { return fmt.Appendf([]byte{kind}, "%08d", i) }
	for round := range 1000 {
		for i := range 10 {
			table.put("", key('l', round*10+i), nil)
			table.put("", key('z', round*10+i), nil)
		}
		table.deleteRange(key('l', (round-1)*10), key('l', round*10))
		table.deleteRange([]byte{'z'}, key('z', round*10))
	}
	if len(table.cuts) != 2 || len(table.deleted) != 2 {
		t.Errorf("%d cuts, %d ranges", len(table.cuts), len(table.deleted))
	}
}
