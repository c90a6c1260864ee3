package bitmap_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/bitmap"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/generic"
	"github.com/orbit-server/orbit/internal/redis/command/list"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

func TestAgainstRedis(t *testing.T) {
	h := commandtest.New(t, bitmap.Specs, str.Specs, list.Specs, generic.Specs)
	h.Compare([]string{
		"SETBIT k 7 1", "GET k", "SETBIT k 7 1", "SETBIT k 7 0", "GETBIT k 7", "GETBIT k 100", "GETBIT none 1", "SETBIT k 20 0", "GET k", "SETBIT k -1 1", "SETBIT k 4294967296 1", "SETBIT k x 1", "SETBIT k 1 2", "SETBIT k 1 x", "SETBIT k 1 -1", "GETBIT k -1", "GETBIT k 4294967295", "GETBIT k 4294967296",
		"RPUSH l a", "SETBIT l 0 1", "GETBIT l 0", "BITCOUNT l", "BITPOS l 1", "BITOP AND d l", "BITFIELD l GET u8 0", "BITFIELD_RO l GET u8 0", "BITFIELD l SET u8 0 1",
		"SET n 123", "SETBIT n 6 1", "GET n",
		"SET f foobar", "BITCOUNT f", "BITCOUNT f 0 0", "BITCOUNT f 1 1 BYTE", "BITCOUNT f 5 30 BIT", "BITCOUNT f -2 -1", "BITCOUNT f -1 -2", "BITCOUNT f -1 -2 BAD", "BITCOUNT f 3 1", "BITCOUNT f 0", "BITCOUNT f 0 0 BAD", "BITCOUNT f a 0", "BITCOUNT f 0 b", "BITCOUNT none", "BITCOUNT none a b c", "BITCOUNT f 0 1 BIT x", "BITCOUNT f -9223372036854775808 9223372036854775807", "BITCOUNT f 100 200",
		`SET e ""`, "BITCOUNT e", "BITCOUNT e 0 -1", "BITPOS e 0", "BITPOS e 1", "BITPOS e 0 0 -1",
		`SET p "\xff\xf0\x00"`, "BITPOS p 0", "BITPOS p 1", "BITPOS p 1 2", "BITPOS p 0 0", "BITPOS p 0 0 0", "BITPOS p 0 0 -1 BIT", "BITPOS p 1 12 15 BIT", "BITPOS p 0 3 9 BIT", "BITPOS p 1 2 2", "BITPOS p 2", "BITPOS p x", "BITPOS p 0 x", "BITPOS p 0 0 x", "BITPOS p 0 0 0 BAD", "BITPOS p 0 0 0 BIT x", "BITPOS p 0 5 3", "BITPOS none 0", "BITPOS none 1", "BITPOS none 0 x y",
		`SET ff "\xff\xff\xff"`, "BITPOS ff 0", "BITPOS ff 0 1", "BITPOS ff 0 0 -1", "BITPOS ff 0 0 -1 BIT", "BITPOS ff 1 -1",
		`SET a "\xaa\x00\xff\xff"`, `SET b "\xaa\xff\x0f"`, "BITOP AND d a b", "GET d", "BITOP OR d a b none", "GET d", "BITOP XOR d a b", "GET d", "BITOP NOT d a", "GET d", "BITOP NOT d a b", "BITOP NAND d a b", "BITOP AND d none", "EXISTS d", "BITOP AND a a b", "GET a", "BITOP AND d b none", "GET d", "EXPIRE d 100", "BITOP OR d a", "TTL d", "BITOP NOT d none",
		"BITFIELD bf SET u8 0 255 GET u8 0 INCRBY i5 100 1 GET u4 0", "BITFIELD bf", "BITFIELD bf GET u8 #1 GET i64 0 GET u63 1", "BITFIELD bf SET i8 #2 -100 GET i8 16 GET u8 16", "BITFIELD bf OVERFLOW SAT INCRBY u2 0 10 OVERFLOW FAIL INCRBY u2 0 1 OVERFLOW WRAP INCRBY u2 0 1", "BITFIELD bf OVERFLOW BAD GET u8 0", "BITFIELD bf GET u64 0", "BITFIELD bf GET i65 0", "BITFIELD bf GET i0 0", "BITFIELD bf GET x8 0", "BITFIELD bf GET u 0", "BITFIELD bf GET u8 -1", "BITFIELD bf GET u8 x", "BITFIELD bf GET u8 #x", "BITFIELD bf GET u8 4294967296", "BITFIELD bf SET u8 0 x", "BITFIELD bf GET u8", "BITFIELD bf BAD", "BITFIELD bf OVERFLOW", "GET bf",
		"BITFIELD new OVERFLOW FAIL INCRBY u2 0 9", "EXISTS new", "GET new", "BITFIELD_RO bf GET u8 0 GET i9 3", "BITFIELD_RO bf SET u8 0 1", "BITFIELD_RO bf INCRBY u8 0 1", "BITFIELD_RO none GET u8 0", "BITFIELD_RO bf OVERFLOW SAT GET u8 0", "BITFIELD none2 GET u8 0", "EXISTS none2",
		"SETEX t 100 a", "SETBIT t 1 1", "TTL t", "BITFIELD t SET u8 8 3", "TTL t",
	})
}

// TestFieldsAgainstRedis compares random fields of all widths, at their limits
// and beyond.
func TestFieldsAgainstRedis(t *testing.T) {
	h := commandtest.New(t, bitmap.Specs, str.Specs)
	r := rand.New(rand.NewPCG(5, 6))
	var lines []string
	for range 1500 {
		width, kind := r.IntN(64)+1, "i"
		if r.IntN(2) == 0 {
			kind, width = "u", min(width, 63)
		}
		value := int64(r.Uint64()) >> r.IntN(64)
		if r.IntN(3) == 0 {
			value = []int64{1<<63 - 1, -1 << 63, 1<<(width-1) - 1, -1 << (width - 1), 1, -1}[r.IntN(6)]
		}
		lines = append(lines, fmt.Sprintf("BITFIELD k OVERFLOW %s %s %s%d %d %d GET %[3]s%[4]d %[5]d",
			[]string{"WRAP", "SAT", "FAIL"}[r.IntN(3)], []string{"SET", "INCRBY"}[r.IntN(2)], kind, width, r.IntN(40), value))
	}
	h.Compare(append(lines, "GET k"))
}

// TestRangesAgainstRedis compares counts and searches over random ranges.
func TestRangesAgainstRedis(t *testing.T) {
	h := commandtest.New(t, bitmap.Specs, str.Specs)
	r := rand.New(rand.NewPCG(7, 8))
	var lines []string
	for range 300 {
		for range 3 {
			lines = append(lines, fmt.Sprintf("SETBIT k %d %d", r.IntN(300), r.IntN(2)))
		}
		unit, a, b := []string{"BIT", "BYTE"}[r.IntN(2)], r.IntN(400)-200, r.IntN(400)-200
		lines = append(lines, fmt.Sprintf("BITCOUNT k %d %d %s", a, b, unit),
			fmt.Sprintf("BITPOS k %d %d %d %s", r.IntN(2), a, b, unit), fmt.Sprintf("BITPOS k %d %d", r.IntN(2), a/8))
	}
	h.Compare(lines)
}
