package hash

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	hdelSpec, hexistsSpec, hexpireSpec, hexpireatSpec, hexpiretimeSpec, hgetSpec, hgetallSpec, hincrbySpec,
	hincrbyfloatSpec, hkeysSpec, hlenSpec, hmgetSpec, hmsetSpec, hpersistSpec, hpexpireSpec, hpexpireatSpec,
	hpexpiretimeSpec, hpttlSpec, hrandfieldSpec, hscanSpec, hsetSpec, hsetnxSpec, hstrlenSpec, httlSpec, hvalsSpec,
}
