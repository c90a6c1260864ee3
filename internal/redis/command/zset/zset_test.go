package zset_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/set"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
	"github.com/orbit-server/orbit/internal/redis/command/zset"
)

func TestAgainstRedis(t *testing.T) {
	h := commandtest.New(t, zset.Specs, set.Specs, str.Specs)
	h.Compare([]string{
		"ZADD z 1 a 2 b 3 c", "ZADD z 1 a 5 c 4 d", "ZADD z CH 7 a 4 d", "ZADD z NX 9 a 9 e", "ZADD z XX 8 a 9 f", "ZADD z GT 1 a", "ZADD z GT CH 20 a", "ZADD z LT CH 3 a", "ZADD z XX GT 1 zz",
		"ZADD z INCR 5 a", "ZADD z NX INCR 5 a", "ZADD z XX INCR 5 none", "ZADD z GT INCR -5 a", "ZADD z", "ZADD z 1", "ZADD z x a", "ZADD z 1 a 2", "ZADD z NX XX 1 a", "ZADD z NX GT 1 a", "ZADD z GT LT 1 a", "ZADD z INCR 1 a 2 b", "ZADD z nan a", "ZADD z inf i", "ZADD z -inf j", "ZADD z INCR -inf i", "ZADD z 1e400 a",
		"ZRANGE z 0 -1 WITHSCORES", "ZCARD z", "ZCARD none", "ZSCORE z a", "ZSCORE z none", "ZSCORE none a", "ZMSCORE z a none b", "ZMSCORE none a",
		"ZINCRBY z 1.5 a", "ZINCRBY z -2 new", "ZINCRBY z x a", "ZRANK z a", "ZREVRANK z a", "ZRANK z none", "ZRANK none a",
		"ZREM z new none", "ZREM none a", "ZREM z i j",
		"ZADD r 1 a 2 b 3 c 4 d 5 e 5 f 6 g", "ZRANGE r 1 3", "ZRANGE r -3 -1", "ZRANGE r 5 1", "ZRANGE r 0 -1 REV", "ZRANGE r 1 3 REV WITHSCORES", "ZRANGE none 0 -1", "ZRANGE r a b", "ZRANGE r 0 1 LIMIT 0 1", "ZRANGE r 0 -1 BAD",
		"ZRANGE r 2 4 BYSCORE", "ZRANGE r (2 (5 BYSCORE", "ZRANGE r -inf +inf BYSCORE LIMIT 1 2", "ZRANGE r +inf -inf BYSCORE REV LIMIT 1 2 WITHSCORES", "ZRANGE r 5 2 BYSCORE", "ZRANGE r x 2 BYSCORE", "ZRANGE r 1 5 BYSCORE LIMIT -1 2", "ZRANGE r 1 5 BYSCORE LIMIT 0 -1", "ZRANGE r 1 5 BYSCORE LIMIT 0 0", "ZRANGE r 1 5 BYSCORE LIMIT 0",
		"ZRANGEBYSCORE r 2 4", "ZRANGEBYSCORE r (2 4 WITHSCORES LIMIT 0 1", "ZREVRANGEBYSCORE r 4 2", "ZREVRANGEBYSCORE r 4 (2 LIMIT 1 5", "ZREVRANGE r 0 2", "ZREVRANGE r 0 2 WITHSCORES", "ZREVRANGE r 0 2 LIMIT 0 1",
		"ZCOUNT r 2 5", "ZCOUNT r (2 (5", "ZCOUNT r -inf inf", "ZCOUNT r 9 1", "ZCOUNT none 0 1", "ZCOUNT r x 1",
		"ZADD l 0 a 0 b 0 c 0 d 0 aa 0 ab", "ZRANGEBYLEX l - +", "ZRANGEBYLEX l [a [b", "ZRANGEBYLEX l (a (b", "ZRANGEBYLEX l [aa + LIMIT 1 2", "ZREVRANGEBYLEX l + -", "ZREVRANGEBYLEX l [c (a", "ZRANGE l [a (c BYLEX", "ZRANGE l (c [a BYLEX REV", "ZRANGE l - + BYLEX WITHSCORES", "ZRANGEBYLEX l a b", "ZRANGEBYLEX l + -", "ZLEXCOUNT l - +", "ZLEXCOUNT l [aa (c", "ZLEXCOUNT l x y", "ZLEXCOUNT none - +",
		"ZADD mixed 0 a 1 b 2 c 3 d", "ZRANGE mixed [b [c BYLEX", "ZRANGE mixed (c [a BYLEX REV", "ZLEXCOUNT mixed [b +", "ZRANGE mixed [c [a BYLEX", "ZRANGESTORE m mixed [b (d BYLEX", "ZRANGE m 0 -1 WITHSCORES",
		"ZRANGESTORE dst r 0 2", "ZRANGE dst 0 -1 WITHSCORES", "ZRANGESTORE dst r 2 4 BYSCORE LIMIT 0 1", "ZRANGE dst 0 -1", "ZRANGESTORE dst none 0 -1", "ZCARD dst", "ZRANGESTORE dst r 0 1 WITHSCORES", "ZRANGESTORE r2 r 5 1",
		"ZREMRANGEBYRANK r 0 1", "ZREMRANGEBYSCORE r (5 +inf", "ZREMRANGEBYSCORE r 3 3", "ZRANGE r 0 -1", "ZREMRANGEBYLEX l [aa [b", "ZRANGE l 0 -1", "ZREMRANGEBYRANK none 0 1", "ZREMRANGEBYRANK r x 1", "ZREMRANGEBYSCORE r x 1", "ZREMRANGEBYRANK r 0 -1", "ZCARD r",
		"ZADD p 1 a 2 b 3 c 4 d", "ZPOPMIN p", "ZPOPMAX p", "ZPOPMIN p 0", "ZPOPMIN p 5", "ZPOPMIN p", "ZPOPMAX p 2", "ZPOPMIN p -1", "ZPOPMIN p x", "ZPOPMIN p 1 2",
		"ZADD p 1 a 2 b 3 c 4 d", "ZMPOP 2 none p MIN", "ZMPOP 1 p MAX COUNT 2", "ZMPOP 1 none MIN", "ZMPOP 0 p MIN", "ZMPOP 1 p MID", "ZMPOP 1 p MIN COUNT 0", "ZMPOP 3 p MIN",
		"ZADD u 1 a 2 b", "ZADD v 10 b 20 c", "SADD plain b d", "ZUNION 2 u v", "ZUNION 2 u v WITHSCORES", "ZUNION 2 u v WEIGHTS 2 3 WITHSCORES", "ZUNION 2 u v AGGREGATE MAX WITHSCORES", "ZUNION 2 u v AGGREGATE MIN WITHSCORES", "ZUNION 2 u plain WITHSCORES", "ZINTER 2 u v WITHSCORES", "ZINTER 2 u plain WITHSCORES", "ZINTER 2 u none", "ZDIFF 2 u v WITHSCORES", "ZDIFF 2 u plain", "ZDIFF 1 none", "ZDIFF 2 u v WEIGHTS 1 2",
		"ZUNION 0 u", "ZUNION x u", "ZUNION 3 u v", "ZUNION 2 u v WEIGHTS 1", "ZUNION 2 u v WEIGHTS 1 x", "ZUNION 2 u v AGGREGATE AVG", "ZUNION 2 u v BAD",
		"ZUNIONSTORE out 2 u v WEIGHTS 1 2 AGGREGATE SUM", "ZRANGE out 0 -1 WITHSCORES", "ZINTERSTORE out 2 u v", "ZRANGE out 0 -1 WITHSCORES", "ZDIFFSTORE out 2 u v", "ZRANGE out 0 -1 WITHSCORES", "ZUNIONSTORE out 1 none", "ZCARD out", "ZUNIONSTORE u 2 u v", "ZRANGE u 0 -1 WITHSCORES", "ZUNIONSTORE out 0 u", "ZUNIONSTORE out 2 u v WITHSCORES", "ZINTERCARD 2 u v", "ZINTERCARD 2 u v LIMIT 1", "ZINTERCARD 1 none", "ZINTERCARD 0 u", "ZINTERCARD 2 u v LIMIT -1", "ZINTERCARD 2 u v BAD",
		"ZADD one 5 x", "ZRANDMEMBER one", "ZRANDMEMBER one 3", "ZRANDMEMBER one -2", "ZRANDMEMBER one 1 WITHSCORES", "ZRANDMEMBER none", "ZRANDMEMBER none 2", "ZRANDMEMBER one x", "ZRANDMEMBER one 1 BAD", "ZSCAN one 0", "ZSCAN one 0 MATCH y", "ZSCAN none 0", "ZSCAN one 0 COUNT 0",
		"SET s v", "ZADD s 1 a", "ZRANGE s 0 -1", "ZSCORE s a", "ZUNION 2 u s", "ZPOPMIN s", "ZCARD s", "ZINCRBY s 1 a", "ZRANGESTORE s u 0 0", "ZCARD s",
		"ZADD f 1.1 a 0.30000000000000004 b 1e21 c 100 d -0.0 e", "ZRANGE f 0 -1 WITHSCORES", `ZADD bin 1 "\x00\xff"`, "ZRANGE bin 0 -1",
	})
}

// TestRandomAgainstRedis compares random edits and ranges of one sorted set.
func TestRandomAgainstRedis(t *testing.T) {
	h := commandtest.New(t, zset.Specs)
	r := rand.New(rand.NewPCG(3, 4))
	lines := []string{}
	member := func() string { return fmt.Sprintf("m%d", r.IntN(200)) }
	for range 800 {
		a, b := r.IntN(60)-5, r.IntN(60)-5
		lines = append(lines, []string{
			fmt.Sprintf("ZADD k %d %s %d %s", r.IntN(50), member(), r.IntN(50), member()),
			fmt.Sprintf("ZADD k CH %d %s", r.IntN(50), member()), fmt.Sprintf("ZINCRBY k %d %s", r.IntN(9)-4, member()),
			"ZREM k " + member(), fmt.Sprintf("ZREMRANGEBYSCORE k (%d %d", a, a+2), "ZPOPMIN k", "ZPOPMAX k 2",
		}[r.IntN(7)], fmt.Sprintf("ZRANGE k %d %d WITHSCORES", a, b), fmt.Sprintf("ZRANGEBYSCORE k %d (%d LIMIT 1 5", a, b),
			fmt.Sprintf("ZREVRANGEBYSCORE k %d %d LIMIT 2 4", b, a), fmt.Sprintf("ZCOUNT k %d %d", a, b), "ZRANK k "+member(), "ZREVRANK k "+member())
	}
	h.Compare(lines)
}

func TestRESP3Shapes(t *testing.T) {
	h := commandtest.New(t, zset.Specs)
	h.Proto = 3
	h.Check([][2]string{
		{"ZADD z 1.5 a", ":1"},
		{"ZSCORE z a", ",1.5"},
		{"ZRANGE z 0 -1 WITHSCORES", `[["a" ,1.5]]`},
		{"ZRANK z a WITHSCORE", "[:0 ,1.5]"},
		{"ZRANK z b WITHSCORE", "nil"},
		{"ZRANDMEMBER z 1 WITHSCORES", `[["a" ,1.5]]`},
		{"ZPOPMIN z", `["a" ,1.5]`},
		{"ZADD z 1.5 a", ":1"},
		{"ZPOPMIN z 1", `[["a" ,1.5]]`},
	})
}
