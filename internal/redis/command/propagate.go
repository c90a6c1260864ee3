package command

import (
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// What replicas are to do is a command as it came, if it wrote anything. A handler
// whose command would do something else there, because of what it does not say or
// because of the time or chance, calls Propagate with what it did instead.

// propagation is what a handler said of its command.
type propagation uint8

const (
	asItCame propagation = iota // if it wrote
	instead
	always
)

// Followed reports whether anybody follows what commands do. If not there is no
// need to call Propagate.
func (c *Ctx) Followed() bool { return c.Keys.Followed() }

// Propagate has replicas run this command in place of the one under way. Called
// again, it adds another one. Words are strings, byte slices, ints and floats.
func (c *Ctx) Propagate(words ...any) {
	c.propagation = instead
	if !c.Followed() || c.Unfollowed {
		return
	}
	e := c.Keys.Effects()
	e.Begin(c.DB)
	for _, word := range words {
		switch x := word.(type) {
		case string:
			e.WordString(x)
		case []byte:
			e.Word(x)
		case int:
			e.WordString(strconv.Itoa(x))
		case int64:
			e.WordString(strconv.FormatInt(x, 10))
		case float64:
			e.Word(resp.AppendDouble(nil, x))
		case [][]byte:
			for _, one := range x {
				e.Word(one)
			}
		}
	}
}

// PropagateRemoval has replicas remove a key because its time is over.
func (c *Ctx) PropagateRemoval(key []byte) {
	c.propagation = instead
	if !c.Unfollowed {
		c.Keys.Removed(c.DB, key)
	}
}

// PropagateNothing has replicas run nothing, whatever the command wrote.
func (c *Ctx) PropagateNothing() { c.propagation = instead }

// PropagateAlways has replicas run the command even if it wrote nothing.
func (c *Ctx) PropagateAlways() { c.propagation = always }

// BeginEffects and EndEffects enclose a handler whose command replicas are to
// hear of.
func (c *Ctx) BeginEffects() { c.propagation = asItCame }

// EndEffects adds the command as it came, unless the handler said otherwise.
func (c *Ctx) EndEffects(wrote bool) {
	if !c.Unfollowed && (c.propagation == always || wrote && c.propagation == asItCame) {
		c.Keys.Effects().Add(c.DB, c.Args)
	}
}
