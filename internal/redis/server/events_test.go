package server

import (
	"strings"
	"testing"
)

func TestEvents(t *testing.T) {
	s := serve(t, withParam("notify-keyspace-events", "EA"))
	sub, r := dial(t, s), dial(t, s)
	sub.send("PSUBSCRIBE *\r\n")
	sub.reply()
	for _, row := range [][2]string{
		{"SET k v", "set k"},
		{"SET k v EX 100", "set k, expire k"},
		{"INCR n", "incrby n"},
		{"DEL k n none", "del k, del n"},
		{"RPUSH l a b", "rpush l"},
		{"LMPOP 2 none l RIGHT", "rpop l"},
		{"LMOVE l m LEFT RIGHT", "rpush m, lpop l, del l"},
		{"SADD s a b", "sadd s"},
		{"SADD s a", ""},
		{"SUNIONSTORE t s", "sunionstore t"},
		{"SINTERSTORE t s none", "del t"},
		{"RENAME s u", "rename_from s, rename_to u"},
		{"ZADD z 1 a", "zadd z"},
		{"ZADD z INCR 1 a", "zincr z"},
		{"ZPOPMIN z", "zpopmin z, del z"},
		{"HSET h f v", "hset h"},
		{"HDEL h f", "hdel h, del h"},
		{"HSET h f v g v", "hset h"},
		{"HEXPIRE h 100 FIELDS 2 f none", "hexpire h"},
		{"HEXPIRE h 100 NX FIELDS 1 f", ""},
		{"HPERSIST h FIELDS 1 f", "hpersist h"},
		{"HEXPIRE h 0 FIELDS 1 g", "hdel h"},
		{"HEXPIRE h 0 FIELDS 1 f", "hdel h, del h"},
		{"EXPIRE m 100", "expire m"},
		{"PERSIST m", "persist m"},
		{"COPY m c DB 3", "copy_to c"},
		{"SET k v PX 1", "set k, expire k"},
	} {
		r.do(strings.Fields(row[0])...)
		r.do("PUBLISH", "done", "")
		var got []string
		for {
			words := strings.Split(sub.reply(), "\r\n")
			channel, message := words[6], words[8]
			if channel == "done" {
				break
			}
			_, event, _ := strings.Cut(channel, "__:")
			got = append(got, event+" "+message)
		}
		if text := strings.Join(got, ", "); text != row[1] {
			t.Errorf("%s: got %q, want %q", row[0], text, row[1])
		}
	}
	if _, err := s.keys.ExpireDue(10); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the expired key is removed", func() bool {
		_, err := s.keys.ExpireDue(10)
		return err != nil || s.keys.Stats().Expired == 1
	})
	if got := sub.reply(); !strings.Contains(got, "__keyevent@0__:expired\r\n$1\r\nk\r\n") {
		t.Errorf("got %q", got)
	}
}

// Fields that are due and were removed are told of, to those who watch the key
// and those who track it too.
func TestFieldExpiryIsToldOf(t *testing.T) {
	s := serve(t, withParam("notify-keyspace-events", "EA"))
	s.keys.SetActiveExpire(false)
	sub, r := dial(t, s), dial(t, s)
	sub.send("PSUBSCRIBE *\r\n")
	sub.reply()
	r.do("HSET", "h", "f", "v", "g", "v")
	r.do("HPEXPIRE", "h", "1", "FIELDS", "2", "f", "g")
	sub.reply()
	sub.reply()
	r.do("WATCH", "h")
	eventually(t, "the fields are removed", func() bool {
		_, err := s.keys.ExpireDue(1)
		return err != nil || s.keys.Stats().ExpiredFields == 2
	})
	for _, want := range []string{"hexpired", "hexpired", "del"} {
		if got := sub.reply(); !strings.Contains(got, "__keyevent@0__:"+want+"\r\n$1\r\nh\r\n") {
			t.Errorf("got %q, want %s", got, want)
		}
	}
	r.do("MULTI")
	r.do("PING")
	if got := r.do("EXEC"); got != "*-1\r\n" {
		t.Errorf("EXEC gave %q although a watched hash lost fields", got)
	}
}
