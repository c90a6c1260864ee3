package changefeed

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// MaxFollowers is how many there may be at a time: each is looked at for each change.
const MaxFollowers = 64

// ErrFull says that there are as many followers as there may be.
var ErrFull = errors.New("as many clients follow changes as may")

// Feed is what tells of changes. T says what a follower looks at. The zero Feed is ready.
type Feed[T any] struct {
	followers atomic.Pointer[[]*Follower[T]]
	mu        sync.Mutex // of those who follow or leave
}

// Follower is somebody who looks at something.
type Follower[T any] struct {
	Of      T
	feed    *Feed[T]
	changed chan struct{}
}

// Follow begins to tell of changes. Who follows leaves in the end.
func (f *Feed[T]) Follow(of T) (*Follower[T], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.list()
	if len(now) >= MaxFollowers {
		return nil, ErrFull
	}
	w := &Follower[T]{Of: of, feed: f, changed: make(chan struct{}, 1)}
	now = append(slices.Clone(now), w)
	f.followers.Store(&now)
	return w, nil
}

// Leave ends it. It may be called again.
func (w *Follower[T]) Leave() {
	f := w.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(f.list()), func(other *Follower[T]) bool { return other == w })
	if len(left) == 0 {
		f.followers.Store(nil)
		return
	}
	f.followers.Store(&left)
}

// Changed has something in it when there was a change since it was last received from.
func (w *Follower[T]) Changed() <-chan struct{} { return w.changed }

func (f *Feed[T]) list() []*Follower[T] {
	if all := f.followers.Load(); all != nil {
		return *all
	}
	return nil
}

// Active tells whether anybody follows. It is cheap: hot paths ask.
func (f *Feed[T]) Active() bool { return f.followers.Load() != nil }

// Tell tells those of a change who look at what changed. Those who have been told, and did
// not come to look yet, are not even asked. It never waits.
func (f *Feed[T]) Tell(concerns func(of T) bool) {
	for _, w := range f.list() {
		if len(w.changed) == 0 && concerns(w.Of) {
			select {
			case w.changed <- struct{}{}:
			default:
			}
		}
	}
}
