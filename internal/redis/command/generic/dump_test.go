package generic_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// payloadOf takes a DUMP payload out of its reply.
func payloadOf(t *testing.T, reply []byte) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(reply), "\r\n")
	if !ok || len(rest) < 2 {
		t.Fatalf("DUMP replied %q", reply)
	}
	return rest[:len(rest)-2]
}

// samples makes keys of every type and of every way in which redis-server packs
// them: small and large, numbers and text, compressible or not.
func samples() (commands [][]string) {
	add := func(words ...string) { commands = append(commands, words) }
	long := strings.Repeat("abcdefgh", 40)
	add("SET", "str", "\x00\xffbinary")
	add("SET", "compressible", long)
	add("SET", "zeros", strings.Repeat("\x00", 5000))
	add("SADD", "intset16", "1", "-2", "300")
	add("SADD", "intset32", "1", "-70000")
	add("SADD", "intset64", "1", "-7000000000")
	add("SADD", "set", "a", "1", long)
	add("RPUSH", "list", "a", "", "1", "-1", "127", "128", "-4096", "4095", "40000", "-9000000", "1234567890", "-9223372036854775808", long)
	add("HSET", "hash", "f", "1", "g", long[:60], "", "empty")
	add("HSET", "bighash", "f", long, "g", "x")
	add("ZADD", "zset", "1.5", "a", "-inf", "b", "3", "c", "1e300", "d")
	add("ZADD", "bigzset", "0.1", long, "inf", "x")
	for _, size := range []int{200, 3000} {
		push, set, hash, zset := []string{"RPUSH", fmt.Sprint("list", size)}, []string{"SADD", fmt.Sprint("set", size)},
			[]string{"HSET", fmt.Sprint("hash", size)}, []string{"ZADD", fmt.Sprint("zset", size)}
		for i := range size {
			push = append(push, fmt.Sprint("element ", i))
			set = append(set, fmt.Sprint(i))
			hash = append(hash, fmt.Sprint("field", i), fmt.Sprint(i*i))
			zset = append(zset, fmt.Sprint(i%7), fmt.Sprint("member", i))
		}
		add(push...)
		add(set...)
		add(hash...)
		add(zset...)
	}
	add("RPUSH", "hugeelement", "small", strings.Repeat("y", 20_000), "small")
	return commands
}

// What redis-server dumps is restored here, dumped here, and restored there as
// the same value: DEBUG DIGEST-VALUE says so.
func TestDumpsGoToRedisServerAndBack(t *testing.T) {
	r := commandtest.StartRedis(t)
	h := newHarness(t)
	for _, words := range samples() {
		key := words[1]
		r.Raw(t, words...)
		digest := commandtest.Text(r.Raw(t, "DEBUG", "DIGEST-VALUE", key))
		if got := commandtest.Text(h.Raw("RESTORE", key, "0", payloadOf(t, r.Raw(t, "DUMP", key)))); got != "+OK" {
			t.Errorf("%s: RESTORE here: %s", key, got)
			continue
		}
		if got := commandtest.Text(r.Raw(t, "RESTORE", key, "0", payloadOf(t, h.Raw("DUMP", key)), "REPLACE")); got != "+OK" {
			t.Errorf("%s: RESTORE there: %s", key, got)
			continue
		}
		if got := commandtest.Text(r.Raw(t, "DEBUG", "DIGEST-VALUE", key)); got != digest {
			t.Errorf("%s: digest %s, was %s", key, got, digest)
		}
	}
	if got := commandtest.Text(r.Raw(t, "DEBUG", "DIGEST-VALUE", "missing")); !strings.Contains(got, "0000") {
		t.Errorf("digests do not work: %s", got)
	}
}

func TestRestoreOptions(t *testing.T) {
	h := newHarness(t)
	h.Do("RPUSH l a b")
	payload := payloadOf(t, h.Raw("DUMP", "l"))
	check := func(want string, args ...string) {
		t.Helper()
		if got := commandtest.Text(h.Raw(slices.Concat([]string{"RESTORE"}, args)...)); got != want {
			t.Errorf("RESTORE %.20q: got %s, want %s", args, got, want)
		}
	}
	check("-BUSYKEY Target key name already exists.", "l", "0", payload)
	check("+OK", "l", "0", payload, "REPLACE")
	check("+OK", "m", "1500", payload)
	h.Check([][2]string{{"PTTL m", ":1500"}, {"LRANGE m 0 -1", `["a" "b"]`}})
	check("+OK", "n", fmt.Sprint(h.Now().UnixMilli()+700), payload, "ABSTTL", "IDLETIME", "5")
	h.Check([][2]string{{"PTTL n", ":700"}})
	check("+OK", "past", "1", payload, "ABSTTL")
	h.Check([][2]string{{"EXISTS past", ":0"}})
	h.Advance(time.Second)
	check("+OK", "n", "0", payload)
	h.Check([][2]string{{"PTTL n", ":-1"}})
	check("-ERR DUMP payload version or checksum are wrong", "x", "0", payload[:len(payload)-1]+"\x00")
}
