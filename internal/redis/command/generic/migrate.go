package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var migrateSpec = &command.Spec{
	Name:     "migrate",
	Arity:    -6,
	Flags:    command.Write | command.MovableKeys,
	FirstKey: 3, LastKey: 3, Step: 1,
	Categories: []string{"keyspace", "write", "slow", "dangerous"},
	Group:      "generic",
	Since:      "2.6.0",
	Complexity: "This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of these commands for time complexity. Also an O(N) data transfer between the two instances is performed.",
	Summary:    "Atomically transfer a key from a Redis instance to another one.",
	Args: []command.Arg{
		{Name: "host", Type: "string"},
		{Name: "port", Type: "integer"},
		{Name: "key_or_empty_string", Type: "oneof", Args: []command.Arg{
			{Name: "key", Type: "key", KeySpec: 1},
			{Name: "empty_string", Type: "pure-token", Token: ""},
		}},
		{Name: "destination-db", Type: "integer"},
		{Name: "timeout", Type: "integer"},
		{Name: "copy", Type: "pure-token", Token: "COPY", Optional: true},
		{Name: "replace", Type: "pure-token", Token: "REPLACE", Optional: true},
		{Name: "authentication", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "password", Type: "string", Token: "AUTH", Optional: true},
			{Name: "username_password", Type: "block", Token: "AUTH2", Optional: true, Args: []command.Arg{
				{Name: "username", Type: "string"},
				{Name: "password", Type: "string"},
			}},
		}},
		{Name: "key", Type: "key", Token: "KEYS", Optional: true, Multiple: true, KeySpec: 2},
	},
	Keys:    migrateKeys,
	Handler: runMigrate,
}

// migrateKeys is the key, or those after KEYS where it is empty.
func migrateKeys(args [][]byte) ([]int, error) {
	for i := 6; i < len(args); i++ {
		switch {
		case command.Is(args[i], "AUTH"):
			i++
		case command.Is(args[i], "AUTH2"):
			i += 2
		case command.Is(args[i], "KEYS"):
			if len(args[3]) > 0 {
				return nil, nil // MIGRATE itself refuses both
			}
			var keys []int
			for i++; i < len(args); i++ {
				keys = append(keys, i)
			}
			return keys, nil
		}
	}
	return []int{3}, nil
}

// runMigrate refuses: sending keys to another server is not implemented.
func runMigrate(*command.Ctx) error { return command.ErrNotSupported("MIGRATE") }
