package stream

import "github.com/orbit-server/orbit/internal/redis/command"

var xtrimSpec = &command.Spec{
	Name:     "xtrim",
	Arity:    -4,
	Flags:    command.Write,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "stream", "slow"},
	Group:      "stream",
	Since:      "5.0.0",
	Complexity: "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
	Summary:    "Trims the stream to (approximately if '~' is passed) a certain size",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "trim", Type: "block", Args: []command.Arg{
			{Name: "strategy", Type: "oneof", Args: []command.Arg{
				{Name: "maxlen", Type: "pure-token", Token: "MAXLEN"},
				{Name: "minid", Type: "pure-token", Token: "MINID"},
			}},
			{Name: "operator", Type: "oneof", Optional: true, Args: []command.Arg{
				{Name: "equal", Type: "pure-token", Token: "="},
				{Name: "approximately", Type: "pure-token", Token: "~"},
			}},
			{Name: "threshold", Type: "string"},
			{Name: "count", Type: "integer", Token: "LIMIT", Optional: true},
		}},
	},
	Handler: runXtrim,
}

func runXtrim(c *command.Ctx) error {
	var o trimOptions
	for args := c.Args[2:]; len(args) > 0; {
		n, err := o.parse(args)
		if err != nil {
			return err
		}
		if n == 0 {
			return command.ErrSyntax
		}
		args = args[n:]
	}
	if o.trim.Limit == 0 && !o.given {
		return errTrimNothing
	}
	if err := o.finish(c); err != nil {
		return err
	}
	s, err := c.Keys.Stream(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	removed := int64(0)
	if s.Exists() {
		if removed, err = s.Trim(o.trim); err != nil {
			return err
		}
		if removed > 0 && c.Followed() {
			c.Propagate(o.exact(c.Args, &s))
		}
	}
	c.Out.Int(removed)
	return nil
}
