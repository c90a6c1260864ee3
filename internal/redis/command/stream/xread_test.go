package stream_test

import (
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/stream"
)

// The id + is of redis-server 7.4.
func TestReadingTheLastEntry(t *testing.T) {
	h := commandtest.New(t, stream.Specs)
	for _, step := range []struct{ line, want string }{
		{"XREAD STREAMS s +", "nil-array"},
		{"XADD s 1-0 a 1", `"1-0"`},
		{"XADD s 2-0 b 2", `"2-0"`},
		{"XADD s 3-0 c 3", `"3-0"`},
		{"XREAD COUNT 9 STREAMS s +", `[["s" [["3-0" ["c" "3"]]]]]`},
		{"XDEL s 3-0", ":1"},
		{"XREAD STREAMS s +", `[["s" [["2-0" ["b" "2"]]]]]`},
		{"XREAD STREAMS s none + +", `[["s" [["2-0" ["b" "2"]]]]]`},
		{"XGROUP CREATE s g 0", "+OK"},
		{"XREADGROUP GROUP g c STREAMS s +", "-ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set."},
	} {
		if got := h.Do(step.line); got != step.want {
			t.Errorf("%s: got %s, want %s", step.line, got, step.want)
		}
	}
}
