package memstore

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
)

// TestCopiesKeepApart writes to a line of copies and looks at all of them.
func TestCopiesKeepApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	type version struct {
		tree *Tree
		want map[string]string
	}
	now := version{new(Tree), map[string]string{}}
	var kept []version
	for round := range 200 {
		for range random.IntN(20) {
			key, value := fmt.Sprint(random.IntN(50)), fmt.Sprint(random.IntN(1000))
			switch random.IntN(8) {
			case 0:
				now.tree.Apply([]Op{{Kind: OpDelete, Key: key}})
				delete(now.want, key)
			case 1:
				upper := key + "5"
				now.tree.Apply([]Op{{Kind: OpDeleteRange, Key: key, Value: []byte(upper)}})
				for k := range now.want {
					if k >= key && k < upper {
						delete(now.want, k)
					}
				}
			default:
				now.tree.Set([]byte(key), []byte(value))
				now.want[key] = value
			}
		}
		if round%3 == 0 {
			kept = append(kept, version{now.tree, maps.Clone(now.want)})
			now.tree = now.tree.Copy()
		}
	}
	for i, v := range append(kept, now) {
		var bytes int64
		for key, value := range v.want {
			bytes += int64(len(key) + len(value))
			for name, get := range map[string]func([]byte) ([]byte, error){"Get": v.tree.Get, "Find": v.tree.Find} {
				if got, err := get([]byte(key)); err != nil || string(got) != value {
					t.Fatalf("version %d: %s(%s) = %q, %v; want %q", i, name, key, got, err, value)
				}
			}
		}
		if v.tree.Len() != len(v.want) || v.tree.Bytes() != bytes {
			t.Fatalf("version %d: %d keys of %d bytes, want %d of %d", i, v.tree.Len(), v.tree.Bytes(), len(v.want), bytes)
		}
	}
}
