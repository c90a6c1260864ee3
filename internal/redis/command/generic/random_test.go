package generic_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// templates are commands whose replies are the same on any server; K, V, N and F
// stand for a key, a value, an integer and a float.
var templates = []string{
	"SET K V", "SET K N", "SET K V NX", "SET K V XX GET", "SET K V KEEPTTL", "GET K", "GETDEL K", "GETSET K V", "GETEX K PERSIST",
	"APPEND K V", "STRLEN K", "SETRANGE K 3 V", "GETRANGE K N N", "INCR K", "DECRBY K N", "INCRBYFLOAT K F", "SETNX K V",
	"MSET K V K V", "MSETNX K V K V", "MGET K K K", "LCS K K LEN", "LCS K K IDX",
	"DEL K", "UNLINK K K", "EXISTS K K", "TYPE K", "RENAME K K", "RENAMENX K K", "COPY K K", "COPY K K REPLACE", "MOVE K 1",
	"EXPIRE K -1", "PEXPIREAT K 33177117420000", "PEXPIREAT K 33177117421000 GT", "EXPIREAT K 33177117420 LT", "PEXPIRETIME K",
	"EXPIRETIME K", "PERSIST K", "TOUCH K K", "SADD K V N", "RPUSH K V N F", "HSET K V V", "ZADD K 5 V", "LRANGE K 0 -1",
	"SORT K ALPHA", "SORT K", "SORT K ALPHA DESC LIMIT 0 2", "SORT K BY nosort STORE K", "SORT K ALPHA STORE K", "SORT K GET K* GET # ALPHA", "DBSIZE",
}

func fillIn(word string) string {
	pick := func(from ...string) string { return from[rand.IntN(len(from))] }
	switch word[0] {
	case 'K':
		if word == "KEEPTTL" {
			return word
		}
		return pick("k", "kk", "k3", "", "\xff\x80") + word[1:]
	case 'V':
		return pick("", "v", "hello", "1", "-7", "3.5", "\r\n\x00", "abcabc")
	case 'N':
		if word != "N" {
			return word
		}
		return pick("0", "1", "-1", "5", "100", "9223372036854775807", "x", "-2")
	case 'F':
		return pick("0.1", "-1.5", "1e3", "3", "0.3333333333333333", "bad")
	}
	return word
}

// Random commands in a row leave the same replies here and on a redis-server:
// also where types clash and keys come and go.
func TestRandomCommandsAgreeWithRedisServer(t *testing.T) {
	r := commandtest.StartRedis(t)
	h := commandtest.New(t, append(specsWithSize(), fill)...)
	var history []string
	for range 20_000 {
		words := strings.Fields(templates[rand.IntN(len(templates))])
		for i := range words[1:] {
			words[i+1] = fillIn(words[i+1])
		}
		history = append(history, strings.Join(quoted(words), " "))
		want, got := r.Raw(t, words...), h.Raw(words...)
		if string(got) != string(want) {
			t.Fatalf("after %s\n  got %s\nredis %s", strings.Join(history[max(0, len(history)-12):], "\n"),
				commandtest.Text(got), commandtest.Text(want))
		}
	}
}
