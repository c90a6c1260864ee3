package geo

import "github.com/orbit-server/orbit/internal/redis/command"

var geohashSpec = &command.Spec{
	Name:     "geohash",
	Arity:    -2,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "geo", "slow"},
	Group:      "geo",
	Since:      "3.2.0",
	Complexity: "O(log(N)) for each member requested, where N is the number of elements in the sorted set.",
	Summary:    "Returns members of a geospatial index as standard geohash strings",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string", Multiple: true},
	},
	Handler: runGeohash,
}

const geohashAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz"

func runGeohash(c *command.Ctx) error {
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
			c.Out.BulkString(geohashText(placeOf(score)))
		} else {
			c.Out.Null()
		}
	}
	return nil
}

// geohashText is the geohash that other programs use, which unlike scores
// reaches to the poles. The eleventh character would need more bits than there
// are: it is always 0.
func geohashText(p point) string {
	bits := encode(mercatorLon, sphereLat, p, fullStep).bits
	var text [11]byte
	for i := range 10 {
		text[i] = geohashAlphabet[bits>>(52-5*(i+1))&0x1f]
	}
	text[10] = geohashAlphabet[0]
	return string(text[:])
}
