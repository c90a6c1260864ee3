package hyperloglog

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{pfaddSpec, pfcountSpec, pfdebugSpec, pfmergeSpec, pfselftestSpec}
