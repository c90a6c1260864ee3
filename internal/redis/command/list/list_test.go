package list_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/list"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

func TestAgainstRedis(t *testing.T) {
	h := commandtest.New(t, list.Specs, str.Specs)
	h.Compare([]string{
		"RPUSH l a b c", "LPUSH l z y", "RPUSH l", "LPUSHX l x", "RPUSHX l d", "LPUSHX none a", "RPUSHX none a b", "LLEN l", "LLEN none",
		"LRANGE l 0 -1", "LRANGE l 1 2", "LRANGE l -2 -1", "LRANGE l -100 100", "LRANGE l 5 2", "LRANGE l 100 200", "LRANGE none 0 -1", "LRANGE l a b", "LRANGE l 0",
		"LINDEX l 0", "LINDEX l -1", "LINDEX l 99", "LINDEX l -99", "LINDEX l x", "LINDEX none 0", "LINDEX none x",
		"LSET l 0 q", "LSET l -1 w", "LSET l 99 w", "LSET none 0 w", "LSET l x w", "LRANGE l 0 -1",
		"LINSERT l BEFORE a 1", "LINSERT l AFTER a 2", "LINSERT l AFTER nope 2", "LINSERT none BEFORE a 1", "LINSERT l AROUND a 1", "LRANGE l 0 -1",
		"RPUSH r a b a c a d a", "LREM r 2 a", "LRANGE r 0 -1", "LREM r -1 a", "LRANGE r 0 -1", "LREM r 0 a", "LRANGE r 0 -1", "LREM r 1 none", "LREM none 1 a", "LREM r x a",
		"RPUSH p a b c 1 2 3 c c", "LPOS p c", "LPOS p c RANK 2", "LPOS p c RANK -1", "LPOS p c COUNT 2", "LPOS p c COUNT 0", "LPOS p c COUNT 0 MAXLEN 7", "LPOS p x", "LPOS p x COUNT 1",
		"LPOS p c RANK 0", "LPOS p c COUNT -1", "LPOS p c MAXLEN -1", "LPOS p c RANK", "LPOS p c BAD 1", "LPOS none c", "LPOS none c COUNT 0", "LPOS p c RANK -2 COUNT 2", "LPOS p c RANK -1 COUNT 0 MAXLEN 2",
		"LTRIM p 1 -2", "LRANGE p 0 -1", "LTRIM p 5 1", "LRANGE p 0 -1", "LTRIM none 0 1", "LTRIM p a b",
		"RPUSH m 1 2 3 4", "LPOP m", "RPOP m", "LPOP m 0", "RPOP m 5", "LPOP m", "LPOP m 2", "LPOP none", "RPOP none 1", "LPOP m -1", "LPOP m x", "LPOP m 1 2",
		"RPUSH a 1 2 3", "LMOVE a b LEFT RIGHT", "LMOVE a b RIGHT LEFT", "LRANGE a 0 -1", "LRANGE b 0 -1", "LMOVE none b LEFT LEFT", "LMOVE b b LEFT RIGHT", "LRANGE b 0 -1", "LMOVE a b UP DOWN",
		"RPOPLPUSH b a", "LRANGE a 0 -1", "RPOPLPUSH none a", "RPOPLPUSH a a", "LRANGE a 0 -1",
		"LMPOP 2 none a LEFT", "LMPOP 1 a RIGHT COUNT 5", "LMPOP 1 none LEFT", "LMPOP 0 a LEFT", "LMPOP 1 a UP", "LMPOP 1 a LEFT COUNT 0", "LMPOP 1 a LEFT COUNT", "LMPOP 2 a LEFT", "LMPOP x a LEFT",
		"SET s v", "LPUSH s a", "LLEN s", "LRANGE s 0 -1", "LINDEX s 0", "LSET s 0 a", "LPOP s", "LMOVE s b LEFT LEFT", "LMOVE b s LEFT LEFT", "LREM s 0 a", "LTRIM s 0 1", "LPOS s a", "LINSERT s BEFORE a b", "LMPOP 1 s LEFT", "LPUSHX s 1",
		"RPUSH one x", "LMOVE one one LEFT LEFT", "LRANGE one 0 -1", "LPOP one", "LLEN one",
	})
}

// TestRandomAgainstRedis runs random edits of one list on both servers.
func TestRandomAgainstRedis(t *testing.T) {
	h := commandtest.New(t, list.Specs)
	r := rand.New(rand.NewPCG(1, 2))
	var lines []string
	element := func() string { return fmt.Sprintf("e%d", r.IntN(6)) }
	for range 600 {
		i, j := r.IntN(24)-12, r.IntN(24)-12
		lines = append(lines, []string{
			"RPUSH k " + element() + " " + element(), "LPUSH k " + element(), "RPUSH k " + element() + " " + element() + " " + element(),
			fmt.Sprintf("LREM k %d %s", r.IntN(5)-2, element()), fmt.Sprintf("LINSERT k BEFORE %s %s", element(), element()),
			fmt.Sprintf("LINSERT k AFTER %s %s", element(), element()), fmt.Sprintf("LSET k %d %s", i, element()),
			fmt.Sprintf("LTRIM k %d %d", i/4, -1-max(j, 0)/6), fmt.Sprintf("LPOP k %d", r.IntN(3)), "RPOP k", "LMOVE k k LEFT RIGHT",
		}[r.IntN(11)], fmt.Sprintf("LRANGE k %d %d", i, j), "LRANGE k 0 -1", "LLEN k")
	}
	h.Compare(lines)
}
