package list

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	blmoveSpec, blmpopSpec, blpopSpec, brpopSpec, brpoplpushSpec,
	lindexSpec, linsertSpec, llenSpec, lmoveSpec, lmpopSpec, lpopSpec, lposSpec, lpushSpec, lpushxSpec,
	lrangeSpec, lremSpec, lsetSpec, ltrimSpec, rpopSpec, rpoplpushSpec, rpushSpec, rpushxSpec,
}
