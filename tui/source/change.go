package source

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// changeStep is how many commands of a bulk change are sent together.
const changeStep = 500

// each runs a command for each key and counts the replies that are not 0.
func (s *Source) each(ctx context.Context, db int, keys []string, command func(key string) []string) (done int, err error) {
	for len(keys) > 0 {
		n := min(len(keys), changeStep)
		commands := make([][]string, 0, n)
		for _, k := range keys[:n] {
			commands = append(commands, command(k))
		}
		replies, err := s.Pipeline(ctx, db, commands)
		if err != nil {
			return done, err
		}
		for i := range replies {
			if text, failed := replies[i].Error(); failed {
				return done, ReplyError(text)
			}
			if string(replies[i].Text) != "0" {
				done++
			}
		}
		keys = keys[n:]
	}
	return done, nil
}

// DeleteKeys deletes keys and returns how many there were.
func (s *Source) DeleteKeys(ctx context.Context, db int, keys []string) (int, error) {
	return s.each(ctx, db, keys, func(k string) []string { return []string{"DEL", k} })
}

// SetTTL has keys expire after a time, or never if it is 0, and returns how many it
// changed.
func (s *Source) SetTTL(ctx context.Context, db int, keys []string, ttl time.Duration) (int, error) {
	if ttl == 0 {
		return s.each(ctx, db, keys, func(k string) []string { return []string{"PERSIST", k} })
	}
	ms := strconv.FormatInt(ttl.Milliseconds(), 10)
	return s.each(ctx, db, keys, func(k string) []string { return []string{"PEXPIRE", k, ms} })
}

// ErrTaken says that there is a key of the new name already.
var ErrTaken = errors.New("there is a key of that name")

// Rename renames a key, unless the new name is taken.
func (s *Source) Rename(ctx context.Context, db int, from, to string) error {
	return s.unlessTaken(ctx, db, to, "RENAMENX", from, to)
}

// Copy copies a key, unless the new name is taken.
func (s *Source) Copy(ctx context.Context, db int, from, to string) error {
	return s.unlessTaken(ctx, db, to, "COPY", from, to)
}

func (s *Source) unlessTaken(ctx context.Context, db int, to string, words ...string) error {
	reply, err := s.Redis(ctx, db, words...)
	if err == nil && string(reply.Text) == "0" {
		err = fmt.Errorf("%q: %w", to, ErrTaken)
	}
	return err
}

// SetString replaces a string's value; it expires when it did before.
func (s *Source) SetString(ctx context.Context, db int, key string, value string) error {
	_, err := s.Redis(ctx, db, "SET", key, value, "KEEPTTL")
	return err
}

// NewKey makes a key of a type with one element, unless the name is taken.
func (s *Source) NewKey(ctx context.Context, db int, key, typ string, item Item) error {
	reply, err := s.Redis(ctx, db, "EXISTS", key)
	if err != nil {
		return err
	}
	if string(reply.Text) != "0" {
		return fmt.Errorf("%q: %w", key, ErrTaken)
	}
	if typ == "string" {
		_, err := s.Redis(ctx, db, "SET", key, item.Value, "NX")
		return err
	}
	return s.PutItem(ctx, db, key, typ, item)
}

// PutItem adds an element, or gives one that there is another value: a list's is
// appended if it has no index.
func (s *Source) PutItem(ctx context.Context, db int, key, typ string, item Item) (err error) {
	switch typ {
	case "hash":
		_, err = s.Redis(ctx, db, "HSET", key, item.Name, item.Value)
	case "list":
		if item.Name == "" {
			_, err = s.Redis(ctx, db, "RPUSH", key, item.Value)
		} else {
			_, err = s.Redis(ctx, db, "LSET", key, item.Name, item.Value)
		}
	case "set":
		_, err = s.Redis(ctx, db, "SADD", key, item.Name)
	case "zset":
		_, err = s.Redis(ctx, db, "ZADD", key, item.Value, item.Name)
	case "stream":
		_, err = s.Redis(ctx, db, "XADD", key, "*", item.Name, item.Value)
	default:
		err = fmt.Errorf("a %s has no elements", typ)
	}
	return err
}

// RemoveItem removes an element. One of a list is removed if it still has the value that
// was shown.
func (s *Source) RemoveItem(ctx context.Context, db int, key, typ string, item Item) (err error) {
	switch typ {
	case "hash":
		_, err = s.Redis(ctx, db, "HDEL", key, item.Name)
	case "list":
		return s.removeAt(ctx, db, key, item)
	case "set", "zset":
		if item.Size > 0 {
			return s.removeCut(ctx, db, key, typ, item)
		}
		_, err = s.Redis(ctx, db, map[string]string{"set": "SREM", "zset": "ZREM"}[typ], key, item.Name)
	case "stream":
		_, err = s.Redis(ctx, db, "XDEL", key, item.Name)
	}
	return err
}

// removeAt removes an element of a list by its index, for which Redis has no command: it
// is given a value that no other has, which is removed, all at once and only if nobody
// else moved the elements meanwhile.
func (s *Source) removeAt(ctx context.Context, db int, key string, item Item) error {
	const script = `if redis.sha1hex(redis.call('LINDEX', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('LSET', KEYS[1], ARGV[1], ARGV[3])
return redis.call('LREM', KEYS[1], 1, ARGV[3])`
	mark := "orbit-tui-removes-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	reply, err := s.Redis(ctx, db, "EVAL", script, "1", key, item.Name, sumOf(&item), mark)
	if err == nil && string(reply.Text) == "0" {
		err = ErrMoved
	}
	return err
}
