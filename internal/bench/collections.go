package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"time"
)

// measureCollections runs commands on large collections in orbit and in redis-server,
// and shows where one takes much longer, on the clock and of the processor.
func measureCollections(ctx context.Context, o *options, dir string) error {
	wanted, err := regexp.Compile(o.match)
	if err != nil {
		return err
	}
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
	sides := [2]side{{server: ours, port: ourPort}, {server: theirs, port: theirPort}}
	for i := range sides {
		s := &sides[i]
		if s.client, err = dial(s.port); err != nil {
			return err
		}
		defer func() { _ = s.client.conn.Close() }()
		began := time.Now()
		if err := s.client.fill(o.elements); err != nil {
			return err
		}
		fmt.Printf("%s filled in %s, processor time %s\n", []string{"orbit", "redis-server"}[i],
			time.Since(began).Round(time.Millisecond), s.used().Round(time.Millisecond))
	}
	const header = "| command | orbit | redis-server | ratio | processor | redis-server's | ratio |\n|---|---|---|---|---|---|---|\n"
	fmt.Printf("\n### Collections of %d elements: medians, and processor time of one, in microseconds\n\n%s", o.elements, header)
	for _, group := range []struct {
		rounds   int
		commands []string
	}{{largeRounds, largeCommands}, {largeRounds, middleCommands}, {3, wholeCommands}, {1, lastCommands}} {
		for _, command := range group.commands {
			if !wanted.MatchString(command) {
				continue
			}
			var took, used [2]time.Duration
			for i := range sides {
				if took[i], used[i], err = sides[i].measure(command, o.elements, group.rounds); err != nil {
					return fmt.Errorf("%s: %w", command, err)
				}
			}
			fmt.Printf("| %s | %d | %d | %.1f | %d | %d | %.1f |\n", command,
				took[0].Microseconds(), took[1].Microseconds(), float64(took[0])/float64(took[1]),
				used[0].Microseconds(), used[1].Microseconds(), float64(used[0])/float64(used[1]))
		}
		if group.rounds == 3 {
			fmt.Printf("\nThe directory has %d MiB.\n\n%s", directorySize(data)>>20, header)
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

// side is one of the servers that are compared.
type side struct {
	server *process
	port   string
	client *client
}

// measure runs a command some times. It returns the median of what it takes, and the
// processor time of one, with what the server does because of it afterwards.
func (s *side) measure(command string, elements, rounds int) (median, used time.Duration, err error) {
	before := s.used()
	times, err := s.client.times(command, elements, rounds)
	if err != nil {
		return 0, 0, err
	}
	return times[len(times)/2], (s.used() - before) / time.Duration(rounds), nil
}

// used is the server's processor time so far, when it has come to rest.
func (s *side) used() time.Duration {
	const pause = 30 * time.Millisecond
	last := processorTime(s.server.cmd.Process.Pid)
	for range 100 {
		time.Sleep(pause)
		now := processorTime(s.server.cmd.Process.Pid)
		if now-last < pause/20 {
			return now
		}
		last = now
	}
	return last
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
