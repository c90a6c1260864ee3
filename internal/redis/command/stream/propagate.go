package stream

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// propagateClaim has replicas make an entry pending, with all that is known of it.
func propagateClaim(c *command.Ctx, key, group []byte, g *keyspace.Group, p keyspace.PendingEntry) {
	if c.Followed() {
		c.Propagate("XCLAIM", key, group, p.Consumer, "0", appendID(nil, p.ID), "TIME", p.Time,
			"RETRYCOUNT", p.Count, "FORCE", "JUSTID", "LASTID", appendID(nil, g.LastID))
	}
}

// propagateGroup has replicas move a group to where it is.
func propagateGroup(c *command.Ctx, key, group []byte, g *keyspace.Group) {
	if c.Followed() {
		c.Propagate("XGROUP", "SETID", key, group, appendID(nil, g.LastID), "ENTRIESREAD", g.EntriesRead)
	}
}
