package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// longLedger is what one writer of long strings has been acknowledged.
type longLedger struct {
	set, appended, changed int64 // numbers of the last SET, APPEND and SETRANGE
}

const (
	longDigits = 8
	// ofLong is how many numbers a string has when it begins: enough for chunks.
	ofLong = 100 << 10 / longDigits
)

// aheadCopies are enough that a value is not written in one batch.
const aheadCopies = 5 << 20 / longDigits

func longNumber(i int64) string { return fmt.Sprintf("%0*d", longDigits, i) }

// TestLongStringsOverCrashes kills the server while long strings are written: each is
// the value from before or after the command that was not acknowledged, all of it.
func TestLongStringsOverCrashes(t *testing.T) {
	dir := t.TempDir()
	var writers [2]longLedger
	rounds := crashRounds(t)
	for round := range rounds + 1 {
		o := start(t, dir)
		c := newRedis(o)
		for w := range writers {
			writers[w].verify(t, c, w, round)
		}
		_ = c.Close()
		if round == rounds {
			o.stop(t)
			break
		}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() { writers[w].write(o, w) })
		}
		time.Sleep(time.Duration(200+rand.IntN(1000)) * time.Millisecond)
		o.kill()
		wg.Wait()
		if rand.IntN(3) == 0 {
			killRecovering(t, dir)
		}
	}
	t.Logf("%d rounds; %+v", rounds, writers)
}

func (l *longLedger) write(o *orbit, w int) {
	ctx := context.Background()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	whole, log, part := longKeys(w)
	for {
		if l.appended == 0 {
			if c.Set(ctx, log, strings.Repeat(longNumber(0), ofLong), 0).Err() != nil {
				return
			}
		}
		for range 5 {
			if c.Append(ctx, log, longNumber(l.appended+1)).Err() != nil {
				return
			}
			l.appended++
			if c.SetRange(ctx, part, ofLong*longDigits, longNumber(l.changed+1)).Err() != nil {
				return
			}
			l.changed++
		}
		if c.Set(ctx, whole, strings.Repeat(longNumber(l.set+1), aheadCopies), 0).Err() != nil {
			return
		}
		l.set++
	}
}

func longKeys(w int) (whole, log, part string) {
	return fmt.Sprintf("whole:%d", w), fmt.Sprintf("log:%d", w), fmt.Sprintf("part:%d", w)
}

// verify takes over what was done and not acknowledged.
func (l *longLedger) verify(t *testing.T, c *redis.Client, w, round int) {
	t.Helper()
	whole, log, part := longKeys(w)
	get := func(key string) string {
		value, err := c.Get(t.Context(), key).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			t.Fatalf("round %d: %s: %v", round, key, err)
		}
		return value
	}
	// oneOf checks that value is what comes of the last number or the next.
	oneOf := func(key, value string, last *int64, of func(n int64) string) {
		for n := *last; n <= *last+1; n++ {
			if value == of(n) {
				*last = n
				return
			}
		}
		t.Fatalf("round %d: %s has %d bytes (%.16q to %q), and neither those of %d nor of the next", round, key, len(value), value, value[max(0, len(value)-16):], *last)
	}
	oneOf(whole, get(whole), &l.set, func(n int64) string {
		if n == 0 {
			return ""
		}
		return strings.Repeat(longNumber(n), aheadCopies)
	})
	oneOf(part, get(part), &l.changed, func(n int64) string {
		if n == 0 {
			return ""
		}
		return strings.Repeat("\x00", ofLong*longDigits) + longNumber(n)
	})
	value := get(log)
	if l.appended == 0 && value == "" {
		return
	}
	oneOf(log, value, &l.appended, func(n int64) string {
		var b strings.Builder
		b.WriteString(strings.Repeat(longNumber(0), ofLong))
		for i := range n {
			b.WriteString(longNumber(i + 1))
		}
		return b.String()
	})
}
