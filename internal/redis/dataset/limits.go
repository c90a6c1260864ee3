package dataset

import (
	"github.com/orbit-server/orbit/internal/redis/param"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// Limits are the sizes of compact collections that the parameters give.
func Limits(p *param.Params) rdb.Limits {
	return rdb.Limits{
		HashEntries: p.Int("hash-max-listpack-entries"), HashValue: p.Int("hash-max-listpack-value"),
		ZSetEntries: p.Int("zset-max-listpack-entries"), ZSetValue: p.Int("zset-max-listpack-value"),
		SetInts:   p.Int("set-max-intset-entries"),
		ListBytes: rdb.DefaultLimits.ListBytes,
	}
}
