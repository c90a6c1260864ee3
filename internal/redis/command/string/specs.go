package str

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

// Specs are the commands of the group.
var Specs = []*command.Spec{
	appendSpec, decrSpec, decrbySpec, getSpec, getdelSpec, getexSpec, getrangeSpec, getsetSpec,
	incrSpec, incrbySpec, incrbyfloatSpec, lcsSpec, mgetSpec, msetSpec, msetnxSpec, psetexSpec,
	setSpec, setexSpec, setnxSpec, setrangeSpec, strlenSpec, substrSpec,
}
