package builtin

import (
	"time"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// format is the session's text format, nil (the defaults) where there is no session.
func (c *Context) format() *types.Format {
	if c == nil {
		return nil
	}
	if c.Format.Location == nil && c.Location != nil || c.Format.Now.IsZero() && !c.TxTime.IsZero() {
		f := c.Format
		f.Location, f.Now = c.Location, c.TxTime
		return &f
	}
	return &c.Format
}

func (c *Context) location() *time.Location {
	switch {
	case c == nil:
		return time.UTC
	case c.Location != nil:
		return c.Location
	case c.Format.Location != nil:
		return c.Format.Location
	}
	return time.UTC
}
