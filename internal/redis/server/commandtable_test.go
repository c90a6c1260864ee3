package server

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// commandDiffers are the commands that COMMAND INFO describes otherwise than
// redis-server 7.0 does, on purpose, by what of it differs.
var commandDiffers = map[string][]string{
	"zrank": {"arity"}, "zrevrank": {"arity"}, // WITHSCORE, of 7.2
	"monitor": {"flags"}, // not in a transaction, which redis-server finds out later
}

var infoParts = []string{1: "arity", 2: "flags", 3: "first key", 4: "last key", 5: "step", 6: "categories", 7: "tips", 8: "key specifications"}

// What COMMAND INFO tells of a command that redis-server knows too is what
// redis-server tells: clients and proxies route by it.
func TestCommandTableEqualsRedisServers(t *testing.T) {
	srv := serve(t)
	c, redis := dial(t, srv), commandtest.StartRedis(t)
	for _, line := range strings.Split(c.do("COMMAND", "LIST"), "\r\n") {
		if line == "" || strings.ContainsAny(line[:1], "*$") {
			continue
		}
		ours, _ := parseReply(c.do("COMMAND", "INFO", line))
		theirs, _ := parseReply(string(redis.Raw(t, "COMMAND", "INFO", line)))
		got, _ := ours.([]any)[0].([]any)
		want, _ := theirs.([]any)[0].([]any)
		if want == nil {
			continue
		}
		for i, part := range infoParts {
			if part == "" || slices.Contains(commandDiffers[line], part) {
				continue
			}
			if i == 2 || i == 6 || i == 7 {
				sortWords(got[i])
				sortWords(want[i])
			}
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s: %s\n  got %v\nredis %v", line, part, got[i], want[i])
			}
		}
	}
}

func sortWords(v any) {
	words, _ := v.([]any)
	slices.SortFunc(words, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

// parseReply reads a RESP2 reply into strings and slices; null is nil.
func parseReply(b string) (v any, rest string) {
	line, rest, _ := strings.Cut(b, "\r\n")
	n, _ := strconv.Atoi(line[1:])
	switch line[0] {
	case '$':
		if n < 0 {
			return nil, rest
		}
		return rest[:n], rest[n+2:]
	case '*':
		if n < 0 {
			return nil, rest
		}
		list := make([]any, n)
		for i := range list {
			list[i], rest = parseReply(rest)
		}
		return list, rest
	}
	return line[1:], rest
}
