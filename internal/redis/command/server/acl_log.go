package server

import (
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
)

func aclLog(c *command.Ctx) error {
	log := &c.Server.Users().Log
	count := int64(10)
	switch {
	case len(c.Args) > 3:
		return command.ErrSubcommand(c)
	case len(c.Args) == 3 && command.Is(c.Args[2], "RESET"):
		log.Reset()
		c.Out.OK()
		return nil
	case len(c.Args) == 3:
		var err error
		if count, err = command.ParseInt(c.Args[2]); err != nil {
			return err
		}
	}
	entries, now := log.Newest(count), time.Now()
	c.Out.Array(len(entries))
	for _, e := range entries {
		c.Out.Map(10)
		c.Out.BulkString("count")
		c.Out.Int(e.Count)
		for _, field := range [][2]string{{"reason", e.Reason.String()}, {"context", e.Context}, {"object", e.Object}, {"username", e.User}} {
			c.Out.BulkString(field[0])
			c.Out.BulkString(field[1])
		}
		c.Out.BulkString("age-seconds")
		c.Out.Double(float64(now.Sub(e.Updated).Milliseconds()) / 1000)
		c.Out.BulkString("client-info")
		c.Out.BulkString(e.Client)
		for _, field := range []struct {
			name  string
			value int64
		}{{"entry-id", e.ID}, {"timestamp-created", e.Created.UnixMilli()}, {"timestamp-last-updated", e.Updated.UnixMilli()}} {
			c.Out.BulkString(field.name)
			c.Out.Int(field.value)
		}
	}
	return nil
}
