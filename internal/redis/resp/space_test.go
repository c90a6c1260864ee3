package resp

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// throughSpace reads requests that are read into the reader's own buffer, which is
// trimmed now and then.
func throughSpace(t *rapid.T, input []byte) (got [][]string) {
	r := &Reader{}
	first := func() []byte { return make([]byte, 0, 64) }
	for len(input) > 0 {
		room := r.Space(first)
		n := min(len(input), len(room), rapid.IntRange(1, 8000).Draw(t, "bytes"))
		copy(room, input[:n])
		input = input[n:]
		r.Filled(n)
		for {
			args, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if args == nil {
				break
			}
			var request []string
			for _, arg := range args {
				request = append(request, string(arg))
			}
			got = append(got, request)
		}
		r.Done()
		switch rapid.IntRange(0, 3).Draw(t, "trim") {
		case 0:
			r.Trim(false)
		case 1:
			if r.Trim(true); r.Buffered() == 0 && r.HasBuffer() {
				t.Fatal("an idle reader keeps an empty buffer")
			}
		}
	}
	return got
}

func TestSpaceReadsWhatFeedReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var input []byte
		var want [][]string
		for range rapid.IntRange(1, 8).Draw(t, "requests") {
			request := []string{"SET", string(bytes.Repeat([]byte{'k'}, rapid.IntRange(0, 20_000).Draw(t, "length")))}
			want = append(want, request)
			w := Writer{}
			w.Array(len(request))
			for _, arg := range request {
				w.BulkString(arg)
			}
			input = append(input, w.Buf...)
		}
		if got := throughSpace(t, input); !reflect.DeepEqual(got, want) {
			t.Fatalf("%d requests, want %d", len(got), len(want))
		}
	})
}

// The room that a large argument is read into is not given up while it arrives: it
// would be made and filled again each time.
func TestTrimLeavesRoomForWhatArrives(t *testing.T) {
	r := &Reader{}
	first := func() []byte { return make([]byte, 0, QueryBuffer) }
	input := append([]byte("*1\r\n$1000000\r\n"), make([]byte, 600_000)...)
	for len(input) > 0 {
		n := copy(r.Space(first), input)
		input = input[n:]
		r.Filled(n)
		if args, err := r.Next(); args != nil || err != nil {
			t.Fatal(args, err)
		}
		r.Done()
		before := cap(r.kept)
		r.Trim(false)
		if r.Trim(false); cap(r.kept) != before {
			t.Fatalf("%d bytes of room became %d, with %d of 1000000 there", before, cap(r.kept), r.Buffered())
		}
	}
}

func TestTrimFollowsThePeak(t *testing.T) {
	r := &Reader{}
	r.Feed(bytes.Repeat([]byte{'x'}, 60_000)) // an incomplete line
	r.Done()
	r.Discard()
	r.peak = 60_000
	if r.Trim(false); !r.Swollen() {
		t.Fatal("the first trim after a large request shrank the buffer")
	}
	if r.Trim(false); r.Swollen() || !r.HasBuffer() {
		t.Fatalf("%d bytes after a second without use", cap(r.kept))
	}
	if r.Trim(true); r.HasBuffer() {
		t.Fatal("an idle reader keeps a buffer")
	}
}

func TestMoreIsAskedForLargeStrings(t *testing.T) {
	var asked []int
	w := Writer{Buf: make([]byte, 0, 2048), More: func(size int) []byte {
		asked = append(asked, size)
		return make([]byte, 0, size)
	}}
	w.Bulk(make([]byte, 1500))
	w.Bulk(make([]byte, 1500))
	if want := 2 * (len("$1500\r\n") + 1500 + 2); len(w.Buf) != want || len(asked) != 1 || asked[0] != want {
		t.Fatalf("%d bytes, want %d; asked for %v", len(w.Buf), want, asked)
	}
}
