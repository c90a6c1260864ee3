package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

// Specs are the commands of the group.
var Specs = []*command.Spec{
	copySpec, delSpec, dumpSpec, existsSpec, expireSpec, expireatSpec, expiretimeSpec, keysSpec,
	migrateSpec, moveSpec, objectSpec, persistSpec, pexpireSpec, pexpireatSpec, pexpiretimeSpec,
	pttlSpec, randomkeySpec, renameSpec, renamenxSpec, restoreSpec, restoreAskingSpec, scanSpec, sortSpec, sortRoSpec,
	touchSpec, ttlSpec, typeSpec, unlinkSpec, waitSpec, waitaofSpec,
}
