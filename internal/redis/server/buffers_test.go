package server

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// field is a number in another client's line of CLIENT LIST.
func field(t *testing.T, admin *client, name, field string) int {
	t.Helper()
	for line := range strings.Lines(admin.do("CLIENT", "LIST")) {
		if !strings.Contains(line, "name="+name+" ") {
			continue
		}
		found := regexp.MustCompile(` ` + field + `=(\d+)`).FindStringSubmatch(line)
		if found == nil {
			t.Fatalf("no %s in %s", field, line)
		}
		n, err := strconv.Atoi(found[1])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Fatalf("no client %s", name)
	return 0
}

func TestQueryBuffersFollowTheirUse(t *testing.T) {
	s := serve(t)
	admin, c := dial(t, s), dial(t, s)
	c.want("+OK\r\n", "CLIENT", "SETNAME", "c")
	size := func() int { return field(t, admin, "c", "qbuf") + field(t, admin, "c", "qbuf-free") }
	if n := size(); n < 16<<10 || n >= 32<<10 {
		t.Errorf("an active client's query buffer is of %d bytes", n)
	}
	c.want("+OK\r\n", "SET", "k", strings.Repeat("x", 400_000))
	eventually(t, "the buffer shrinks to what is used", func() bool { return size() < 32<<10 })
	eventually(t, "an idle client owns none", func() bool { return size() == 0 })
	c.want("+PONG\r\n", "PING")
	c.send("*2\r\n$4\r\nECHO\r\n$5\r\nhe")
	eventually(t, "a request in part is shown", func() bool { return field(t, admin, "c", "qbuf") == len("*2\r\n$4\r\nECHO\r\n$5\r\nhe") })
	eventually(t, "an idle client keeps just that", func() bool { return size() < 1024 })
	c.send("llo\r\n")
	if got := c.reply(); got != "$5\r\nhello\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestReplyBuffersFollowTheirUse(t *testing.T) {
	s := serve(t)
	admin, c := dial(t, s), dial(t, s)
	c.want("+OK\r\n", "CLIENT", "SETNAME", "c")
	if n := field(t, admin, "c", "rbs"); n != replyLeast {
		t.Errorf("the first buffer is of %d bytes", n)
	}
	admin.want("+OK\r\n", "DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "NEVER")
	admin.want("+OK\r\n", "SET", "k", strings.Repeat("x", 40_000))
	for want := 2 * replyLeast; want <= replyMost; want *= 2 {
		c.do("GET", "k")
		if n := field(t, admin, "c", "rbs"); n != want {
			t.Errorf("the buffer is of %d bytes, want %d", n, want)
		}
	}
	if n := field(t, admin, "c", "rbp"); n == 0 {
		t.Error("no peak")
	}
	admin.want("+OK\r\n", "DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "0")
	eventually(t, "the buffer of who needs little shrinks", func() bool { return field(t, admin, "c", "rbs") < 2*replyLeast })
}

// Writes and reads in one pipeline, replies of which some wait for the writes.
func TestRepliesInSeveralBuffersStayInOrder(t *testing.T) {
	c := dial(t, serve(t))
	var requests, want strings.Builder
	for i := range 200 {
		value := strings.Repeat(strconv.Itoa(i%10), i*97%5000)
		requests.WriteString(request("SET", "k", value) + request("GET", "k"))
		want.WriteString("+OK\r\n$" + strconv.Itoa(len(value)) + "\r\n" + value + "\r\n")
	}
	for range 3 {
		c.send(requests.String())
		var got strings.Builder
		for range 400 {
			got.WriteString(c.reply())
		}
		if got.String() != want.String() {
			t.Fatal("the replies differ")
		}
	}
}
