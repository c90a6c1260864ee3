package e2e

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// verb runs orbit and gives its exit code and what it printed.
func verb(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if text := messages.String(); strings.Contains(text, "panic:") || strings.Contains(text, "DATA RACE") {
		t.Errorf("orbit %q: %s", args, text)
	}
	return cmd.ProcessState.ExitCode(), out.String(), messages.String()
}

// mustVerb runs what must succeed and gives what it printed to standard output.
func mustVerb(t testing.TB, args ...string) string {
	t.Helper()
	code, stdout, stderr := verb(t, args...)
	if code != 0 {
		t.Fatalf("orbit %q: exit code %d, %s", args, code, stderr)
	}
	return stdout
}

// killedVerb runs orbit and kills it after a random part of limit; it tells whether that
// came before its end.
func killedVerb(t testing.TB, limit time.Duration, args ...string) bool {
	t.Helper()
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(rand.N(limit))
	_ = cmd.Process.Kill() // it may have ended
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode() < 0
}

// contents is what a directory holds that a test filled: the number of keys, and the
// number and sum of the rows.
func contents(t testing.TB, dir string) string {
	t.Helper()
	return strings.TrimSpace(mustVerb(t, "redis", "--data-dir", dir, "DBSIZE")) + " keys, " +
		strings.TrimPrefix(strings.TrimSpace(mustVerb(t, "sql", "--data-dir", dir, "--format", "csv", "SELECT count(*) AS n, sum(id) AS s FROM filled")), "n,s\n")
}

// fill puts so many keys and rows of 2 KiB, which do not compress, into a directory.
func fill(t testing.TB, dir string, keys, rows int) {
	t.Helper()
	var in bytes.Buffer
	random := rand.NewChaCha8([32]byte{1})
	value := make([]byte, 2048)
	command := func(args ...[]byte) {
		in.WriteString("*3\r\n")
		for _, a := range args {
			in.WriteString("$" + strconv.Itoa(len(a)) + "\r\n")
			in.Write(a)
			in.WriteString("\r\n")
		}
	}
	in.WriteString("*1\r\n$4\r\nPING\r\n")
	for i := range keys {
		_, _ = random.Read(value) // never fails
		command([]byte("SET"), []byte("filled:"+strconv.Itoa(i)), value)
	}
	load(t, dir, &in, "--format", "resp") // makes the directory
	mustVerb(t, "sql", "--data-dir", dir, "CREATE TABLE filled (id int PRIMARY KEY, v bytea)")
	in.Reset()
	in.WriteString("id,v\n")
	const digits = "0123456789abcdef"
	for i := range rows {
		_, _ = random.Read(value)
		in.WriteString(strconv.Itoa(i) + `,\x`)
		for _, b := range value {
			in.WriteByte(digits[b>>4])
			in.WriteByte(digits[b&15])
		}
		in.WriteByte('\n')
	}
	load(t, dir, &in, "--table", "filled")
}

// load imports what in holds.
func load(t testing.TB, dir string, in *bytes.Buffer, args ...string) {
	t.Helper()
	cmd := exec.Command(program, append([]string{"import", dir, "-"}, args...)...)
	cmd.Stdin = in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
}
