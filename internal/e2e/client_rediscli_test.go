package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisCLI runs redis-cli against o with what it is to read.
func redisCLI(t *testing.T, o *orbit, input string, args ...string) string {
	t.Helper()
	host, port := hostPort(o.redis)
	cmd := exec.Command(tool(t, "redis-cli"), append([]string{"-h", host, "-p", port}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("redis-cli %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestRedisCLIModes: what redis-cli does beyond sending one command.
func TestRedisCLIModes(t *testing.T) {
	tool(t, "redis-cli")
	o := start(t, t.TempDir(), "--postgres-addr=")

	const keys = 20000
	var load bytes.Buffer
	for i := range keys {
		key, value := fmt.Sprintf("user:%d", i), strings.Repeat("x", i%50)
		fmt.Fprintf(&load, "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(key), key, len(value), value)
	}
	load.WriteString("RPUSH list a b c\r\nSADD set a b c d\r\nZADD zset 1 a 2 b\r\nHSET hash a 1 b 2 c 3 d 4 e 5\r\nXADD stream * f v\r\n")
	if got := redisCLI(t, o, load.String(), "--pipe"); !strings.Contains(got, fmt.Sprintf("errors: 0, replies: %d", keys+5)) {
		t.Errorf("--pipe says:\n%s", got)
	}

	got := redisCLI(t, o, "", "--scan", "--pattern", "user:1??")
	if lines := strings.Fields(got); len(lines) != 100 {
		t.Errorf("--scan found %d keys", len(lines))
	}
	got = strings.ReplaceAll(redisCLI(t, o, "", "--bigkeys"), "'", "") // some versions quote names twice
	for _, want := range []string{
		fmt.Sprintf("Sampled %d keys in the keyspace!", keys+5),
		`Biggest   list found "list" has 3 items`, `Biggest    set found "set" has 4 members`, `Biggest   zset found "zset" has 2 members`,
		`Biggest   hash found "hash" has 5 fields`, `Biggest stream found "stream" has 1 entries`, "has 49 bytes",
		fmt.Sprintf("%d strings with", keys),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("--bigkeys lacks %q:\n%s", want, got)
		}
	}
	if got := redisCLI(t, o, "", "--memkeys"); !strings.Contains(got, fmt.Sprintf("Sampled %d keys", keys+5)) || !strings.Contains(got, "Biggest string found") {
		t.Errorf("--memkeys says:\n%s", got)
	}
	if got := redisCLI(t, o, "\x00\xffbytes", "-x", "SET", "x"); got != "OK\n" {
		t.Errorf("-x: %q", got)
	}
	if got := redisCLI(t, o, "", "--csv", "LRANGE", "list", "0", "-1"); got != "\"a\",\"b\",\"c\"\n" {
		t.Errorf("--csv: %q", got)
	}
	if got := redisCLI(t, o, "", "-3", "--json", "EVAL", "redis.setresp(3) return {{map={k='v'}}, {double=1.5}, redis.call('LRANGE', KEYS[1], 0, -1)}", "1", "list"); got != `[{"k":"v"},1.5,["a","b","c"]]`+"\n" {
		t.Errorf("--json: %q", got)
	}
	if got := redisCLI(t, o, "MULTI\nSTRLEN x\nINCR n\nEXEC\n"); got != "OK\nQUEUED\nQUEUED\n7\n1\n" {
		t.Errorf("commands from standard input: %q", got)
	}
}

// TestRedisCLIMonitor watches other clients' commands and a script's.
func TestRedisCLIMonitor(t *testing.T) {
	path := tool(t, "redis-cli")
	o := start(t, t.TempDir(), "--postgres-addr=")
	host, port := hostPort(o.redis)
	monitor, seen := exec.Command(path, "-h", host, "-p", port, "MONITOR"), &output{}
	monitor.Stdout = seen
	if err := monitor.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = monitor.Process.Kill(), monitor.Wait() })
	awaitOutput(t, seen, regexp.MustCompile(`^OK\n`))

	ctx := t.Context()
	c := redis.NewClient(&redis.Options{Addr: o.redis})
	t.Cleanup(func() { _ = c.Close() })
	c.Set(ctx, "k", "\x00\"line\n", 0)
	c.Do(ctx, "AUTH", "default", "secret") // never shown
	c.Do(ctx, "SELECT", "0")
	c.Eval(ctx, `return redis.call('INCR', KEYS[1])`, []string{"n"})
	if _, err := c.TxPipelined(ctx, func(pipe redis.Pipeliner) error { pipe.Del(ctx, "k"); return nil }); err != nil {
		t.Fatal(err)
	}
	c.Echo(ctx, "the end")
	const line = `\d{10}\.\d{6} \[0 127\.0\.0\.1:\d+\] `
	awaitOutput(t, seen, regexp.MustCompile(line+`"echo" "the end"\n`))
	got := seen.String()
	for _, want := range []string{
		line + `"set" "k" "\\x00\\"line\\n"\n`,
		line + `"eval" "return redis\.call\('INCR', KEYS\[1\]\)" "1" "n"\n` + `\d{10}\.\d{6} \[0 lua\] "INCR" "n"\n`,
		line + `"multi"\n` + line + `"del" "k"\n` + line + `"exec"\n`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("MONITOR lacks %s:\n%s", want, got)
		}
	}
	if strings.Contains(got, "secret") {
		t.Errorf("MONITOR shows a password:\n%s", got)
	}
}

// awaitOutput waits until a program has printed what pattern matches.
func awaitOutput(t *testing.T, out *output, pattern *regexp.Regexp) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !pattern.MatchString(out.String()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s was never printed:\n%s", pattern, out)
		}
	}
}
