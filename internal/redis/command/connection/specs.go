package connection

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	authSpec, clientSpec, echoSpec, helloSpec, pingSpec, quitSpec, resetSpec, selectSpec,
}

// Flags and categories that the whole group has.
const always = command.NoScript | command.Loading | command.Stale | command.Fast

var (
	fastConnection = []string{"fast", "connection"}
	slowConnection = []string{"slow", "connection"}
	adminSlow      = []string{"admin", "slow", "dangerous", "connection"}
)
