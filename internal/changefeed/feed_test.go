package changefeed

import (
	"errors"
	"sync"
	"testing"
)

func told[T any](w *Follower[T]) bool {
	select {
	case <-w.Changed():
		return true
	default:
		return false
	}
}

func TestFollowersAreToldOfWhatTheyLookAt(t *testing.T) {
	var f Feed[string]
	if f.Active() {
		t.Error("somebody follows")
	}
	a, _ := f.Follow("a")
	b, _ := f.Follow("b")
	for range 3 { // is told once, until it looks
		f.Tell(func(of string) bool { return of == "a" })
	}
	if !told(a) || told(a) || told(b) {
		t.Error("one change of a was to be told, and none of b")
	}
	a.Leave()
	a.Leave()
	f.Tell(func(string) bool { return true })
	if told(a) || !told(b) || !f.Active() {
		t.Error("who left was told, or who stayed was not")
	}
	if b.Leave(); f.Active() {
		t.Error("somebody follows after all left")
	}
}

func TestFollowersAreBounded(t *testing.T) {
	var f Feed[int]
	var last *Follower[int]
	for i := range MaxFollowers {
		w, err := f.Follow(i)
		if err != nil {
			t.Fatal(err)
		}
		last = w
	}
	if _, err := f.Follow(0); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	last.Leave()
	if _, err := f.Follow(0); err != nil {
		t.Fatal(err)
	}
}

func TestNoChangeIsLostWhileFollowersComeAndGo(t *testing.T) {
	var f Feed[int]
	stays, _ := f.Follow(1)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 200 {
				if w, err := f.Follow(2); err == nil {
					f.Tell(func(of int) bool { return of == 1 })
					w.Leave()
				}
			}
		})
	}
	wait.Wait()
	if !told(stays) {
		t.Error("the change was lost")
	}
	if n := testing.AllocsPerRun(100, func() { f.Tell(func(of int) bool { return of == 1 }) }); n != 0 {
		t.Errorf("telling allocates %g times", n)
	}
}
