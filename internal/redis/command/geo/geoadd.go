package geo

import "github.com/orbit-server/orbit/internal/redis/command"

var geoaddSpec = &command.Spec{
	Name:     "geoadd",
	Arity:    -5,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "geo", "slow"},
	Group:      "geo",
	Since:      "3.2.0",
	Complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
	Summary:    "Add one or more geospatial items in the geospatial index represented using a sorted set",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "condition", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "nx", Type: "pure-token", Token: "NX"},
			{Name: "xx", Type: "pure-token", Token: "XX"},
		}},
		{Name: "change", Type: "pure-token", Token: "CH", Optional: true},
		{Name: "longitude_latitude_member", Type: "block", Multiple: true, Args: []command.Arg{
			{Name: "longitude", Type: "double"},
			{Name: "latitude", Type: "double"},
			{Name: "member", Type: "string"},
		}},
	},
	Handler: runGeoadd,
}

func runGeoadd(c *command.Ctx) error {
	var nx, xx, ch bool
	args := c.Args[2:]
options:
	for len(args) > 0 {
		switch {
		case command.Is(args[0], "NX"):
			nx = true
		case command.Is(args[0], "XX"):
			xx = true
		case command.Is(args[0], "CH"):
			ch = true
		default:
			break options
		}
		args = args[1:]
	}
	if len(args) == 0 || len(args)%3 != 0 || nx && xx {
		return command.ErrSyntax
	}
	scores := make([]float64, len(args)/3)
	for i := range scores {
		p, err := parsePoint(args[3*i], args[3*i+1])
		if err != nil {
			return err
		}
		scores[i] = scoreOf(p)
	}
	z, err := c.Keys.ZSet(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	added, changed := int64(0), int64(0)
	for i, score := range scores {
		member := args[3*i+2]
		old, had, err := z.Score(member)
		if err != nil {
			return err
		}
		if had && nx || !had && xx {
			continue
		}
		if _, err := z.Add(member, score); err != nil {
			return err
		}
		switch {
		case !had:
			added++
		case old != score:
			changed++
		}
	}
	if added+changed > 0 && c.Followed() {
		propagateScores(c, args, scores)
	} else {
		c.PropagateNothing()
	}
	if ch {
		added += changed
	}
	c.Out.Int(added)
	return nil
}

// propagateScores has replicas add what GEOADD made of the points.
func propagateScores(c *command.Ctx, points [][]byte, scores []float64) {
	words := append([]any{"ZADD", c.Args[1]}, c.Args[2:len(c.Args)-len(points)])
	for i, score := range scores {
		words = append(words, score, points[3*i+2])
	}
	c.Propagate(words...)
}
