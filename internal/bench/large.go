package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// smallElements and smallString are the sizes with which those of the flags are
	// compared.
	smallElements = 1_000
	smallString   = 1 << 10
	largeRounds   = 15 // of each command on a collection; strings have fewer
	largePart     = 1000
)

// measureLarge shows what commands take on keys of two sizes, so that one whose cost
// grows with the size of its key is seen, and what deleting the keys gives back.
func measureLarge(ctx context.Context, o *options, dir string) error {
	if err := compareLargeStrings(ctx, o, dir); err != nil {
		return err
	}
	data := filepath.Join(dir, "orbit-large")
	server, port, _, err := startOrbit(ctx, o, data)
	if err != nil {
		return err
	}
	defer server.stop()
	c, err := dial(port)
	if err != nil {
		return err
	}
	defer func() { _ = c.conn.Close() }()
	elements, lengths := [2]int{smallElements, o.elements}, [2]int{smallString, o.stringBytes}

	fmt.Printf("### Large keys: median and slowest, in microseconds\n\n| command | %d | slowest | %d | slowest | growth |\n|---|---|---|---|---|---|\n",
		elements[0], elements[1])
	if err := c.compare(largeCommands, largeRounds, elements, (*client).fill); err != nil {
		return err
	}
	fmt.Printf("\n| command | %d bytes | slowest | %d bytes | slowest | growth |\n|---|---|---|---|---|---|\n", lengths[0], lengths[1])
	if err := c.compare(stringCommands, 3, lengths, (*client).fillString); err != nil {
		return err
	}
	return c.space(data, o.elements)
}

// largeCommands are run on the keys that fill makes. N is the number of elements, H
// half of it and X a number that is new each time.
var largeCommands = []string{
	"HSET hash fX v", "HGET hash fH", "HLEN hash", "HDEL hash fX", "HRANDFIELD hash", "HSCAN hash 0",
	"LINDEX list H", "LRANGE list H H", "LSET list H v", "LPUSH list v", "RPUSH list v", "LPOP list", "RPOP list", "LLEN list",
	"SADD set X", "SISMEMBER set mH", "SRANDMEMBER set", "SPOP set", "SCARD set", "SSCAN set 0",
	"ZADD zset X mX", "ZSCORE zset mH", "ZRANK zset mH", "ZRANGE zset H H", "ZRANGE zset H H BYSCORE", "ZCOUNT zset 0 H", "ZPOPMIN zset", "ZPOPMAX zset",
	"XADD stream * f v", "XLEN stream", "XRANGE stream H-1 + COUNT 1",
	"OBJECT ENCODING hash", "MEMORY USAGE hash", "EXPIRE hash 100000", "RENAME hash hash2", "RENAME hash2 hash", "PERSIST hash",
}

var stringCommands = []string{
	"STRLEN string", "GETRANGE string H H", "GETBIT string H", "BITCOUNT string H H", "SETRANGE string H x", "SETBIT string H 1", "APPEND string x",
	"RENAME string string2", "RENAME string2 string", "GET string",
}

// compare runs commands on keys of both sizes and prints what they took.
func (c *client) compare(commands []string, rounds int, sizes [2]int, fill func(*client, int) error) error {
	var took [2][][]time.Duration
	for i, n := range sizes {
		if err := c.do("FLUSHALL"); err != nil {
			return err
		}
		if err := fill(c, n); err != nil {
			return err
		}
		for _, command := range commands {
			times, err := c.times(command, n, rounds)
			if err != nil {
				return fmt.Errorf("%s: %w", command, err)
			}
			took[i] = append(took[i], times)
		}
	}
	for i, command := range commands {
		small, large := took[0][i], took[1][i]
		fmt.Printf("| %s | %d | %d | %d | %d | %.1f |\n", command, small[rounds/2].Microseconds(), small[rounds-1].Microseconds(),
			large[rounds/2].Microseconds(), large[rounds-1].Microseconds(), float64(large[rounds/2])/float64(small[rounds/2]))
	}
	return nil
}

func (c *client) times(command string, n, rounds int) (times []time.Duration, err error) {
	rename := strings.HasPrefix(command, "RENAME")
	for round := range rounds {
		words := strings.NewReplacer("H", strconv.Itoa(n/2), "X", strconv.Itoa(n+round)).Replace(strings.Join(strings.Fields(command)[1:], " "))
		args := append(strings.Fields(command)[:1], strings.Fields(words)...)
		began := time.Now()
		if err := c.do(args...); err != nil {
			return nil, err
		}
		times = append(times, time.Since(began))
		if rename { // and back, for the next round
			if round < rounds-1 {
				err = c.do("RENAME", args[2], args[1])
			}
			if err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(times)
	return times, nil
}

// fill makes a collection of each type with n elements.
func (c *client) fill(n int) error {
	for from := 0; from < n; from += largePart {
		hash, list, set, zset := []string{"HSET", "hash"}, []string{"RPUSH", "list"}, []string{"SADD", "set"}, []string{"ZADD", "zset"}
		for i := from; i < min(n, from+largePart); i++ {
			at := strconv.Itoa(i)
			hash = append(hash, "f"+at, "value of "+at)
			list = append(list, "element-"+at)
			set = append(set, "m"+at)
			zset = append(zset, at, "m"+at)
		}
		for _, args := range [][]string{hash, list, set, zset} {
			if err := c.do(args...); err != nil {
				return err
			}
		}
		for i := from; i < min(n, from+largePart); i++ {
			c.send("XADD", "stream", strconv.Itoa(i+1)+"-1", "f", "value")
		}
		for i := from; i < min(n, from+largePart); i++ {
			if err := c.reply(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *client) fillString(n int) error {
	for _, args := range [][]string{{"SET", "string", strings.Repeat("x", n)}, {"GET", "string"}} {
		began := time.Now()
		if err := c.do(args...); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s of %d bytes: %s\n", args[0], n, time.Since(began))
	}
	return nil
}

// space tells the size of the directory with the large keys, and after they are
// deleted, how long that takes, and when the space is back.
func (c *client) space(data string, elements int) error {
	if err := c.fill(elements); err != nil {
		return err
	}
	if err := c.do("BGREWRITEAOF"); err != nil { // what is written moves into tables
		return err
	}
	time.Sleep(5 * time.Second)
	before := directorySize(data)
	began := time.Now()
	for _, key := range []string{"string", "hash", "list", "set", "zset", "stream"} {
		one := time.Now()
		if err := c.do("DEL", key); err != nil {
			return err
		}
		fmt.Printf("\nDEL %s: %s", key, time.Since(one))
	}
	fmt.Printf("\n\nThe directory has %d MiB; after DEL:", before>>20)
	for range 6 {
		time.Sleep(5 * time.Second)
		fmt.Printf(" %d MiB after %.0f s;", directorySize(data)>>20, time.Since(began).Seconds())
	}
	fmt.Println()
	return nil
}

// directorySize adds up the files there are; those that go meanwhile do not count.
func directorySize(path string) (n int64) {
	files, err := filepath.Glob(filepath.Join(path, "*", "*"))
	if err != nil {
		return 0
	}
	deeper, err := filepath.Glob(filepath.Join(path, "*", "*", "*"))
	if err != nil {
		return 0
	}
	for _, file := range append(files, deeper...) {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
	}
	return n
}

// client speaks as much of the protocol as is needed to wait for replies.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func (c *client) do(args ...string) error {
	c.send(args...)
	return c.reply()
}

// send leaves the command to reply, which writes all there are.
func (c *client) send(args ...string) {
	c.out = fmt.Appendf(c.out, "*%d\r\n", len(args))
	for _, arg := range args {
		c.out = fmt.Appendf(c.out, "$%d\r\n", len(arg))
		c.out = append(append(c.out, arg...), "\r\n"...)
	}
}

func (c *client) reply() error {
	if len(c.out) > 0 {
		if _, err := c.conn.Write(c.out); err != nil {
			return err
		}
		c.out = c.out[:0]
	}
	line, err := c.in.ReadString('\n')
	if err != nil {
		return err
	}
	line = strings.TrimSpace(line)
	n, _ := strconv.Atoi(line[1:])
	switch line[0] {
	case '-':
		return fmt.Errorf("%s", line)
	case '$':
		if n >= 0 {
			_, err = io.CopyN(io.Discard, c.in, int64(n)+2)
		}
	case '*':
		for range n {
			if err := c.reply(); err != nil {
				return err
			}
		}
	}
	return err
}
