package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/frontstore"
)

// scriptOverwrite writes over the beginning of a file.
func scriptOverwrite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: overwrite FILE TEXT")
	}
	f, err := os.OpenFile(oneFile(ts, args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteAt([]byte(args[1]), 0)
	ts.Check(errors.Join(err, f.Close()))
}

// oneFile is the file that a pattern names, the largest if there are several.
func oneFile(ts *testscript.TestScript, pattern string) (path string) {
	matches, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	most := int64(-1)
	for _, m := range matches {
		info, err := os.Stat(m)
		ts.Check(err)
		if info.Size() > most {
			path, most = m, info.Size()
		}
	}
	if path == "" {
		ts.Fatalf("%s names no file", pattern)
	}
	return path
}

// scriptDamage damages the largest of some files at a share of its length, and sets
// $DAMAGED to its name.
func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	usage := "usage: damage flip|zero|cut PERCENT FILE"
	if neg || len(args) != 3 {
		ts.Fatalf("%s", usage)
	}
	percent, err := strconv.Atoi(args[1])
	ts.Check(err)
	path := oneFile(ts, args[2])
	b, err := os.ReadFile(path)
	ts.Check(err)
	at := len(b) * percent / 100
	const block = 32 << 10
	switch args[0] {
	case "flip":
		b[at] ^= 0x10
	case "zero":
		clear(b[at/block*block : min(at/block*block+block, len(b))])
	case "cut":
		b = b[:at]
	default:
		ts.Fatalf("%s", usage)
	}
	ts.Check(os.WriteFile(path, b, 0o600))
	ts.Setenv("DAMAGED", filepath.Base(path))
}

// scriptStray puts entries of nobody into the store of Redis keys.
func scriptStray(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stray DIR N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	s, err := frontstore.Open(frontstore.Options{Dir: filepath.Join(ts.MkAbs(args[0]), "redis"), Durability: storage.Always})
	ts.Check(err)
	b := s.NewBatch()
	for i := range n {
		ts.Check(b.Set(fmt.Appendf(nil, "zz%d", i), nil))
	}
	p, err := s.Apply(b)
	ts.Check(err)
	ts.Check(errors.Join(p.Wait(), b.Close(), s.Close()))
}
