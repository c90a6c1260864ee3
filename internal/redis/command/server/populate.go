package server

import (
	"errors"
	"fmt"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// populateRun is how many keys DEBUG POPULATE writes at once.
const populateRun = 1000

const errNotPositive command.Error = "ERR value is out of range, must be positive"

// debugPopulate is DEBUG POPULATE <count> [<prefix>] [<size>]: keys <prefix>:<number>
// that are not there yet. As in redis-server, replicas hear nothing of it.
func debugPopulate(c *command.Ctx, args [][]byte) error {
	count, err := command.ParseInt(args[0])
	if err != nil || count < 0 {
		return errNotPositive
	}
	prefix, size := "key", int64(-1)
	if len(args) > 1 {
		prefix = string(args[1])
	}
	if len(args) > 2 {
		if size, err = command.ParseInt(args[2]); err != nil || size < 0 || size > keyspace.MaxString {
			return errNotPositive
		}
	}
	run := c.Server.Keyspace().NewRun()
	for first := int64(0); first < count; first += populateRun {
		if err := populate(run, c.DB, prefix, first, min(first+populateRun, count), size); err != nil {
			return err
		}
	}
	c.Out.OK()
	return nil
}

func populate(run *keyspace.Run, db int, prefix string, first, end, size int64) error {
	keys := make([][]byte, 0, end-first)
	for i := first; i < end; i++ {
		keys = append(keys, fmt.Appendf(nil, "%s:%d", prefix, i))
	}
	if err := run.Lock(db, keys, true); err != nil {
		return errors.Join(err, run.Abort())
	}
	for i, name := range keys {
		k, err := run.Key(db, name)
		if err == nil && !k.Exists() {
			err = k.SetString(populated(first+int64(i), size), 0)
		}
		if err != nil {
			return errors.Join(err, run.Abort())
		}
	}
	pending, err := run.Apply()
	if err == nil && pending != nil {
		err = pending.Wait()
	}
	return err
}

// populated is a key's value: its number, cut or filled with zeros to a size.
func populated(number, size int64) []byte {
	text := fmt.Appendf(nil, "value:%d", number)
	if size < 0 {
		return text
	}
	value := make([]byte, size)
	copy(value, text)
	return value
}
