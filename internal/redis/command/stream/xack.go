package stream

import "github.com/orbit-server/orbit/internal/redis/command"

var xackSpec = &command.Spec{
	Name:     "xack",
	Arity:    -4,
	Flags:    command.Write | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "stream", "fast"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(1) for each message ID processed.",
	Summary:    "Marks a pending message as correctly processed, effectively removing it from the pending entries list of the consumer group. Return value of the command is the number of messages successfully acknowledged, that is, the IDs we were actually able to resolve in the PEL.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "group", Type: "string"},
		{Name: "id", Type: "string", Multiple: true},
	},
	Handler: runXack,
}

func runXack(c *command.Ctx) error {
	s, err := c.Keys.Stream(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	g, ok, err := s.Group(c.Args[2])
	if err != nil {
		return err
	}
	if !ok {
		c.Out.Int(0)
		return nil
	}
	ids, err := parseIDs(c.Args[3:])
	if err != nil {
		return err
	}
	n := int64(0)
	for _, id := range ids {
		p, ok, err := g.PendingEntry(id)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := g.Acknowledge(p); err != nil {
			return err
		}
		n++
	}
	c.Out.Int(n)
	if n == 0 {
		return nil
	}
	return g.Save()
}
