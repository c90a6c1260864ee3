package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func TestBar(t *testing.T) {
	b := newBar(&Streams{Err: io.Discard, ErrTerminal: true}, things("key"))
	b.label = "redis: reading"
	for _, tc := range []struct {
		done, total int64
		took        time.Duration
		want        string
	}{
		{150, 300, 2 * time.Second, "redis: reading [###############               ] 150 keys of 300 keys, 75 keys a second, 2s left"},
		{400, 300, time.Second, "redis: reading [##############################] 300 keys of 300 keys, 400 keys a second"},
		{7, 0, time.Second, "redis: reading 7 keys, 7 keys a second"},
	} {
		if got := b.line(tc.done, tc.total, tc.took); got != tc.want {
			t.Errorf("got  %q\nwant %q", got, tc.want)
		}
	}
}

// TestNobodyLooks sees that a pipe gets no bars, and what passes is as it was.
func TestNobodyLooks(t *testing.T) {
	var screen bytes.Buffer
	p := &passing{in: strings.NewReader("content"), bar: newBar(&Streams{Err: &screen}, bytesOfBar), total: 7}
	if b, err := io.ReadAll(p); err != nil || string(b) != "content" || p.done != 7 || screen.Len() != 0 {
		t.Error(string(b), err, p.done, screen.String())
	}
}
