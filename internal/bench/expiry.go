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

// measureExpiry shows what keys that are due in the same moment cost: how long it takes
// until they are gone from the store, the processor time of that, what a client notices
// that reads other keys meanwhile, and when the space is back.
func measureExpiry(ctx context.Context, o *options, dir string) error {
	data := filepath.Join(dir, "orbit-expiry")
	server, port, _, err := startOrbit(ctx, o, data)
	if err != nil {
		return err
	}
	defer server.stop()
	writer, err := dial(port)
	if err != nil {
		return err
	}
	defer func() { _ = writer.conn.Close() }()
	due := time.Now().Add(3*time.Second + time.Duration(o.elements)*80*time.Microsecond)
	if err := writer.fillDue(o.elements, due); err != nil {
		return err
	}
	fmt.Printf("### %d keys due at once\n\nfilled %s before they are due\n", o.elements, time.Until(due).Round(time.Millisecond))
	if time.Until(due) < time.Second {
		return fmt.Errorf("filling took too long")
	}

	time.Sleep(time.Until(due) - time.Second)
	reader, err := dial(port)
	if err != nil {
		return err
	}
	defer func() { _ = reader.conn.Close() }()
	fmt.Printf("the directory has %d MiB\n", directorySize(data)>>20)
	quiet, err := reader.getUntil(func() (bool, error) { return time.Now().After(due), nil })
	if err != nil {
		return err
	}
	before := processorTime(server.cmd.Process.Pid)
	looked := time.Now()
	busy, err := reader.getUntil(func() (bool, error) {
		if time.Since(looked) < 100*time.Millisecond {
			return false, nil
		}
		looked = time.Now()
		n, err := writer.integer("DBSIZE")
		return n == liveKeys, err
	})
	if err != nil {
		return err
	}
	fmt.Printf("gone after %s, processor time %s, of which the GETs take a part\n",
		time.Since(due).Round(100*time.Millisecond), (processorTime(server.cmd.Process.Pid) - before).Round(100*time.Millisecond))
	fmt.Printf("\n| GET | number | median | 99%% | slowest |\n|---|---|---|---|---|\n")
	for _, phase := range []struct {
		name  string
		times []time.Duration
	}{{"before", quiet}, {"meanwhile", busy}} {
		n := len(phase.times)
		slices.Sort(phase.times)
		fmt.Printf("| %s | %d | %s | %s | %s |\n", phase.name, n, phase.times[n/2], phase.times[n*99/100], phase.times[n-1])
	}
	fmt.Printf("\nThe directory has")
	for range 4 {
		fmt.Printf(" %d MiB after %.0f s;", directorySize(data)>>20, time.Since(due).Seconds())
		time.Sleep(5 * time.Second)
	}
	fmt.Printf(" processor time %s\n", (processorTime(server.cmd.Process.Pid) - before).Round(100*time.Millisecond))
	return nil
}

// liveKeys is the number of keys without a TTL, which are read.
const liveKeys = 10_000

func dial(port string) (*client, error) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 1<<20)}, nil
}

// fillDue makes n keys that are due at one time, in no order, and those that stay.
func (c *client) fillDue(n int, due time.Time) error {
	value, at := strings.Repeat("x", 64), strconv.FormatInt(due.UnixMilli(), 10)
	for from := 0; from < n+liveKeys; from += largePart {
		to := min(n+liveKeys, from+largePart)
		for i := from; i < to; i++ {
			if i < n {
				c.send("SET", "session:"+strconv.Itoa(int(uint32(i)*2654435761)), value, "PXAT", at)
			} else {
				c.send("SET", "live:"+strconv.Itoa(i-n), value)
			}
		}
		for range to - from {
			if err := c.reply(); err != nil {
				return err
			}
		}
	}
	return nil
}

// getUntil reads one key after another until done, and returns what each took.
func (c *client) getUntil(done func() (bool, error)) (times []time.Duration, err error) {
	for i := 0; ; i++ {
		began := time.Now()
		if err := c.do("GET", "live:"+strconv.Itoa(i*7919%liveKeys)); err != nil {
			return nil, err
		}
		times = append(times, time.Since(began))
		if over, err := done(); over || err != nil {
			return times, err
		}
	}
}

// integer is the reply to a command that has a number.
func (c *client) integer(args ...string) (int, error) {
	c.send(args...)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, err
	}
	c.out = c.out[:0]
	line, err := c.in.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, ":")))
}
