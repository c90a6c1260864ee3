package dataset

import (
	"strings"

	"github.com/orbit-server/orbit/internal/redis/param"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// Limits are the sizes of compact collections that the parameters give, and whether
// they want strings compressed.
func Limits(p *param.Params) rdb.Limits {
	return rdb.Limits{
		HashEntries: p.Int("hash-max-listpack-entries"), HashValue: p.Int("hash-max-listpack-value"),
		ZSetEntries: p.Int("zset-max-listpack-entries"), ZSetValue: p.Int("zset-max-listpack-value"),
		SetInts:   p.Int("set-max-intset-entries"),
		ListBytes: rdb.DefaultLimits.ListBytes,
		Compress:  p.Int("rdbcompression") != 0,
	}
}

// Uses says whether the policy of eviction looks at when keys were used, or how often:
// then a file tells it, as redis-server's does.
func Uses(p *param.Params) bool {
	policy := p.Text("maxmemory-policy")
	return strings.HasSuffix(policy, "-lru") || strings.HasSuffix(policy, "-lfu")
}
