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
		table := newTable()
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
				table.order([]byte("a"), []byte("z"))
				var walked []string
				table.layer().Writes.Ascend("", func(k string, value []byte) bool {
					if want := model[k]; want == "" || want == "-" != (value == nil) || value != nil && string(value) != want {
						t.Fatalf("%s has %q, want %q", k, value, want)
					}
					walked = append(walked, k)
					return true
				})
				if !slices.Equal(walked, slices.Sorted(maps.Keys(model))) {
					t.Fatalf("walked over %v, want the keys of %v", walked, model)
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
	table := newTable()
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
