package bitmap

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	bitcountSpec, bitfieldSpec, bitfieldroSpec, bitopSpec, bitposSpec, getbitSpec, setbitSpec,
}
