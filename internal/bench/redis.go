package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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
	tests := "set,get"
	if o.all {
		tests = ""
	}
	t := newTable()
	for round := range o.rounds {
		for _, depth := range []string{"1", "16"} {
			for _, side := range []struct {
				into map[string][]float64
				port string
			}{{t.ours, ourPort}, {t.other, theirPort}} {
				figures, err := redisBenchmark(ctx, o, side.port, tests, depth)
				if err != nil {
					return err
				}
				t.add(side.into, figures)
			}
		}
		fmt.Fprintf(os.Stderr, "redis: round %d of %d done\n", round+1, o.rounds)
	}
	fmt.Printf("### redis-benchmark: 50 connections, 64-byte values, 100,000 keys; orbit %s, redis-server with appendonly and appendfsync everysec\n\n", o.redisDurability)
	t.print("redis-server")
	return nil
}

// redisBenchmark runs redis-benchmark once and reads its CSV.
func redisBenchmark(ctx context.Context, o *options, port, tests, depth string) ([]figure, error) {
	args := []string{"-p", port, "-c", "50", "-d", "64", "-r", "100000", "-n", strconv.Itoa(o.requests), "-P", depth, "--csv"}
	if tests != "" {
		args = append(args, "-t", tests)
	}
	out, err := exec.CommandContext(ctx, "redis-benchmark", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("redis-benchmark: %w", err)
	}
	var figures []figure
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) < 2 {
			continue
		}
		rate, err := strconv.ParseFloat(strings.Trim(fields[1], `"`), 64)
		if err != nil {
			continue // the header
		}
		figures = append(figures, figure{strings.Trim(fields[0], `"`) + " P" + depth, rate})
	}
	return figures, nil
}
