package admin

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/changefeed"
)

func (f *fakeSource) FollowKeys(of KeyScope) (Following, error) {
	if of.DB > 0 {
		return nil, changefeed.ErrFull
	}
	w, err := f.feed.Follow(string(of.Prefix))
	if err != nil {
		return nil, err
	}
	return w, nil
}

func (f *fakeSource) FollowTable(TableScope) (Following, error) { return nil, ErrOff }

func TestChangesAreTold(t *testing.T) {
	source := &fakeSource{}
	_, local := Local(Options{DataDir: t.TempDir(), Source: source, Logger: slog.New(slog.DiscardHandler)})
	for name, c := range map[string]*Client{"socket": serve(t, t.TempDir(), source), "local": local} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			told, ended := make(chan struct{}, 100), make(chan error, 1)
			go func() {
				ended <- c.FollowKeys(ctx, KeyScope{Prefix: []byte("a\xff"), Exact: true}, func() { told <- struct{}{} })
			}()
			<-told // it follows
			for range 1000 {
				source.feed.Tell(func(of string) bool { return of == "a\xff" })
			}
			<-told
			stop()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("it ended with %v", err)
			}
			if n := len(told); n > 1 {
				t.Errorf("%d more lines for one burst of changes", n)
			}
			for source.feed.Active() {
				time.Sleep(time.Millisecond) // until the server knows that nobody is there
			}
		})
	}
}

func TestChangesEndWithTheServer(t *testing.T) {
	source := &fakeSource{}
	dir := t.TempDir()
	s, err := Listen(Options{DataDir: dir, Source: source, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClient(dir)
	if err != nil {
		t.Fatal(err)
	}
	follows, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- c.FollowKeys(t.Context(), KeyScope{}, func() { follows <- struct{}{} }) }()
	<-follows
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("it ended without an error")
	}
}

func TestChangesThatNobodyTells(t *testing.T) {
	c := serve(t, t.TempDir(), &fakeSource{})
	for want, err := range map[string]error{
		"as many clients":                 c.FollowKeys(t.Context(), KeyScope{DB: 1}, func() {}),
		strings.TrimSpace(ErrOff.Error()): c.FollowTable(t.Context(), TableScope{Database: "a", OID: 1}, func() {}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
}
