package hash

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	hdelSpec, hexistsSpec, hgetSpec, hgetallSpec, hincrbySpec, hincrbyfloatSpec, hkeysSpec, hlenSpec,
	hmgetSpec, hmsetSpec, hrandfieldSpec, hscanSpec, hsetSpec, hsetnxSpec, hstrlenSpec, hvalsSpec,
}
