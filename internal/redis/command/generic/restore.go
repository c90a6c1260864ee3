package generic

import (
	"errors"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

var restoreSpec = &command.Spec{
	Name:     "restore",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "write", "slow", "dangerous"},
	Group:      "generic",
	Since:      "2.6.0",
	Complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
	Summary:    "Create a key using the provided serialized value, previously obtained using DUMP.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "ttl", Type: "integer"},
		{Name: "serialized-value", Type: "string"},
		{Name: "replace", Type: "pure-token", Token: "REPLACE", Optional: true},
		{Name: "absttl", Type: "pure-token", Token: "ABSTTL", Optional: true},
		{Name: "seconds", Type: "integer", Token: "IDLETIME", Optional: true},
		{Name: "frequency", Type: "integer", Token: "FREQ", Optional: true},
	},
	Long:    true,
	Brief:   briefRestore,
	Handler: runRestore,
}

// restoreAskingSpec is RESTORE as a cluster's nodes send it to each other.
var restoreAskingSpec = &command.Spec{
	Name:     "restore-asking",
	Arity:    -4,
	Flags:    command.Write | command.DenyOOM | command.Asking,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"keyspace", "write", "slow", "dangerous"},
	Group:      "server",
	Since:      "3.0.0",
	Complexity: restoreSpec.Complexity,
	Summary:    "An internal command for migrating keys in a cluster",
	Args:       restoreSpec.Args,
	Long:       true,
	Brief:      briefRestore,
	Handler:    runRestore,
}

// briefPayload is the size up to which a payload is restored within the event loop:
// compressed, it is a few megabytes at most.
const briefPayload = 16 << 10

func briefRestore(args [][]byte) bool { return len(args) > 3 && len(args[3]) <= briefPayload }

const (
	errRestoreIdle   command.Error = "ERR Invalid IDLETIME value, must be >= 0"
	errRestoreFreq   command.Error = "ERR Invalid FREQ value, must be >= 0 and <= 255"
	errRestoreTTL    command.Error = "ERR Invalid TTL value, must be >= 0"
	errRestoreFooter command.Error = "ERR DUMP payload version or checksum are wrong"
	errRestoreFormat command.Error = "ERR Bad data format"
	errBusyKey       command.Error = "BUSYKEY Target key name already exists."
)

// restoreOptions are RESTORE's; idle and uses are -1 where they are not given.
type restoreOptions struct {
	replace, absolute bool
	idle, uses        int64
}

func parseRestoreOptions(args [][]byte) (o restoreOptions, err error) {
	o.idle, o.uses = -1, -1
	for ; len(args) > 0; args = args[1:] {
		switch {
		case command.Is(args[0], "REPLACE"):
			o.replace = true
		case command.Is(args[0], "ABSTTL"):
			o.absolute = true
		case command.Is(args[0], "IDLETIME") && len(args) > 1 && o.uses < 0:
			n, err := command.ParseInt(args[1])
			if err != nil {
				return o, err
			}
			if n < 0 {
				return o, errRestoreIdle
			}
			o.idle, args = n, args[1:]
		case command.Is(args[0], "FREQ") && len(args) > 1 && o.idle < 0:
			n, err := command.ParseInt(args[1])
			if err != nil {
				return o, err
			}
			if n < 0 || n > 255 {
				return o, errRestoreFreq
			}
			o.uses, args = n, args[1:]
		default:
			return o, command.ErrSyntax
		}
	}
	return o, nil
}

func runRestore(c *command.Ctx) error {
	o, err := parseRestoreOptions(c.Args[4:])
	if err != nil {
		return err
	}
	k, err := c.Keys.Key(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if k.Exists() && !o.replace {
		return errBusyKey
	}
	ttl, err := command.ParseInt(c.Args[2])
	if err != nil {
		return err
	}
	if ttl < 0 {
		return errRestoreTTL
	}
	expire := ttl
	if ttl != 0 && !o.absolute {
		if expire += c.Keys.Now(); expire < ttl {
			return command.ErrInvalidExpire("restore")
		}
	}
	if err := restore(&k, c, expire); err != nil {
		return err
	}
	if expire != 0 {
		propagateRestore(c, expire, o.absolute)
	}
	if o.idle >= 0 {
		c.Keys.SetIdleSeconds(c.Args[1], o.idle)
	}
	if o.uses >= 0 {
		c.Keys.SetUseFrequency(c.Args[1], o.uses)
	}
	c.Out.OK()
	return nil
}

// propagateRestore has replicas restore the key with the time until which it
// lives; one that has passed has removed it.
func propagateRestore(c *command.Ctx, expire int64, absolute bool) {
	switch {
	case c.Keys.Past(expire):
		c.PropagateRemoval(c.Args[1])
	case !absolute:
		c.Propagate(c.Args[0], c.Args[1], expire, c.Args[3:], "ABSTTL")
	}
}

// restore gives the key the value of the payload, or leaves it as it is.
func restore(k *keyspace.Key, c *command.Ctx, expire int64) error {
	err := dataset.Restore(c.Keys, k, c.Args[3], expire)
	switch {
	case errors.Is(err, rdb.ErrFooter):
		return errRestoreFooter
	case errors.Is(err, rdb.ErrFormat), errors.Is(err, rdb.ErrEmpty):
		return errRestoreFormat
	}
	return err
}
