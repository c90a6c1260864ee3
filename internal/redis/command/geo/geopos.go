package geo

import "github.com/orbit-server/orbit/internal/redis/command"

var geoposSpec = &command.Spec{
	Name:     "geopos",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "geo", "slow"},
	Group:      "geo",
	Since:      "3.2.0",
	Complexity: "O(N) where N is the number of members requested.",
	Summary:    "Returns longitude and latitude of members of a geospatial index",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string", Multiple: true},
	},
	Handler: runGeopos,
}

func runGeopos(c *command.Ctx) error {
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		score, ok, err := z.Score(member)
		if err != nil {
			return err
		}
		if ok {
			writePoint(c.Out, placeOf(score))
		} else {
			c.Out.NullArray()
		}
	}
	return nil
}
