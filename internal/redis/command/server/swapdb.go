package server

import "github.com/orbit-server/orbit/internal/redis/command"

var swapdbSpec = &command.Spec{
	Name:       "swapdb",
	Arity:      3,
	Flags:      command.Write | command.Fast,
	Categories: []string{"keyspace", "write", "fast", "dangerous"},
	Group:      "server",
	Since:      "4.0.0",
	Complexity: "O(1)",
	Summary:    "Swaps two Redis databases",
	Args: []command.Arg{
		{Name: "index1", Type: "integer"},
		{Name: "index2", Type: "integer"},
	},
	Exclusive: true,
	Handler:   swapdb,
}

func swapdb(c *command.Ctx) error {
	a, err := command.ParseInt(c.Args[1])
	if err != nil || a != int64(int32(a)) {
		return command.Errorf("ERR invalid first DB index")
	}
	b, err := command.ParseInt(c.Args[2])
	if err != nil || b != int64(int32(b)) {
		return command.Errorf("ERR invalid second DB index")
	}
	if n := int64(c.Server.Keyspace().Databases()); a < 0 || b < 0 || a >= n || b >= n {
		return command.ErrDBIndex
	}
	if err := c.Keys.SwapDB(int(a), int(b)); err != nil {
		return err
	}
	c.PropagateAlways()
	c.Out.OK()
	return nil
}
