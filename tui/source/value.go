package source

import (
	"context"
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// KeyInfo is what is known of a key without its value.
type KeyInfo struct {
	Type     string // none if there is no such key
	Encoding string
	TTL      int64 // milliseconds, -1 without
	Bytes    int64
	Elements int64 // of a string its bytes
	Groups   int64 // of a stream
}

// lengths are the commands that tell how many elements a key has.
var lengths = map[string]string{"string": "STRLEN", "hash": "HLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN"}

// KeyInfo asks for it.
func (s *Source) KeyInfo(ctx context.Context, db int, key string) (KeyInfo, error) {
	replies, err := s.Pipeline(ctx, db, [][]string{{"TYPE", key}, {"PTTL", key}, {"OBJECT", "ENCODING", key}, {"MEMORY", "USAGE", key}})
	if err != nil {
		return KeyInfo{}, err
	}
	if text, failed := replies[0].Error(); failed {
		return KeyInfo{}, ReplyError(text)
	}
	info := KeyInfo{Type: string(replies[0].Text), TTL: integer(&replies[1]), Bytes: integer(&replies[3])}
	if _, failed := replies[2].Error(); !failed {
		info.Encoding = string(replies[2].Text)
	}
	command, known := lengths[info.Type]
	if !known {
		return info, nil
	}
	reply, err := s.Redis(ctx, db, command, key)
	info.Elements = integer(&reply)
	return info, err
}

func integer(r *resp.Reply) int64 {
	n, _ := strconv.ParseInt(string(r.Text), 10, 64) // 0 if there is no number
	return n
}

// StringPart is up to limit bytes from the beginning of a string.
func (s *Source) StringPart(ctx context.Context, db int, key string, limit int) ([]byte, error) {
	reply, err := s.Redis(ctx, db, "GETRANGE", key, "0", strconv.Itoa(limit-1))
	return reply.Text, err
}

// Item is an element of a collection: a field and its value, an index and its value, a
// member, a member and its score, an entry's id and its fields.
type Item struct {
	Name, Value string
	// Size is the value's, in bytes, if it is too large to be fetched: Value is empty
	// then.
	Size int64
}

// Items are some elements, in the server's order.
type Items struct {
	List []Item
	// Next is where to go on, "" if there are no more.
	Next string
}

// Bounds of a page of elements: bytes, by what they are on average, and elements. What
// is larger than largeValue of a hash is not fetched with the others.
const (
	pageBytes  = 1 << 20
	pageItems  = 500
	largeValue = 64 << 10
)

// Items fetches elements of a key, from the place that the page before said, "" for the
// first.
func (s *Source) Items(ctx context.Context, db int, key string, info KeyInfo, from string) (Items, error) {
	count := pageItems
	if info.Elements > 0 {
		count = int(max(1, min(int64(count), pageBytes/max(1, info.Bytes/info.Elements))))
	}
	switch info.Type {
	case "hash":
		return s.hashItems(ctx, db, key, from, count)
	case "set":
		reply, next, err := s.scan(ctx, db, []string{"SSCAN", key, cursor(from), "COUNT", strconv.Itoa(count)})
		items := Items{Next: next}
		for i := range reply {
			items.List = append(items.List, Item{Name: string(reply[i].Text)})
		}
		return items, err
	case "list", "zset":
		return s.rangeItems(ctx, db, key, info, from, count)
	case "stream":
		return s.entries(ctx, db, key, from, count)
	}
	return Items{}, nil
}

func cursor(from string) string {
	if from == "" {
		return "0"
	}
	return from
}

// scan runs a step of a scan.
func (s *Source) scan(ctx context.Context, db int, words []string) (items []resp.Reply, next string, err error) {
	reply, err := s.Redis(ctx, db, words...)
	if err != nil || len(reply.Items) != 2 {
		return nil, "", err
	}
	if next = string(reply.Items[0].Text); next == "0" {
		next = ""
	}
	return reply.Items[1].Items, next, nil
}

// hashItems fetches fields first, then the values that are not large.
func (s *Source) hashItems(ctx context.Context, db int, key, from string, count int) (Items, error) {
	fields, next, err := s.scan(ctx, db, []string{"HSCAN", key, cursor(from), "COUNT", strconv.Itoa(count), "NOVALUES"})
	if err != nil {
		return Items{}, err
	}
	items := Items{Next: next}
	if len(fields) == 0 {
		return items, nil
	}
	asked := make([][]string, 0, len(fields))
	for i := range fields {
		asked = append(asked, []string{"HSTRLEN", key, string(fields[i].Text)})
	}
	sizes, err := s.Pipeline(ctx, db, asked)
	if err != nil {
		return Items{}, err
	}
	get, at := []string{"HMGET", key}, []int(nil)
	for i := range fields {
		items.List = append(items.List, Item{Name: string(fields[i].Text)})
		if n := integer(&sizes[i]); n > largeValue {
			items.List[i].Size = n
			continue
		}
		get, at = append(get, string(fields[i].Text)), append(at, i)
	}
	if len(at) == 0 {
		return items, nil
	}
	values, err := s.Redis(ctx, db, get...)
	if err != nil {
		return Items{}, err
	}
	for i, j := range at {
		if i < len(values.Items) {
			items.List[j].Value = string(values.Items[i].Text)
		}
	}
	return items, nil
}

// rangeItems fetches a part of a list or sorted set by ranks.
func (s *Source) rangeItems(ctx context.Context, db int, key string, info KeyInfo, from string, count int) (Items, error) {
	start, _ := strconv.ParseInt(from, 10, 64) // 0 for the first
	words := []string{"LRANGE", key, strconv.FormatInt(start, 10), strconv.FormatInt(start+int64(count)-1, 10)}
	if info.Type == "zset" {
		words[0] = "ZRANGE"
		words = append(words, "WITHSCORES")
	}
	reply, err := s.Redis(ctx, db, words...)
	if err != nil {
		return Items{}, err
	}
	var items Items
	for i := range reply.Items {
		r := &reply.Items[i]
		if info.Type == "zset" {
			if len(r.Items) == 2 { // a pair, in protocol 3
				items.List = append(items.List, Item{Name: string(r.Items[0].Text), Value: string(r.Items[1].Text)})
			}
			continue
		}
		items.List = append(items.List, Item{Name: strconv.FormatInt(start+int64(i), 10), Value: string(r.Text)})
	}
	if len(reply.Items) == count {
		items.Next = strconv.FormatInt(start+int64(count), 10)
	}
	return items, nil
}

// entries fetches a part of a stream.
func (s *Source) entries(ctx context.Context, db int, key, from string, count int) (Items, error) {
	start := "-"
	if from != "" {
		start = "(" + from
	}
	reply, err := s.Redis(ctx, db, "XRANGE", key, start, "+", "COUNT", strconv.Itoa(count))
	if err != nil {
		return Items{}, err
	}
	var items Items
	for i := range reply.Items {
		e := reply.Items[i].Items
		if len(e) != 2 {
			continue
		}
		text := ""
		for j := 0; j+1 < len(e[1].Items); j += 2 {
			if j > 0 {
				text += "  "
			}
			text += string(e[1].Items[j].Text) + "=" + string(e[1].Items[j+1].Text)
		}
		items.List = append(items.List, Item{Name: string(e[0].Text), Value: text})
	}
	if n := len(items.List); n == count {
		items.Next = items.List[n-1].Name
	}
	return items, nil
}

// Group is a consumer group of a stream.
type Group struct {
	Name               string
	Consumers, Pending int64
	LastDelivered      string
	Lag                string
}

// Groups are the consumer groups of a stream.
func (s *Source) Groups(ctx context.Context, db int, key string) (list []Group, err error) {
	reply, err := s.Redis(ctx, db, "XINFO", "GROUPS", key)
	if err != nil {
		return nil, err
	}
	for i := range reply.Items {
		var g Group
		f := reply.Items[i].Items
		for j := 0; j+1 < len(f); j += 2 {
			v := &f[j+1]
			switch string(f[j].Text) {
			case "name":
				g.Name = string(v.Text)
			case "consumers":
				g.Consumers = integer(v)
			case "pending":
				g.Pending = integer(v)
			case "last-delivered-id":
				g.LastDelivered = string(v.Text)
			case "lag":
				g.Lag = string(v.Text)
			}
		}
		list = append(list, g)
	}
	return list, nil
}
