package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// measureRedis compares with redis-server: 50 connections, 64-byte values,
// 100,000 keys, without pipelining and 16 deep.
func measureRedis(ctx context.Context, o *options, dir string) error {
	theirs, theirPort, err := startRedis(ctx, filepath.Join(dir, "redis-server"))
	if err != nil {
		return fmt.Errorf("redis-server: %w", err)
	}
	defer theirs.stop()
	ours, ourPort, _, err := startOrbit(ctx, o, filepath.Join(dir, "orbit-redis"))
	if err != nil {
		return err
	}
	defer ours.stop()
	tests := []string{"set", "get"}
	if o.all {
		tests = defaultTests
	}
	t := newTable()
	for round := range o.rounds {
		for _, depth := range []int{1, 16} {
			for _, test := range tests {
				for _, side := range []struct {
					into map[string][]figure
					port string
					pid  int
				}{{t.ours, ourPort, ours.cmd.Process.Pid}, {t.other, theirPort, theirs.cmd.Process.Pid}} {
					figures, err := redisBenchmark(ctx, o, side.port, side.pid, test, depth)
					if err != nil {
						return err
					}
					t.add(side.into, figures)
				}
			}
		}
		fmt.Fprintf(os.Stderr, "redis: round %d of %d done\n", round+1, o.rounds)
	}
	fmt.Printf("### redis-benchmark: 50 connections, 64-byte values, 100,000 keys; orbit %s, redis-server with appendonly and appendfsync everysec\n\n", o.redisDurability)
	t.print("redis-server")
	return nil
}

// defaultTests are redis-benchmark's own, each of which is a run.
var defaultTests = []string{
	"ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "sadd", "hset", "spop", "zadd", "zpopmin",
	"lrange_100", "lrange_300", "lrange_500", "lrange_600", "mset",
}

// redisBenchmark runs one test of redis-benchmark and reads its CSV. The server's
// processor time is that of all the run's requests: a run may also fill a list.
func redisBenchmark(ctx context.Context, o *options, port string, pid int, test string, depth int) ([]figure, error) {
	args := []string{
		"-p", port, "-c", "50", "-d", "64", "-r", "100000", "-n", strconv.Itoa(o.requests), "-P", strconv.Itoa(depth), "--csv", "-t", test,
	}
	before := processorTime(pid)
	out, err := exec.CommandContext(ctx, "redis-benchmark", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("redis-benchmark: %w", err)
	}
	used := processorTime(pid) - before
	var figures []figure
	runs := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) < 2 {
			continue
		}
		rate, err := strconv.ParseFloat(strings.Trim(fields[1], `"`), 64)
		if err != nil {
			continue // the header
		}
		runs++
		name := strings.Trim(fields[0], `"`)
		if !strings.Contains(name, "needed to benchmark") {
			figures = append(figures, figure{name: name + " P" + strconv.Itoa(depth), rate: rate})
		}
	}
	for i := range figures {
		figures[i].cpu = used / time.Duration(runs*o.requests)
	}
	return figures, nil
}

// processorTime is what the threads of a process have used so far, 0 where the
// system does not tell.
func processorTime(pid int) (total time.Duration) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		on, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(on, 10, 64)
		if err != nil {
			continue
		}
		total += time.Duration(n)
	}
	return total
}
