package geo

import "github.com/orbit-server/orbit/internal/redis/command"

var geodistSpec = &command.Spec{
	Name:     "geodist",
	Arity:    -4,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "geo", "slow"},
	Group:      "geo",
	Since:      "3.2.0",
	Complexity: "O(log(N))",
	Summary:    "Returns the distance between two members of a geospatial index",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member1", Type: "string"},
		{Name: "member2", Type: "string"},
		{Name: "unit", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "m", Type: "pure-token", Token: "M"},
			{Name: "km", Type: "pure-token", Token: "KM"},
			{Name: "ft", Type: "pure-token", Token: "FT"},
			{Name: "mi", Type: "pure-token", Token: "MI"},
		}},
	},
	Handler: runGeodist,
}

func runGeodist(c *command.Ctx) error {
	unit := 1.0
	var err error
	switch {
	case len(c.Args) == 5:
		if unit, err = parseUnit(c.Args[4]); err != nil {
			return err
		}
	case len(c.Args) > 5:
		return command.ErrSyntax
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	from, ok, err := z.Score(c.Args[2])
	if err != nil {
		return err
	}
	to, okTo, err := z.Score(c.Args[3])
	if err != nil {
		return err
	}
	if !ok || !okTo {
		c.Out.Null()
		return nil
	}
	writeDistance(c.Out, distance(placeOf(from), placeOf(to))/unit)
	return nil
}
