package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// measureCollections runs commands on large collections in orbit and in redis-server,
// and shows where one takes much longer.
func measureCollections(ctx context.Context, o *options, dir string) error {
	theirs, theirPort, err := startRedis(ctx, filepath.Join(dir, "redis-collections"))
	if err != nil {
		return fmt.Errorf("redis-server: %w", err)
	}
	defer theirs.stop()
	data := filepath.Join(dir, "orbit-collections")
	ours, ourPort, _, err := startOrbit(ctx, o, data)
	if err != nil {
		return err
	}
	defer ours.stop()
	var sides [2]*client
	for i, port := range []string{ourPort, theirPort} {
		if sides[i], err = dial(port); err != nil {
			return err
		}
		c := sides[i]
		defer func() { _ = c.conn.Close() }()
		began := time.Now()
		if err := c.fill(o.elements); err != nil {
			return err
		}
		fmt.Printf("%s filled in %s\n", []string{"orbit", "redis-server"}[i], time.Since(began).Round(time.Millisecond))
	}
	fmt.Printf("\n### Collections of %d elements: medians in microseconds\n\n| command | orbit | redis-server | ratio |\n|---|---|---|---|\n", o.elements)
	for _, group := range []struct {
		rounds   int
		commands []string
	}{{largeRounds, largeCommands}, {largeRounds, middleCommands}, {3, wholeCommands}, {1, lastCommands}} {
		for _, command := range group.commands {
			var took [2]time.Duration
			for i, c := range sides {
				times, err := c.times(command, o.elements, group.rounds)
				if err != nil {
					return fmt.Errorf("%s: %w", command, err)
				}
				took[i] = times[len(times)/2]
			}
			fmt.Printf("| %s | %d | %d | %.1f |\n", command, took[0].Microseconds(), took[1].Microseconds(), float64(took[0])/float64(took[1]))
		}
		if group.rounds == 3 {
			fmt.Printf("\nThe directory has %d MiB.\n\n| command | orbit | redis-server | ratio |\n|---|---|---|---|\n", directorySize(data)>>20)
		}
	}
	began := time.Now()
	fmt.Printf("\nAfter that it has")
	for range 4 {
		time.Sleep(3 * time.Second)
		fmt.Printf(" %d MiB after %.0f s;", directorySize(data)>>20, time.Since(began).Seconds())
	}
	fmt.Println()
	return nil
}

// middleCommands look into the midst of a collection, or at some of it.
var middleCommands = []string{
	"HMGET hash fH f1 f2", "HEXISTS hash fH", "HINCRBY hash counter 1", "HSTRLEN hash fH", "HRANDFIELD hash 100", "HSCAN hash 0 COUNT 1000",
	"LPOS list element-H", "LINSERT list BEFORE element-H v", "LRANGE list H -1000", "LREM list 1 v", "LTRIM list 1 -2",
	"SMISMEMBER set mH m1 x", "SRANDMEMBER set 100", "SPOP set 100", "SREM set mX", "SMOVE set set2 mH", "SSCAN set 0 COUNT 1000",
	"ZREVRANK zset mH", "ZINCRBY zset 1 mH", "ZRANGE zset H -1 BYSCORE LIMIT 0 0", "ZRANGEBYSCORE zset H +inf LIMIT 0 10", "ZREVRANGE zset H H",
	"ZRANDMEMBER zset 100", "ZREM zset mX", "ZLEXCOUNT zset - +", "ZREMRANGEBYRANK zset 0 9", "ZSCAN zset 0 COUNT 1000",
	"XREVRANGE stream + - COUNT 10", "XREAD COUNT 10 STREAMS stream H-0", "XTRIM stream MINID 10", "XDEL stream H-1", "XINFO STREAM stream",
	"TYPE hash", "DUMP counter", "TOUCH hash",
}

// wholeCommands read or copy all of one.
var wholeCommands = []string{
	"HGETALL hash", "HKEYS hash", "LRANGE list 0 -1", "SMEMBERS set", "ZRANGE zset 0 -1 withscores", "XRANGE stream - +",
	"COPY hash copy:X", "COPY list copy:X REPLACE", "COPY set copy:X REPLACE", "COPY zset copy:X REPLACE", "COPY stream copy:X REPLACE",
	"SUNIONSTORE union set", "SINTERCARD 2 set union", "ZUNIONSTORE zunion 1 zset", "ZRANGESTORE zrange zset 0 -1", "SORT set BY nosort LIMIT 0 10",
	"LREM list 0 nothing", "DUMP zset",
}

// lastCommands remove what there is.
var lastCommands = []string{
	"XTRIM stream maxlen H", "ZREMRANGEBYRANK zset 0 H", "LTRIM list 0 H", "DEL hash", "DEL list", "UNLINK set", "DEL zset", "DEL stream",
	"DEL union", "DEL zunion", "DEL zrange", "FLUSHALL",
}
