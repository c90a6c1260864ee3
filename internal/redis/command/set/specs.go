package set

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	saddSpec, scardSpec, sdiffSpec, sdiffstoreSpec, sinterSpec, sintercardSpec, sinterstoreSpec,
	sismemberSpec, smembersSpec, smismemberSpec, smoveSpec, spopSpec, srandmemberSpec, sremSpec,
	sscanSpec, sunionSpec, sunionstoreSpec,
}
