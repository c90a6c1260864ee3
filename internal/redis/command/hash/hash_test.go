package hash_test

import (
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/hash"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

// TestAgainstRedis compares replies with redis-server's. Fields come back in the
// order of their names here and in order of insertion there, so what lists many
// uses one.
func TestAgainstRedis(t *testing.T) {
	h := commandtest.New(t, hash.Specs, str.Specs)
	h.Compare([]string{
		"HSET h a 1", "HSET h a 2 b 3", "HSET h a", "HSET h a 1 b", "HMSET h a 1", "HMSET h a 1 b", "HMSET h",
		"HGET h a", "HGET h none", "HGET none a", "HMGET h a none b", "HMGET none a b", "HLEN h", "HLEN none",
		"HSTRLEN h a", "HSTRLEN h none", "HEXISTS h a", "HEXISTS h none", "HSETNX h a 9", "HSETNX h c 9", "HGET h c",
		"HDEL h b c none", "HDEL none a", "HGETALL h", "HKEYS h", "HVALS h", "HGETALL none", "HKEYS none", "HVALS none",
		"HINCRBY h n 5", "HINCRBY h n -7", "HINCRBY h n x", "HINCRBY h n 9223372036854775807", "HINCRBY h n 9223372036854775807",
		"HSET h text abc", "HINCRBY h text 1", "HINCRBYFLOAT h text 1", "HINCRBYFLOAT h f 10.50", "HINCRBYFLOAT h f 0.1",
		"HINCRBYFLOAT h f abc", "HINCRBYFLOAT h f nan", "HINCRBYFLOAT h f inf", "HSET h f 5.0e3", "HINCRBYFLOAT h f 2.0e2",
		"SET s v", "HSET s a 1", "HGET s a", "HMGET s a", "HGETALL s", "HINCRBY s a 1", "HDEL s a", "HSCAN s 0", "HRANDFIELD s",
		`HSET bin "\x00\xff" "\xfe\x00"`, `HGET bin "\x00\xff"`, "HGETALL bin",
		"HRANDFIELD none", "HRANDFIELD none 3", "HRANDFIELD none -3", "HRANDFIELD bin", "HRANDFIELD bin 5", "HRANDFIELD bin -2",
		"HRANDFIELD bin 5 WITHVALUES", "HRANDFIELD bin -2 WITHVALUES", "HRANDFIELD bin x", "HRANDFIELD bin 1 WITH", "HRANDFIELD bin 0",
		"HSCAN bin 0", "HSCAN bin 0 COUNT 5 MATCH *", "HSCAN bin 0 MATCH x*", "HSCAN bin x", "HSCAN bin 0 COUNT 0", "HSCAN bin 0 COUNT", "HSCAN none 0", "HSCAN none 0 BAD",
		"HSCAN bin 0 TYPE hash",
		"HDEL bin none", "HDEL h a n text f", "HLEN h",
	})
}

// TestRESP3Shapes pins the replies that differ in RESP3.
func TestRESP3Shapes(t *testing.T) {
	h := commandtest.New(t, hash.Specs)
	h.Proto = 3
	h.Check([][2]string{
		{"HSET h a 1", ":1"},
		{"HGETALL h", `{"a" "1"}`},
		{"HGET h none", "nil"},
		{"HRANDFIELD h 2 WITHVALUES", `[["a" "1"]]`},
		{"HINCRBYFLOAT h a 0.5", `"1.5"`},
	})
}
