package frontstore_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// killEnv makes the test binary write to a store, "durability:directory", until
// it is killed.
const killEnv = "ORBIT_TEST_WRITE_UNTIL_KILLED"

const (
	killWriters = 4
	killBatch   = 5 // keys per batch, all with the batch's number
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(killEnv); spec != "" {
		writeUntilKilled(spec)
	}
	os.Exit(m.Run())
}

func killKey(writer, i int) []byte { return fmt.Appendf(nil, "w%d-%d", writer, i) }

// writeUntilKilled prints "writer number" for each batch that Wait let pass.
func writeUntilKilled(spec string) {
	var d storage.Durability
	dir := ""
	for i := range spec {
		if spec[i] == ':' {
			d, _ = storage.ParseDurability(spec[:i])
			dir = spec[i+1:]
			break
		}
	}
	s, err := frontstore.Open(frontstore.Options{Dir: dir, Durability: d, TableBytes: 128 << 10, JournalBytes: 512 << 10})
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range killWriters {
		wg.Go(func() {
			start := 0
			if value, err := s.Get(killKey(w, 0)); err == nil {
				start, _ = strconv.Atoi(string(value))
			}
			b := s.NewBatch()
			for n := start + 1; ; n++ {
				for i := range killBatch {
					_ = b.Set(killKey(w, i), []byte(strconv.Itoa(n))) // an open batch takes writes
				}
				_ = b.Set(fmt.Appendf(nil, "x%d-%d", w, n), make([]byte, 100))
				p, err := s.Apply(b)
				if err == nil {
					err = p.Wait()
				}
				if err != nil {
					fmt.Println("apply:", err)
					os.Exit(1)
				}
				b.Reset()
				mu.Lock()
				fmt.Println(w, n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestKilledProcessLosesNothing(t *testing.T) {
	for _, d := range []storage.Durability{storage.EverySec, storage.Always, storage.No} {
		t.Run(d.String(), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			for round := range 4 {
				acknowledged := runAndKill(t, d, dir, time.Duration(100+rand.IntN(200))*time.Millisecond)
				s := open(t, frontstore.Options{Dir: dir, Durability: d})
				for w := range killWriters {
					found := killedState(t, s, w)
					if found < acknowledged[w] {
						t.Errorf("round %d: writer %d was told that %d is safe, found %d", round, w, acknowledged[w], found)
					}
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// killedState returns the number in a writer's keys, which one batch wrote, and
// checks that every batch before it is there.
func killedState(t *testing.T, s storage.Store, writer int) int {
	t.Helper()
	number := 0
	for i := range killBatch {
		value, err := s.Get(killKey(writer, i))
		if err == storage.ErrNotFound {
			value, err = []byte("0"), nil
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(string(value))
		if err != nil {
			t.Fatalf("torn value %q", value)
		}
		if i > 0 && n != number {
			t.Errorf("torn batch: keys of writer %d say %d and %d", writer, number, n)
		}
		number = n
	}
	for n := 1; n <= number; n++ {
		if _, err := s.Get(fmt.Appendf(nil, "x%d-%d", writer, n)); err != nil {
			t.Fatalf("batch %d of writer %d, before its last %d: %v", n, writer, number, err)
		}
	}
	return number
}

// runAndKill returns the last number each writer acknowledged before the kill.
func runAndKill(t *testing.T, d storage.Durability, dir string, after time.Duration) [killWriters]int {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killEnv+"="+d.String()+":"+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged [killWriters]int
	lines := bufio.NewReader(out)
	var timer *time.Timer
	total := 0
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // a last line cut short was not acknowledged
			if err != io.EOF {
				t.Fatal(err)
			}
			break
		}
		if timer == nil {
			timer = time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
		var w, n int
		if _, err := fmt.Sscanf(line, "%d %d", &w, &n); err != nil {
			t.Errorf("the writing process says %q", line)
			continue
		}
		acknowledged[w] = n
		total++
	}
	_ = child.Wait() // killed
	if total == 0 {
		t.Fatal("the writing process acknowledged nothing")
	}
	return acknowledged
}
