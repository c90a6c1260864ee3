package differential

import (
	"fmt"
	"slices"
	"strconv"
)

// databases are those that commands reach.
const databases = 16

// contents are the commands that show a whole value, by its type.
var contents = map[string][]string{
	"string": {"GET", ""},
	"list":   {"LRANGE", "", "0", "-1"},
	"hash":   {"HGETALL", ""},
	"set":    {"SMEMBERS", ""},
	"zset":   {"ZRANGE", "", "0", "-1", "WITHSCORES"},
	"stream": {"XINFO", "STREAM", "", "FULL", "COUNT", "0"},
}

// compareData compares all keys of all databases: types, encodings, expiries and
// contents.
func (p *pair) compareData() (*difference, error) {
	for db := range databases {
		var keys [2]*node
		for i, server := range p.peers() {
			if _, err := server.call("SELECT", strconv.Itoa(db)); err != nil {
				return nil, err
			}
			var err error
			if keys[i], err = server.call("KEYS", "*"); err != nil {
				return nil, err
			}
			keys[i].sort(1)
		}
		if want, got := keys[0].String(), keys[1].String(); want != got {
			return &difference{fmt.Sprintf("keys of database %d", db), want, got}, nil
		}
		for _, key := range keys[0].items {
			diff, err := p.compareKey(key.text)
			if diff != nil {
				diff.what = fmt.Sprintf("at the end, database %d: %s", db, diff.what)
			}
			if diff != nil || err != nil {
				return diff, err
			}
		}
	}
	return nil, nil
}

func (p *pair) compareKey(key string) (*difference, error) {
	kind, err := p.redis.call("TYPE", key)
	if err != nil {
		return nil, err
	}
	show := slices.Clone(contents[kind.text])
	show[slices.Index(show, "")] = key
	return p.compareReplies([][]string{{"TYPE", key}, {"PEXPIRETIME", key}, {"OBJECT", "ENCODING", key}, show})
}
