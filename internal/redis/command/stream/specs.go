package stream

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	xackSpec, xaddSpec, xautoclaimSpec, xclaimSpec, xdelSpec, xgroupSpec, xinfoSpec, xlenSpec, xpendingSpec,
	xrangeSpec, xreadSpec, xreadgroupSpec, xrevrangeSpec, xsetidSpec, xtrimSpec,
}
