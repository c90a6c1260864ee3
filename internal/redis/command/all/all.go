package all

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/bitmap"
	"github.com/orbit-server/orbit/internal/redis/command/connection"
	"github.com/orbit-server/orbit/internal/redis/command/generic"
	"github.com/orbit-server/orbit/internal/redis/command/geo"
	"github.com/orbit-server/orbit/internal/redis/command/hash"
	"github.com/orbit-server/orbit/internal/redis/command/hyperloglog"
	"github.com/orbit-server/orbit/internal/redis/command/list"
	"github.com/orbit-server/orbit/internal/redis/command/pubsub"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
	"github.com/orbit-server/orbit/internal/redis/command/server"
	"github.com/orbit-server/orbit/internal/redis/command/set"
	"github.com/orbit-server/orbit/internal/redis/command/stream"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
	"github.com/orbit-server/orbit/internal/redis/command/transaction"
	"github.com/orbit-server/orbit/internal/redis/command/zset"
)

// Groups are the spec tables of all groups, in the order that COMMAND lists them.
func Groups() [][]*command.Spec {
	return [][]*command.Spec{
		generic.Specs, str.Specs, hash.Specs, list.Specs, set.Specs, zset.Specs,
		bitmap.Specs, hyperloglog.Specs, geo.Specs, stream.Specs,
		transaction.Specs, scripting.Specs, connection.Specs, pubsub.Specs, server.Specs,
	}
}

// Registry makes the registry of all commands.
func Registry() (*command.Registry, error) {
	return command.NewRegistry(Groups()...)
}
