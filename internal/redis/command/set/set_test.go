package set_test

import (
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/set"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
)

// TestAgainstRedis compares replies with redis-server's. Neither
// server promises an order of members.
func TestAgainstRedis(t *testing.T) {
	h := commandtest.New(t, set.Specs, str.Specs)
	h.Compare([]string{
		"SADD s 1 2 3", "SADD s 3 4", "SADD s", "SCARD s", "SCARD none", "%SMEMBERS s", "%SMEMBERS none",
		"SISMEMBER s 1", "SISMEMBER s 9", "SISMEMBER none 1", "SMISMEMBER s 1 9 2", "SMISMEMBER none 1 2",
		"SREM s 4 9", "SREM none 1", "SADD t 2 3 5", "SADD u 3 7",
		"%SINTER s t", "%SINTER s t u", "%SINTER s none", "%SINTER none", "%SUNION s t u", "%SUNION none", "%SDIFF s t", "%SDIFF s none", "%SDIFF none s", "%SDIFF s s",
		"SINTERSTORE d s t", "%SMEMBERS d", "SUNIONSTORE d s t u", "%SMEMBERS d", "SDIFFSTORE d s t", "%SMEMBERS d",
		"SDIFFSTORE d s s", "%SMEMBERS d", "SINTERSTORE s s t", "%SMEMBERS s", "SUNIONSTORE str none", "SET str v", "SUNIONSTORE str t", "%SMEMBERS str",
		"SINTERCARD 2 s t", "SINTERCARD 2 s t LIMIT 1", "SINTERCARD 2 s t LIMIT 0", "SINTERCARD 0 s", "SINTERCARD x s", "SINTERCARD 3 s t",
		"SINTERCARD 2 s t LIMIT -1", "SINTERCARD 2 s t LIMIT a", "SINTERCARD 2 s t BAD 1", "SINTERCARD 2 s t LIMIT", "SINTERCARD 1 none",
		"SMOVE t u 2", "SMOVE t u 9", "SMOVE none u 1", "SMOVE t t 3", "%SMEMBERS t", "%SMEMBERS u",
		"SET v x", "SADD v 1", "%SMEMBERS v", "SMOVE v t 1", "SMOVE t v 3", "SMOVE t v 99", "%SINTER t v", "%SUNION v t", "%SDIFF t v", "SPOP v", "SRANDMEMBER v", "SSCAN v 0",
		"SADD one x", "SRANDMEMBER one", "SRANDMEMBER one 5", "SRANDMEMBER one -3", "SRANDMEMBER one 0", "SRANDMEMBER one x", "SRANDMEMBER none", "SRANDMEMBER none 2", "SRANDMEMBER one 1 2",
		"SSCAN one 0", "SSCAN one 0 MATCH y*", "SSCAN none 0", "SSCAN one bad",
		"SPOP one 0", "SPOP one -1", "SPOP one x", "SPOP one 1 2", "SPOP one", "SPOP one", "SPOP one 3", "SADD two a", "SPOP two 9", "SCARD two",
		`SADD bin "\x00\xff"`, "%SMEMBERS bin",
	})
}

func TestRESP3Shapes(t *testing.T) {
	h := commandtest.New(t, set.Specs)
	h.Proto = 3
	h.Check([][2]string{
		{"SADD s a", ":1"},
		{"SMEMBERS s", `~["a"]`},
		{"SUNION s", `~["a"]`},
		{"SRANDMEMBER s 2", `["a"]`},
		{"SPOP s 2", `~["a"]`},
		{"SISMEMBER s a", ":0"},
	})
}
