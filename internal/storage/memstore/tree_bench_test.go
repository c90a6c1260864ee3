package memstore

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkTreeSet is what a SET costs a partition: one look at the key, one write.
// Copied is the same where each write is the first since somebody began to walk.
func BenchmarkTreeSet(b *testing.B) {
	const keys = 1 << 14
	value := make([]byte, 80)
	for _, copied := range []bool{false, true} {
		b.Run(fmt.Sprintf("copied=%t", copied), func(b *testing.B) {
			t := new(Tree)
			names := make([][]byte, keys)
			for i := range names {
				names[i] = fmt.Appendf(nil, "m\x00\x00\x00\x00key:%012d", i)
				t.Set(names[i], value)
			}
			b.ReportAllocs()
			for b.Loop() {
				if copied {
					t = t.Copy()
				}
				name := names[rand.IntN(keys)]
				if _, err := t.Find(name); err != nil {
					b.Fatal(err)
				}
				t.Set(name, value)
			}
		})
	}
}
