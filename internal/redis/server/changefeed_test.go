package server

import (
	"testing"
	"time"
)

func TestFollowersHearOfKeysWhateverChangesThem(t *testing.T) {
	s := serve(t)
	c := dial(t, s)
	follow := func(of KeyScope) func() bool {
		f, err := s.FollowKeys(of)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Leave)
		return func() bool {
			select {
			case <-f.Changed():
				return true
			default:
				return false
			}
		}
	}
	key := follow(KeyScope{Prefix: []byte("user:1"), Exact: true})
	prefix := follow(KeyScope{Prefix: []byte("user:")})
	other := follow(KeyScope{DB: 3, Prefix: []byte("user:")})
	for _, step := range []struct {
		words              []string
		key, prefix, other bool
	}{
		{[]string{"SET", "user:1", "a"}, true, true, false},
		{[]string{"SET", "user:10", "a"}, false, true, false},
		{[]string{"GET", "user:1"}, false, false, false},
		{[]string{"DEL", "user:7"}, false, false, false},
		{[]string{"MSET", "x", "1", "user:1", "2"}, true, true, false},
		{[]string{"EXPIRE", "user:1", "100"}, true, true, false},
		{[]string{"RENAME", "user:1", "elsewhere"}, true, true, false},
		{[]string{"COPY", "elsewhere", "user:2", "DB", "3"}, false, true, true}, // it may be either
		{[]string{"EVAL", "redis.call('SET', KEYS[1], 'x')", "1", "user:1"}, true, true, false},
		{[]string{"HSET", "user:h", "f", "v"}, false, true, false},
		{[]string{"LPUSH", "list", "v"}, false, false, false},
		{[]string{"SWAPDB", "0", "3"}, true, true, true},
		{[]string{"FLUSHALL"}, true, true, true},
	} {
		c.do(step.words...)
		if k, p, o := key(), prefix(), other(); k != step.key || p != step.prefix || o != step.other {
			t.Errorf("%q: the key %v, the prefix %v, the other database %v", step.words, k, p, o)
		}
	}

	c.send("MULTI\r\nSET user:1 a\r\n")
	c.reply()
	c.reply()
	if key() {
		t.Error("a command that is queued changed nothing")
	}
	c.do("EXEC")
	if !key() {
		t.Error("EXEC was not told")
	}
	c.do("PEXPIRE", "user:1", "1")
	key()
	time.Sleep(5 * time.Millisecond)
	c.do("GET", "user:1")
	eventually(t, "that the key expired", key)

	b := dial(t, s)
	b.send("BLPOP user:queue 0\r\n")
	eventually(t, "a client that waits", func() bool { return s.Status().Blocked == 1 })
	prefix()
	c.do("RPUSH", "user:queue", "a")
	b.reply()
	if !prefix() {
		t.Error("a queue that was served was not told")
	}
}
