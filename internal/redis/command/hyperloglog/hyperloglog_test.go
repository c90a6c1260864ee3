package hyperloglog_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/generic"
	"github.com/orbit-server/orbit/internal/redis/command/hyperloglog"
	"github.com/orbit-server/orbit/internal/redis/command/list"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

func TestAgainstRedis(t *testing.T) {
	h := commandtest.New(t, hyperloglog.Specs, str.Specs, list.Specs, generic.Specs)
	h.Compare([]string{
		"PFADD h", "GET h", "PFADD h", "PFCOUNT h", "GET h", "PFADD h a b c", "PFADD h a", "GET h", "PFCOUNT h", "GET h", "PFADD h a", "GET h", "PFCOUNT none", "PFCOUNT none h", "PFADD g c d e", "PFCOUNT g h", "PFMERGE m g h", "PFCOUNT m", "GET m", "PFMERGE m none", "PFMERGE new", "GET new", "PFCOUNT new",
		"PFDEBUG ENCODING h", "PFDEBUG DECODE h", "PFDEBUG TODENSE h", "PFDEBUG TODENSE h", "PFDEBUG DECODE h", "GET h", "PFCOUNT h", "PFDEBUG GETREG g", "PFDEBUG ENCODING g", "PFDEBUG ENCODING none", "PFDEBUG BAD h", "PFDEBUG ENCODING", "PFMERGE m h", "PFDEBUG ENCODING m", "GET m",
		"SET s v", "PFADD s a", "PFCOUNT s", "PFMERGE s h", "PFMERGE d s", "PFDEBUG GETREG s", "RPUSH l a", "PFADD l a", "PFCOUNT l", "PFCOUNT h l", "PFMERGE l h", "PFDEBUG ENCODING l", "EXISTS d",
		"PFADD x a b c", "APPEND x hello", "PFCOUNT x", "PFCOUNT x h", "PFMERGE y x",
		"PFADD z a", "SETRANGE z 4 x", "PFCOUNT z", "PFADD w a", `SETRANGE w 4 "\x00"`, "PFCOUNT w",
		"PFADD e a", "EXPIRE e 100", "PFADD e b", "TTL e", "PFCOUNT e", "TTL e", "PFSELFTEST",
	})
}

// TestValuesAgainstRedis compares every byte of values that grow, one through
// the sparse into the dense representation.
func TestValuesAgainstRedis(t *testing.T) {
	h := commandtest.New(t, hyperloglog.Specs, str.Specs)
	var lines []string
	r := rand.New(rand.NewPCG(11, 12))
	for i := range 250 {
		var words []string
		for range r.IntN(40) {
			words = append(words, fmt.Sprintf("%x", r.Uint64N(1<<(4*r.IntN(15)+4))))
		}
		key := fmt.Sprintf("h%d", i%3)
		lines = append(lines, fmt.Sprintf("PFADD %s %s", key, strings.Join(words, " ")), "GET "+key, "PFCOUNT "+key)
		if i%25 == 0 {
			lines = append(lines, "PFCOUNT h0 h1 h2", fmt.Sprintf("PFMERGE m%d h0 h1", i%2), fmt.Sprintf("GET m%d", i%2))
		}
	}
	h.Compare(append(lines, "PFDEBUG ENCODING h0", "PFCOUNT h0 m1"))
}

// FuzzCorrupted runs the commands over strings that only look like a value.
func FuzzCorrupted(f *testing.F) {
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f"))
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x80"))
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x80\x84\x40"))
	f.Fuzz(func(t *testing.T, value []byte) {
		h := commandtest.New(t, hyperloglog.Specs, str.Specs)
		h.Raw("PFADD", "good", "a", "b")
		for _, command := range [][]string{{"PFADD", "k", "x", "y", "z"}, {"PFCOUNT", "k"}, {"PFCOUNT", "good", "k"}, {"PFMERGE", "k", "good"}, {"PFDEBUG", "DECODE", "k"}, {"PFDEBUG", "GETREG", "k"}} {
			h.Raw("SET", "k", string(value))
			h.Raw(command...)
		}
	})
}
