package zset

import "github.com/orbit-server/orbit/internal/redis/command"

// Specs are the commands of the group.
var Specs = []*command.Spec{
	bzmpopSpec, bzpopmaxSpec, bzpopminSpec,
	zaddSpec, zcardSpec, zcountSpec, zdiffSpec, zdiffstoreSpec, zincrbySpec, zinterSpec, zintercardSpec,
	zinterstoreSpec, zlexcountSpec, zmpopSpec, zmscoreSpec, zpopmaxSpec, zpopminSpec, zrandmemberSpec,
	zrangeSpec, zrangebylexSpec, zrangebyscoreSpec, zrangestoreSpec, zrankSpec, zremSpec, zremrangebylexSpec,
	zremrangebyrankSpec, zremrangebyscoreSpec, zrevrangeSpec, zrevrangebylexSpec, zrevrangebyscoreSpec,
	zrevrankSpec, zscanSpec, zscoreSpec, zunionSpec, zunionstoreSpec,
}
