package dataset_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/all"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// beside begins a replacement, lets others work, and loads a file into it.
func beside(t *testing.T, h *commandtest.Harness, file []byte) (*keyspace.Replacement, *keyspace.Run) {
	t.Helper()
	run := h.KS.NewRun()
	p, err := run.Replace()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Apply(); err != nil {
		t.Fatal(err)
	}
	p.Run().Copies()
	if _, err := dataset.Load(bytes.NewReader(file), p.Run(), dataset.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := p.Run().Spill(); err != nil {
		t.Fatal(err)
	}
	return p, run
}

// end commits a replacement, or abandons it, and collects what is left.
func end(t *testing.T, h *commandtest.Harness, p *keyspace.Replacement, run *keyspace.Run, commit bool) {
	t.Helper()
	var err error
	if commit {
		err = p.Commit()
	} else {
		err = p.Abandon()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Apply(); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		if more, err = h.KS.Collect(1000); err != nil {
			t.Fatal(err)
		}
	}
}

// The data is read and written while another is made beside it.
func TestAReplacementBesideTheData(t *testing.T) {
	h := filled(t)
	file, _ := saved(t, h, dataset.SaveOptions{})
	h.Do("FLUSHALL")
	for _, commit := range []bool{false, true} {
		h.Do("RPUSH old 1")
		p, run := beside(t, h, file)
		h.Check([][2]string{{"RPUSH old 2", ":2"}, {"LRANGE old 0 -1", `["1" "2"]`}, {"DBSIZE", ":1"}, {"EXISTS str", ":0"}, {"SET v x EX 100", "+OK"}})
		end(t, h, p, run, commit)
		if !commit {
			h.Check([][2]string{{"DEL old v", ":2"}, {"DBSIZE", ":0"}})
		}
	}
	h.Check([][2]string{{"EXISTS old v", ":0"}})
	again, _ := saved(t, h, dataset.SaveOptions{})
	if !bytes.Equal(withoutHeader(again), withoutHeader(file)) {
		t.Error("the data is not what was loaded")
	}
}

// FLUSHALL takes what was made so far with it: the rest is no data set.
func TestAReplacementThatWasFlushed(t *testing.T) {
	h := filled(t)
	file, _ := saved(t, h, dataset.SaveOptions{})
	p, run := beside(t, h, file)
	h.Do("FLUSHALL")
	h.Do("SET kept 1")
	if err := p.Commit(); !errors.Is(err, keyspace.ErrFlushed) {
		t.Errorf("Commit: %v", err)
	}
	if err := run.Abort(); err != nil {
		t.Fatal(err)
	}
	end(t, h, p, run, false)
	h.Check([][2]string{{"DBSIZE", ":1"}, {"GET kept", `"1"`}})
}

// Of two at a time a crash leaves neither.
func TestACrashDuringTwoReplacements(t *testing.T) {
	h := filled(t)
	file, _ := saved(t, h, dataset.SaveOptions{})
	first, _ := beside(t, h, file)
	second, run := beside(t, h, file)
	end(t, h, second, run, false)
	_ = first
	garbage := h.KS.Usage()
	h.Reopen()
	for more := true; more; {
		var err error
		if more, err = h.KS.Collect(1000); err != nil {
			t.Fatal(err)
		}
	}
	if after := h.KS.Usage(); after.Garbage != 0 || after.Data != garbage.Data && after.Data*2 > garbage.Data*3 {
		t.Errorf("before %+v, after %+v", garbage, after)
	}
	again, _ := saved(t, h, dataset.SaveOptions{})
	if !bytes.Equal(withoutHeader(again), withoutHeader(file)) {
		t.Error("the data changed")
	}
}

// Keys whose time is over by this clock are copied all the same.
func TestACopyKeepsExpiredKeys(t *testing.T) {
	h := commandtest.New(t, all.Groups()...)
	h.Do("SET k v PX 1000")
	file, _ := saved(t, h, dataset.SaveOptions{})
	h.Advance(2e9)
	h.KS.LeaveExpiry(true)
	p, run := beside(t, h, file)
	end(t, h, p, run, true)
	h.Check([][2]string{{"DBSIZE", ":1"}, {"EXISTS k", ":0"}})
	copies := h.KS.NewRun()
	copies.Copies()
	if err := copies.Lock(0, [][]byte{[]byte("k")}, true); err != nil {
		t.Fatal(err)
	}
	k, err := copies.Key(0, []byte("k"))
	if err != nil || !k.Exists() {
		t.Fatalf("it is gone: %v", err)
	}
	if err := k.Persist(); err != nil {
		t.Fatal(err)
	}
	if _, err := copies.Apply(); err != nil {
		t.Fatal(err)
	}
	h.Check([][2]string{{"GET k", `"v"`}})
}
