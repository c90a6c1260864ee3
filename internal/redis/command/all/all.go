package all

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/connection"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
	"github.com/orbit-server/orbit/internal/redis/command/transaction"
)

// Groups are the spec tables of all groups, in the order that COMMAND lists them.
func Groups() [][]*command.Spec {
	return [][]*command.Spec{
		str.Specs,
		connection.Specs,
		transaction.Specs,
	}
}

// Registry makes the registry of all commands.
func Registry() (*command.Registry, error) {
	return command.NewRegistry(Groups()...)
}
