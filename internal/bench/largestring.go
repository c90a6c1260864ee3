package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// largeStringRounds is how often each command runs on a large string; those that move
// all of it have wholeRounds.
const (
	largeStringRounds = 51
	wholeRounds       = 3
)

// largeStringCommands are run on a string of which H is half the length; X is 0 and
// 1 in turn.
var largeStringCommands = []string{
	"STRLEN string", "TTL string", "GETRANGE string H H99", "GETBIT string H", "APPEND string 0123456789", "SETRANGE string H 0123456789",
	"SETBIT string H X", "BITFIELD string INCRBY u32 H 1",
}

// compareLargeStrings shows what commands on a large string take, beside redis-server
// with an append-only file.
func compareLargeStrings(ctx context.Context, o *options, dir string) error {
	var took [2]map[string]time.Duration
	var order []string
	for i, start := range []func() (*process, string, error){
		func() (*process, string, error) {
			p, port, _, err := startOrbit(ctx, o, filepath.Join(dir, "orbit-strings"))
			return p, port, err
		},
		func() (*process, string, error) { return startRedis(ctx, filepath.Join(dir, "redis-strings")) },
	} {
		server, port, err := start()
		if err != nil {
			return err
		}
		took[i], order, err = largeString(port, o.stringBytes)
		server.stop()
		if err != nil {
			return err
		}
	}
	fmt.Printf("### A string of %d MiB: medians in microseconds\n\n| command | orbit | redis-server | ratio |\n|---|---|---|---|\n", o.stringBytes>>20)
	for _, name := range order {
		ours, theirs := took[0][name], took[1][name]
		fmt.Printf("| %s | %d | %d | %.1f |\n", name, ours.Microseconds(), theirs.Microseconds(), float64(ours)/float64(theirs))
	}
	fmt.Println()
	return nil
}

// largeString measures one server.
func largeString(port string, size int) (took map[string]time.Duration, order []string, err error) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = conn.Close() }()
	c := &client{conn: conn, in: bufio.NewReaderSize(conn, 1<<20)}
	took = map[string]time.Duration{}
	measure := func(name string, rounds int, args func(round int) []string, between ...string) error {
		var times []time.Duration
		for round := range rounds {
			words := args(round)
			began := time.Now()
			if err := c.do(words...); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			times = append(times, time.Since(began))
			if between != nil && round < rounds-1 {
				if err := c.do(between...); err != nil {
					return err
				}
			}
		}
		slices.Sort(times)
		took[name], order = times[rounds/2], append(order, name)
		return nil
	}
	set := []string{"SET", "string", strings.Repeat("0123456789abcdef", size/16)}
	always := func(words ...string) func(int) []string { return func(int) []string { return words } }
	if err := measure("SET", wholeRounds, always(set...), "DEL", "string"); err != nil {
		return nil, nil, err
	}
	for _, command := range largeStringCommands {
		args := func(round int) []string {
			r := strings.NewReplacer("H99", strconv.Itoa(size/2+99), "H", strconv.Itoa(size/2), "X", strconv.Itoa(round%2))
			return strings.Fields(r.Replace(command))
		}
		if err := measure(args(0)[0], largeStringRounds, args); err != nil {
			return nil, nil, err
		}
	}
	err = measure("RENAME", largeStringRounds, func(round int) []string {
		names := []string{"string", "string2"}
		return []string{"RENAME", names[round%2], names[(round+1)%2]}
	})
	if err == nil {
		err = c.do("RENAME", "string2", "string")
	}
	if err == nil {
		err = measure("GET", wholeRounds, always("GET", "string"))
	}
	if err == nil {
		err = measure("DEL", wholeRounds, always("DEL", "string"), set...)
	}
	return took, order, err
}
