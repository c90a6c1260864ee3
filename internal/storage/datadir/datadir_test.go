package datadir_test

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// holdEnv makes the test binary hold a directory until its input ends.
const holdEnv = "ORBIT_TEST_HOLD_DIRECTORY"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		d, err := datadir.Open(dir)
		fmt.Println(err)
		bufio.NewScanner(os.Stdin).Scan()
		if d != nil {
			_ = d.Close()
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func open(t *testing.T, path string) *datadir.Dir {
	t.Helper()
	d, err := datadir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCreateAndReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "data")
	for range 2 {
		d := open(t, path)
		for _, part := range []string{datadir.Redis, datadir.PostgreSQL, datadir.Actors} {
			info, err := os.Stat(d.Path(part))
			if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
				t.Errorf("%s: %v, %v", part, info, err)
			}
		}
		if got := d.Path(datadir.Socket); got != filepath.Join(path, "orbit.sock") {
			t.Errorf("socket at %s", got)
		}
		if info, err := datadir.Inspect(path); err != nil || info.Format != datadir.FormatVersion || !info.Locked || info.PID != os.Getpid() {
			t.Errorf("inspect while open: %+v, %v", info, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); !errors.Is(err, storage.ErrClosed) {
			t.Errorf("second close: %v", err)
		}
		if info, err := datadir.Inspect(path); err != nil || info.Locked || info.PID != 0 {
			t.Errorf("inspect while closed: %+v, %v", info, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v, want mode 0700", info, err)
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name  string
		setup func(t *testing.T, path string)
		want  error
		text  string
	}{
		{"foreign file", func(t *testing.T, path string) { write(t, filepath.Join(path, "notes.txt"), "x") }, storage.ErrForeign, "notes.txt"},
		{"newer format", func(t *testing.T, path string) {
			write(t, filepath.Join(path, "FORMAT"), "orbit data directory, format 99\n")
		}, storage.ErrNewerFormat, fmt.Sprintf("format 99 and this orbit reads up to %d", datadir.FormatVersion)},
		{"empty format file", func(t *testing.T, path string) { write(t, filepath.Join(path, "FORMAT"), "") }, storage.ErrCorrupt, "FORMAT"},
		{"another format file", func(t *testing.T, path string) { write(t, filepath.Join(path, "FORMAT"), "tar") }, storage.ErrCorrupt, "FORMAT"},
		{"format zero", func(t *testing.T, path string) {
			write(t, filepath.Join(path, "FORMAT"), "orbit data directory, format 0\n")
		}, storage.ErrCorrupt, "FORMAT"},
		{"lost format file", func(t *testing.T, path string) {
			if err := os.Mkdir(filepath.Join(path, "redis"), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(path, "redis", "000001.sst"), "x")
		}, storage.ErrCorrupt, "redis holds data"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := t.TempDir()
			tt.setup(t, path)
			before := listing(t, path)
			_, err := datadir.Open(path)
			if !errors.Is(err, tt.want) || !strings.Contains(fmt.Sprint(err), tt.text) {
				t.Errorf("open: %v, want %v and %q", err, tt.want, tt.text)
			}
			if _, err := datadir.Inspect(path); !errors.Is(err, tt.want) {
				t.Errorf("inspect: %v, want %v", err, tt.want)
			}
			if after := listing(t, path); after != before {
				t.Errorf("the directory changed from %s to %s", before, after)
			}
		})
	}
}

func TestInspectOfNothing(t *testing.T) {
	if _, err := datadir.Inspect(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
	if _, err := datadir.Inspect(t.TempDir()); !errors.Is(err, storage.ErrForeign) {
		t.Errorf("an empty directory: %v", err)
	}
}

func TestInterruptedCreation(t *testing.T) {
	path := t.TempDir()
	write(t, filepath.Join(path, "orbit.lock"), "4711\n")
	write(t, filepath.Join(path, "FORMAT.tmp"), "orb")
	if err := os.Mkdir(filepath.Join(path, "redis"), 0o700); err != nil {
		t.Fatal(err)
	}
	d := open(t, path)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := datadir.Inspect(path); err != nil || info.Format != datadir.FormatVersion {
		t.Errorf("after reopening: %+v, %v", info, err)
	}
}

func TestLockNamesItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), holdEnv+"="+path)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "<nil>\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	pid := child.Process.Pid
	if _, err := datadir.Open(path); !errors.Is(err, storage.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", pid)) {
		t.Errorf("open: %v, want ErrLocked and process %d", err, pid)
	}
	if info, err := datadir.Inspect(path); err != nil || !info.Locked || info.PID != pid {
		t.Errorf("inspect: %+v, %v", info, err)
	}
	// Killed, the holder leaves its id behind, but no lock.
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	_ = in.Close()   // already broken
	d := open(t, path)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func listing(t *testing.T, path string) string {
	t.Helper()
	out := ""
	err := filepath.WalkDir(path, func(p string, _ fs.DirEntry, err error) error {
		out += strings.TrimPrefix(p, path) + " "
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOpenTakesOverOlderFormats(t *testing.T) {
	path := t.TempDir()
	d, err := datadir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(path, "FORMAT"), "orbit data directory, format 1\n")
	if info, err := datadir.Inspect(path); err != nil || info.Format != 1 {
		t.Errorf("before: %+v, %v", info, err)
	}
	if d, err = datadir.Open(path); err != nil {
		t.Fatal(err)
	}
	if info, err := datadir.Inspect(path); err != nil || info.Format != datadir.FormatVersion {
		t.Errorf("after: %+v, %v", info, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// Who opens a directory waits for one who said that he is brief, and for nobody else.
func TestOpenWaitsForWhoIsBrief(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	brief, err := datadir.OpenBriefly(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := datadir.Inspect(path); err != nil || !info.Locked || !info.Brief || info.PID != os.Getpid() || info.Format != datadir.FormatVersion {
		t.Errorf("%+v, %v", info, err)
	}
	gone := make(chan error, 1)
	time.AfterFunc(200*time.Millisecond, func() { gone <- brief.Close() })
	d := open(t, path)
	if err := <-gone; err != nil {
		t.Error(err)
	}
	if info, err := datadir.Inspect(path); err != nil || !info.Locked || info.Brief {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := datadir.Open(path); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("a second server: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
