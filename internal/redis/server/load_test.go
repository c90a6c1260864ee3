package server

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/dataset"
)

// saved is an RDB file with a key and a library.
func saved(t *testing.T) []byte {
	t.Helper()
	s := serve(t)
	c := dial(t, s)
	c.want("+OK\r\n", "SET", "k", "v")
	c.want(bulk("lib"), "FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
	snap, err := s.keys.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := dataset.Save(&file, snap, dataset.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := snap.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestLoadTakesAllOrNothing(t *testing.T) {
	file := saved(t)
	s := serve(t)
	c := dial(t, s)
	o := dataset.LoadOptions{Whole: true, Function: func([]byte) error { return nil }}
	damaged := bytes.Clone(file)
	damaged[len(damaged)-1] ^= 1
	meanwhile := func() error {
		c.want("+OK\r\n", "SET", "other", "1")
		return nil
	}
	for what, row := range map[string]struct {
		in  io.Reader
		err error
	}{
		"damaged":  {bytes.NewReader(damaged), nil},
		"cut":      {bytes.NewReader(file[:len(file)-9]), nil},
		"trailing": {io.MultiReader(bytes.NewReader(file), bytes.NewReader([]byte("*1\r\n"))), dataset.ErrTrailing},
	} {
		if _, err := s.Load(row.in, o); err == nil || row.err != nil && !errors.Is(err, row.err) {
			t.Errorf("%s: %v", what, err)
		}
		c.want(":0\r\n", "DBSIZE")
		c.want("*0\r\n", "FUNCTION", "LIST")
	}
	slow := o
	slow.Progress = meanwhile
	if _, err := s.Load(bytes.NewReader(file), slow); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("after a write meanwhile: %v", err)
	}
	c.want("$1\r\n1\r\n", "GET", "other")
	c.want("$-1\r\n", "GET", "k")
	if _, err := s.Load(bytes.NewReader(file), o); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("with a key: %v", err)
	}
	c.want("+OK\r\n", "FLUSHALL")
	stats, err := s.Load(bytes.NewReader(file), o)
	if err != nil || stats.Keys != 1 || stats.Functions != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	c.want("$1\r\nv\r\n", "GET", "k")
	c.want(":1\r\n", "FCALL", "f", "0")
}
