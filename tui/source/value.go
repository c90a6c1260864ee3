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
