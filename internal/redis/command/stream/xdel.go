package stream

import "github.com/orbit-server/orbit/internal/redis/command"

var xdelSpec = &command.Spec{
	Name:     "xdel",
	Arity:    -3,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "stream", "fast"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
	Summary:    "Removes the specified entries from the stream. Returns the number of items actually deleted, that may be different from the number of IDs passed in case certain IDs do not exist.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "id", Type: "string", Multiple: true},
	},
	Handler: runXdel,
}

func runXdel(c *command.Ctx) error {
	s, err := c.Keys.Stream(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if !s.Exists() {
		c.Out.Int(0)
		return nil
	}
	ids, err := parseIDs(c.Args[2:])
	if err != nil {
		return err
	}
	deleted, err := s.Delete(ids...)
	if err != nil {
		return err
	}
	c.Out.Int(deleted)
	return nil
}
