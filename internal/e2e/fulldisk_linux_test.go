package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// smallDisk is a file system of so many MiB.
func smallDisk(t *testing.T, size int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", size)); err != nil {
		if errors.Is(err, syscall.EPERM) {
			t.Skip("only root may mount file systems")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// leave writes a file that leaves so many KiB.
func leave(t *testing.T, dir string, left uint64) (remove func()) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "filler")
	if err := os.WriteFile(file, make([]byte, s.Bavail*uint64(s.Bsize)-left<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

// fullDisk is what each verb says.
const fullDisk = "no space left on device\nThe disk is full: make space on it, then run this again.\n"

// TestFullDiskForOutput has what verbs write not fit: they say so, and leave nothing.
func TestFullDiskForOutput(t *testing.T) {
	small := smallDisk(t, 2)
	dir := filepath.Join(t.TempDir(), "data")
	fill(t, dir, 2000, 2000)
	want := contents(t, dir)
	whole := filepath.Join(t.TempDir(), "whole.tar")
	mustVerb(t, "backup", dir, "-o", whole)
	for _, args := range [][]string{
		{"export", dir, "-o", filepath.Join(small, "keys.rdb")},
		{"export", dir, "-o", filepath.Join(small, "keys.resp")},
		{"export", dir, "-o", filepath.Join(small, "keys.jsonl.gz")},
		{"export", dir, "-o", filepath.Join(small, "tables.sql")},
		{"export", dir, "-t", "filled", "-o", filepath.Join(small, "rows.csv")},
		{"export", dir, "-t", "filled", "-o", filepath.Join(small, "rows.jsonl")},
		{"export", dir, "-t", "filled", "-o", filepath.Join(small, "rows.parquet")},
		{"backup", dir, "-o", filepath.Join(small, "copy.tar.zst")},
		{"backup", dir, "-o", filepath.Join(small, "copy")},
		{"restore", whole, filepath.Join(small, "restored")},
	} {
		code, _, stderr := verb(t, args...)
		if code != 1 || !strings.Contains(stderr, fullDisk) {
			t.Errorf("orbit %q: exit code %d, %s", args, code, stderr)
		}
		left, err := os.ReadDir(small)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range left {
			t.Errorf("orbit %q leaves %s", args, e.Name())
			if err := os.RemoveAll(filepath.Join(small, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := contents(t, dir); got != want {
		t.Errorf("there are %s, and there were %s", got, want)
	}
}

// TestFullDiskForData has the disk of a directory full while verbs work on it offline:
// the data stays what it was, and the same verb works once there is space.
func TestFullDiskForData(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	fill(t, other, 3000, 3000)
	files := t.TempDir()
	keys, rows, script := filepath.Join(files, "keys.rdb"), filepath.Join(files, "rows.csv"), filepath.Join(files, "tables.sql")
	mustVerb(t, "export", other, "-o", keys)
	mustVerb(t, "export", other, "-t", "filled", "-o", rows)
	mustVerb(t, "export", other, "-o", script)
	whole := contents(t, other)
	for _, tt := range []struct {
		name       string
		keys, rows int // that are there before
		args       []string
		after      string // what is there once it has run with space
	}{
		{"keys into an empty directory", 0, 300, []string{"import", "DIR", keys}, "3000 keys, 300,44850"},
		{"keys beside others", 300, 300, []string{"import", "DIR", keys, "--on-conflict", "replace"}, "3000 keys, 300,44850"},
		{"rows", 300, 0, []string{"import", "DIR", rows, "--table", "filled"}, "300 keys, 3000,4498500"},
		{"rows beside others", 300, 300, []string{"import", "DIR", rows, "--table", "filled", "--on-conflict", "skip"}, "300 keys, 3000,4498500"},
		{"compact", 300, 300, []string{"compact", "DIR"}, "300 keys, 300,44850"},
		{"compact of much", 3000, 3000, []string{"compact", "DIR"}, whole},
	} {
		t.Run(tt.name, func(t *testing.T) {
			small := smallDisk(t, 192)
			dir := filepath.Join(small, "data")
			fill(t, dir, tt.keys, tt.rows)
			before := contents(t, dir)
			remove := leave(t, small, 1500)
			for i, a := range tt.args {
				if a == "DIR" {
					tt.args[i] = dir
				}
			}
			code, _, stderr := verb(t, tt.args...)
			if code != 0 && !strings.Contains(stderr, "no space left on device") || code == 0 && tt.args[0] == "import" {
				t.Errorf("exit code %d, %s", code, stderr)
			}
			if code != 0 && !strings.Contains(strings.ToLower(stderr), "make space on ") {
				t.Errorf("nothing says what to do: %s", stderr)
			}
			remove()
			if got := contents(t, dir); got != before && !strings.HasPrefix(tt.name, "keys beside") {
				t.Errorf("there are %s, and there were %s", got, before)
			}
			mustVerb(t, "check", dir)
			mustVerb(t, tt.args...)
			if got := contents(t, dir); got != tt.after {
				t.Errorf("at the end there are %s, and not %s", got, tt.after)
			}
			mustVerb(t, "check", dir)
		})
	}
}

// TestFullDiskUnderWrites fills the disk of a server: writes are refused with what to do
// about it, reads go on, and nothing that was acknowledged is lost when it starts again.
func TestFullDiskUnderWrites(t *testing.T) {
	for _, durability := range []string{"everysec", "always"} {
		t.Run(durability, func(t *testing.T) {
			small := smallDisk(t, 192)
			dir := filepath.Join(small, "data")
			o := start(t, dir, "--redis-durability", durability)
			prepareFilled(t, o)
			remove := leave(t, small, 12<<10)
			var wg sync.WaitGroup
			var keys, rows int
			wg.Go(func() { keys = writeKeysUntilFull(t, o) })
			wg.Go(func() { rows = writeRowsUntilFull(t, o) })
			wg.Wait()
			t.Logf("%d keys and %d rows were acknowledged", keys, rows)
			select {
			case <-o.exited: // Pebble could not go on without a file: it says so
				if text := o.stderr.String(); !strings.Contains(text, "make space on the disk") {
					t.Errorf("the server ended and says\n%s", text)
				}
			default:
				acknowledgedIsThere(t, o, keys, rows)
				if text := o.stderr.String(); !strings.Contains(text, "the disk is full") {
					t.Errorf("the server says\n%s", text)
				}
			}
			o.kill()
			// While it is full a start works, or says why not.
			if code, _, stderr := verb(t, "check", dir); code != 0 && !strings.Contains(stderr, "no space left on device") {
				t.Errorf("check on a full disk: exit code %d, %s", code, stderr)
			}
			remove()
			o = start(t, dir, "--redis-durability", durability)
			acknowledgedIsThere(t, o, keys, rows)
			if keys < 10 || rows < 10 {
				t.Errorf("%d keys and %d rows are too few", keys, rows)
			}
			c := newRedis(o)
			if err := c.Set(t.Context(), "after", "v", 0).Err(); err != nil {
				t.Error(err)
			}
			_ = c.Close()
			o.stop(t)
			mustVerb(t, "check", dir)
		})
	}
}

func prepareFilled(t *testing.T, o *orbit) {
	t.Helper()
	mustVerb(t, "sql", "--data-dir", o.dir, "CREATE TABLE filled (id int PRIMARY KEY, v text)")
}

// pattern is the value of a key or row.
func pattern(i int) string { return strings.Repeat(fmt.Sprintf("%08x", uint32(i)*2654435761), 512) }

// writeKeysUntilFull counts the keys that were acknowledged.
func writeKeysUntilFull(t *testing.T, o *orbit) (n int) {
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ; ; n++ {
		if err := c.Set(ctx, "k"+strconv.Itoa(n), pattern(n), 0).Err(); err != nil {
			if !strings.HasPrefix(err.Error(), "MISCONF ") && !strings.Contains(err.Error(), "EOF") && !strings.Contains(err.Error(), "connection re") {
				t.Errorf("a refused SET: %v", err)
			}
			return n
		}
	}
}

// writeRowsUntilFull counts the rows that were acknowledged.
func writeRowsUntilFull(t *testing.T, o *orbit) (n int) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, o.postgresURL())
	if err != nil {
		t.Error(err)
		return 0
	}
	defer func() { _ = conn.Close(ctx) }()
	for ; ; n++ {
		if _, err := conn.Exec(ctx, "INSERT INTO filled VALUES ($1, $2)", n, pattern(n)); err != nil {
			if e, ok := errors.AsType[*pgconn.PgError](err); ok && (e.Code != "53100" || !strings.Contains(e.Hint, "make space")) || ctx.Err() != nil {
				t.Errorf("a refused INSERT: %v", err)
			}
			return n
		}
	}
}

// acknowledgedIsThere reads each key and row of those that were acknowledged.
func acknowledgedIsThere(t *testing.T, o *orbit, keys, rows int) {
	t.Helper()
	c := newRedis(o)
	defer func() { _ = c.Close() }()
	for i := range keys {
		if got, err := c.Get(t.Context(), "k"+strconv.Itoa(i)).Result(); err != nil || got != pattern(i) {
			t.Fatalf("key %d of %d: %.20q, %v", i, keys, got, err)
		}
	}
	conn, err := pgx.Connect(t.Context(), o.postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	for i := range rows {
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT v FROM filled WHERE id = $1", i).Scan(&got); err != nil || got != pattern(i) {
			t.Fatalf("row %d of %d: %.20q, %v", i, rows, got, err)
		}
	}
}
