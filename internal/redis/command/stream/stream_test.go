package stream_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/generic"
	"github.com/orbit-server/orbit/internal/redis/command/stream"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

func TestEntriesAgainstRedis(t *testing.T) {
	h := commandtest.New(t, stream.Specs, str.Specs, generic.Specs)
	h.Compare([]string{
		"XADD s 1-1 a 1", "XADD s 1-1 a 1", "XADD s 1-* b 2", "XADD s 2 c 3", "XADD s 0-0 a 1", "XADD s 0-* a 1", "XADD s x a 1", "XADD s 5-x a 1", "XADD s - a 1", "XADD s 3-1 a", "XADD s 3-1", "XADD s", "XADD n NOMKSTREAM 1-1 a 1", "EXISTS n", "XADD s NOMKSTREAM 3-1 a 1 b 2", "TYPE s",
		"XADD s MAXLEN 2 4-1 x y", "XLEN s", "XADD s MAXLEN -1 5-1 x y", "XADD s MAXLEN 1 MINID 1 5-1 x y", "XADD s LIMIT 5 5-1 x y", "XADD s MAXLEN 5 LIMIT 5 5-1 x y", "XADD s MAXLEN ~ 5 LIMIT -5 5-1 x y", "XADD s MAXLEN ~ 5 LIMIT 5 5-1 x y", "XADD s MINID = 5 6-1 x y", "XADD s MAXLEN 1 a 1",
		"XRANGE s - +", "XRANGE s - + COUNT 1", "XREVRANGE s + -", "XREVRANGE s + - COUNT 1", "XRANGE s 5 5", "XRANGE s (5-1 +", "XRANGE s - (6-1", "XRANGE s (18446744073709551615-18446744073709551615 +", "XRANGE s - (0-0", "XRANGE s x +", "XRANGE s - + COUNT 0", "XRANGE s - + COUNT -1", "XRANGE s - + COUNT x", "XRANGE s - + BAD", "XRANGE none - +", "XRANGE s + -",
		"XDEL s 5-1 9-9", "XDEL s x", "XDEL none 1-1", "XLEN s", "XLEN none", "XSETID s 10-1", "XSETID s 1-1", "XSETID s 11-1 ENTRIESADDED 100 MAXDELETEDID 3-3", "XSETID s 11-1 ENTRIESADDED 0", "XSETID s 11-1 ENTRIESADDED -1", "XSETID s 11-1 MAXDELETEDID 12", "XSETID none 1-1", "XSETID s x", "XSETID s 11-1 BAD", "XINFO STREAM s",
		"XADD s 18446744073709551615-18446744073709551615 a 1", "XADD s * a 1", "XADD s 1-* a 1", "XDEL s 6-1 18446744073709551615-18446744073709551615", "XLEN s", "EXISTS s", "XINFO STREAM s", "XRANGE s - +",
		"XTRIM s MAXLEN 0", "XTRIM s", "XTRIM s BAD 1", "XTRIM s MAXLEN", "XTRIM s MAXLEN x", "XTRIM s LIMIT 1", "XTRIM none MAXLEN 0",
		"SET str v", "XADD str * a 1", "XLEN str", "XRANGE str - +", "XREAD STREAMS str 0", "XDEL str 1", "XTRIM str MAXLEN 1", "XINFO STREAM str", "XGROUP CREATE str g $",
	})
}

func TestReadingAgainstRedis(t *testing.T) {
	h := commandtest.New(t, stream.Specs, str.Specs, generic.Specs)
	h.Compare([]string{
		"XADD s 1-1 a 1", "XADD s 2-1 b 2", "XADD s 3-1 c 3", "XADD u 1-1 x y", "XREAD STREAMS s 0", "XREAD COUNT 1 STREAMS s u 0 0", "XREAD STREAMS s $", "XREAD STREAMS s u 3 0", "XREAD STREAMS none 0", "XREAD STREAMS s", "XREAD STREAMS s u 0", "XREAD STREAMS s >", "XREAD GROUP g c STREAMS s 0", "XREAD NOACK STREAMS s 0", "XREAD COUNT x STREAMS s 0", "XREAD BLOCK x STREAMS s 0", "XREAD BLOCK -1 STREAMS s 0", "XREAD s 0 1", "XREAD BLOCK 0 STREAMS s 0",
		"XGROUP CREATE s g 0", "XGROUP CREATE s g 0", "XGROUP CREATE none g $", "XGROUP CREATE new g $ MKSTREAM", "XLEN new", "EXISTS new", "XGROUP CREATE s h $ ENTRIESREAD 2", "XGROUP CREATE s i x", "XGROUP CREATE s i 0 ENTRIESREAD -2", "XGROUP CREATE s i 0 BAD", "XGROUP CREATE s", "XGROUP BAD", "XGROUP HELP",
		"XREADGROUP GROUP g alice COUNT 1 STREAMS s >", "XREADGROUP GROUP g bob STREAMS s >", "XREADGROUP GROUP g bob STREAMS s >", "XREADGROUP GROUP g alice STREAMS s 0", "XREADGROUP GROUP g bob COUNT 1 STREAMS s 0", "XREADGROUP GROUP g carol STREAMS s 0", "XREADGROUP GROUP none a STREAMS s >", "XREADGROUP GROUP g a STREAMS none >", "XREADGROUP GROUP g a STREAMS s $", "XREADGROUP COUNT 1 STREAMS s >",
		"XINFO GROUPS s", "XPENDING s g", "XPENDING s none", "XPENDING none g", "XPENDING s h", "XPENDING s g - +", "XPENDING s g - + 10 none", "XPENDING s g - + x", "XPENDING s g x + 1", "XPENDING s g IDLE x - + 1", "XPENDING s g IDLE 1 - +", "XPENDING s g IDLE 100000 - + 10",
		"XACK s g 2-1 9-9", "XACK s g x", "XACK s none 1", "XACK none g 1", "XPENDING s g", "XDEL s 3-1", "XREADGROUP GROUP g bob STREAMS s 0", "XINFO GROUPS s", "XADD s 4-1 d 4", "XREADGROUP GROUP g bob NOACK STREAMS s >", "XINFO GROUPS s", "XPENDING s g",
		"XCLAIM s g carol 0 1-1", "XCLAIM s g carol 0 1-1 JUSTID", "XCLAIM s g carol 0 3-1", "XCLAIM s g carol 0 2-1 FORCE", "XCLAIM s g carol 0 2-1 RETRYCOUNT 7 IDLE 5 TIME 6 LASTID 9-9", "XCLAIM s g carol x 1-1", "XCLAIM s g carol 0 1-1 BAD", "XCLAIM s g carol 0 1-1 IDLE x", "XCLAIM s g carol 1000000 1-1", "XCLAIM s none c 0 1", "XPENDING s g",
		"XAUTOCLAIM s g dave 0 0 COUNT 1", "XAUTOCLAIM s g dave 0 0 JUSTID", "XAUTOCLAIM s g dave 0 - COUNT 0", "XAUTOCLAIM s g dave x 0", "XAUTOCLAIM s g dave 0 x", "XAUTOCLAIM s none dave 0 0", "XDEL s 1-1", "XAUTOCLAIM s g eve 0 0", "XPENDING s g",
		"XGROUP CREATECONSUMER s g zoe", "XGROUP CREATECONSUMER s g zoe", "XGROUP CREATECONSUMER s none zoe", "XGROUP DELCONSUMER s g eve", "XGROUP DELCONSUMER s g nobody", "XPENDING s g", "XGROUP SETID s g $", "XGROUP SETID s g 0 ENTRIESREAD 3", "XGROUP SETID s none 0", "XINFO GROUPS s", "XREADGROUP GROUP g bob STREAMS s >", "COPY s t", "XINFO GROUPS t", "XPENDING t g", "XGROUP DESTROY s g", "XGROUP DESTROY s g", "XGROUP DESTROY none g", "XINFO GROUPS s", "XINFO CONSUMERS s g", "XINFO GROUPS none", "XINFO BAD", "XINFO HELP", "XINFO STREAM s BAD", "XINFO STREAM s FULL COUNT x", "XINFO STREAM new FULL",
		"DEL s", "XADD s 1-1 a b", "XINFO GROUPS s",
	})
}

// TestTrimsAgainstRedis compares random additions, deletions and trims, which
// must agree on which entries make up a node.
func TestTrimsAgainstRedis(t *testing.T) {
	h := commandtest.New(t, stream.Specs)
	r := rand.New(rand.NewPCG(31, 32))
	var lines []string
	for i := range 2500 {
		lines = append(lines, fmt.Sprintf("XADD k %d-0 f %d", i+1, i))
		if i%3 == 0 {
			lines = append(lines, fmt.Sprintf("XDEL k %d-0", r.IntN(i+1)))
		}
		if i%40 == 0 {
			lines = append(lines, []string{
				fmt.Sprintf("XTRIM k MAXLEN ~ %d", r.IntN(500)), fmt.Sprintf("XTRIM k MAXLEN %d", 200+r.IntN(500)),
				fmt.Sprintf("XTRIM k MINID ~ %d", r.IntN(i+1)), fmt.Sprintf("XTRIM k MINID %d", r.IntN(i/2+1)),
				fmt.Sprintf("XTRIM k MAXLEN ~ %d LIMIT %d", r.IntN(100), r.IntN(300)),
			}[r.IntN(5)], "XLEN k", "XRANGE k - + COUNT 2", "XREVRANGE k + - COUNT 2")
		}
	}
	h.Compare(append(lines, "XTRIM k MAXLEN 0", "XLEN k", "XADD k 9999-1 a b", "XRANGE k - +"))
}
