package hash_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/generic"
	"github.com/orbit-server/orbit/internal/redis/command/hash"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

// TestFieldExpiry follows redis-server 7.4's t_hash.c: replies, errors and their
// order, and what keeps or clears a field's TTL.
func TestFieldExpiry(t *testing.T) {
	h := commandtest.New(t, hash.Specs, generic.Specs, str.Specs)
	h.Check([][2]string{
		{"HSET h a 1 b 2 c 3", ":3"},
		{"HEXPIRE h 10 FIELDS 2 a none", "[:1 :-2]"},
		{"HTTL h FIELDS 3 a b none", "[:10 :-1 :-2]"},
		{"HPTTL h FIELDS 1 a", "[:10000]"},
		{"HEXPIRE none 10 FIELDS 2 a b", "[:-2 :-2]"},
		{"HTTL none FIELDS 1 a", "[:-2]"},
		{"HPERSIST none FIELDS 1 a", "[:-2]"},
		{"OBJECT ENCODING h", `"listpackex"`},
		// Conditions; LT takes a field without a TTL for one that lives forever.
		{"HPEXPIRE h 5000 NX FIELDS 2 a b", "[:0 :1]"},
		{"HPEXPIRE h 6000 XX FIELDS 2 b c", "[:1 :0]"},
		{"HPEXPIRE h 6000 GT FIELDS 2 b c", "[:0 :0]"},
		{"HPEXPIRE h 6001 GT FIELDS 1 b", "[:1]"},
		{"HPEXPIRE h 6000 lt FIELDS 2 b c", "[:1 :1]"},
		{"HPEXPIRE h 6000 LT FIELDS 1 c", "[:0]"},
		{"HPERSIST h FIELDS 3 c c none", "[:1 :-1 :-2]"},
		// A time that is past removes the field, and the last one the key.
		{"HPEXPIREAT h 1 FIELDS 2 b none", "[:2 :-2]"},
		{"HEXISTS h b", ":0"},
		{"HSET one f v", ":1"},
		{"HEXPIRE one 0 FIELDS 1 f", "[:2]"},
		{"EXISTS one", ":0"},
		// What overwrites a field clears its TTL; what changes it does not.
		{"HEXPIRE h 100 FIELDS 2 a c", "[:1 :1]"},
		{"HINCRBY h a 1", ":2"},
		{"HINCRBYFLOAT h c 0.5", `"3.5"`},
		{"HTTL h FIELDS 2 a c", "[:100 :100]"},
		{"HSET h a 5", ":0"},
		{"HTTL h FIELDS 2 a c", "[:-1 :100]"},
		// In the order of redis-server: type, time, FIELDS, their number.
		{"SET s v", "+OK"},
		{"HEXPIRE s x BAD 0 f", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
		{"HTTL s BAD 0 f", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
		{"HEXPIRE h x FIELDS 1 a", "-ERR value is not an integer or out of range"},
		{"HEXPIRE h -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0"},
		{"HEXPIRE h 9223372036854775807 FIELDS 1 a", "-ERR invalid expire time in 'hexpire' command"},
		{"HPEXPIREAT h 70368744177664 FIELDS 1 a", "-ERR invalid expire time in 'hpexpireat' command"},
		{"HEXPIRE h 1 BAD 1 a", "-ERR Mandatory argument FIELDS is missing or not at the right position"},
		{"HEXPIRE h 1 NX XX FIELDS 1 a", "-ERR Mandatory argument FIELDS is missing or not at the right position"},
		{"HEXPIRE h 1 FIELDS 0 a", "-ERR Parameter `numFields` should be greater than 0"},
		{"HEXPIRE h 1 FIELDS 2 a", "-ERR The `numfields` parameter must match the number of arguments"},
		{"HTTL h FIELDS x a", "-ERR Number of fields must be a positive integer"},
		{"HPERSIST h FIELDS 1 a b", "-ERR The `numfields` parameter must match the number of arguments"},
		{"HEXPIRE h 1 FIELDS 1", "-ERR wrong number of arguments for 'hexpire' command"},
		{"HSCAN h 0 NOVALUES", `["0" ["c" "a"]]`},
		{"HSCAN h 0 NOVALUES COUNT 100 MATCH a", `["0" ["a"]]`},
		{"SCAN 0 NOVALUES", "-ERR NOVALUES option can only be used in HSCAN"},
	})
}

// TestDueFieldsAreInvisible: a field is gone to the millisecond, whoever asks,
// before anything has removed it.
func TestDueFieldsAreInvisible(t *testing.T) {
	h := commandtest.New(t, hash.Specs, generic.Specs, str.Specs)
	h.Check([][2]string{
		{"HSET h a 1 b 2", ":2"},
		{"HPEXPIRE h 10 FIELDS 1 a", "[:1]"},
	})
	h.Advance(9 * time.Millisecond)
	h.Check([][2]string{{"HGET h a", `"1"`}, {"HPTTL h FIELDS 1 a", "[:1]"}, {"HTTL h FIELDS 1 a", "[:1]"}})
	h.Advance(time.Millisecond)
	h.Check([][2]string{
		{"HGET h a", "nil"},
		{"HMGET h a b", `[nil "2"]`},
		{"HEXISTS h a", ":0"},
		{"HSTRLEN h a", ":0"},
		{"HGETALL h", `["b" "2"]`},
		{"HKEYS h", `["b"]`},
		{"HVALS h", `["2"]`},
		{"HSCAN h 0", `["0" ["b" "2"]]`},
		{"HRANDFIELD h", `"b"`},
		{"HRANDFIELD h 5 WITHVALUES", `["b" "2"]`},
		{"HRANDFIELD h -2", `["b" "b"]`},
		{"HTTL h FIELDS 1 a", "[:-2]"},
		{"HEXPIRE h 10 FIELDS 1 a", "[:-2]"},
		{"HPERSIST h FIELDS 1 a", "[:-2]"},
		{"HDEL h a", ":0"},
		{"HLEN h", ":2"}, // as redis-server 7.4: until it is removed
		{"HINCRBY h a 5", ":5"},
		{"HTTL h FIELDS 1 a", "[:-1]"},
		{"HLEN h", ":2"},
		{"HPEXPIRE h 5 FIELDS 2 a b", "[:1 :1]"},
		{"COPY h copy", ":1"},
		{"RENAME h moved", "+OK"},
	})
	h.Advance(5 * time.Millisecond)
	h.Check([][2]string{
		{"HGETALL moved", "[]"},
		{"HRANDFIELD moved", "nil"},
		{"HRANDFIELD moved -3", "[]"},
		{"HRANDFIELD copy 3", "[]"},
		{"HSETNX moved a 1", ":1"},
		{"HSET moved b 1", ":1"},
	})
	for more := true; more; {
		var err error
		if more, err = h.KS.ExpireDue(1); err != nil {
			t.Fatal(err)
		}
	}
	h.Check([][2]string{{"EXISTS moved copy h", ":1"}, {"HLEN moved", ":2"}, {"HTTL moved FIELDS 1 a", "[:-1]"}})
}

// TestFieldTTLsSurviveDumpAndRestore: the TTLs are in the payload.
func TestFieldTTLsSurviveDumpAndRestore(t *testing.T) {
	h := commandtest.New(t, hash.Specs, generic.Specs, str.Specs)
	h.Check([][2]string{{"HSET h a 1 b 2 c 3", ":3"}, {"HPEXPIRE h 500 FIELDS 1 a", "[:1]"}, {"HPEXPIRE h 900 FIELDS 1 c", "[:1]"}})
	_, payload, _ := bytes.Cut(h.Raw("DUMP", "h"), []byte("\r\n"))
	payload = payload[:len(payload)-2]
	h.Check([][2]string{{"DEL h", ":1"}})
	if got := string(h.Raw("RESTORE", "r", "0", string(payload))); got != "+OK\r\n" {
		t.Fatalf("RESTORE gave %q", got)
	}
	h.Check([][2]string{{"HPTTL r FIELDS 3 a b c", "[:500 :-1 :900]"}, {"HMGET r a b c", `["1" "2" "3"]`}})
	h.Advance(500 * time.Millisecond)
	h.Check([][2]string{{"HKEYS r", `["b" "c"]`}})
}
