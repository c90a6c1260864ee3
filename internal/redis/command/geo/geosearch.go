package geo

import "github.com/orbit-server/orbit/internal/redis/command"

var geosearchSpec = &command.Spec{
	Name:     "geosearch",
	Arity:    -7,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "geo", "slow"},
	Group:      "geo",
	Since:      "6.2.0",
	Complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
	Summary:    "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle.",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "from", Type: "oneof", Args: []command.Arg{
			{Name: "member", Type: "string", Token: "FROMMEMBER"},
			{Name: "longitude_latitude", Type: "block", Token: "FROMLONLAT", Args: []command.Arg{
				{Name: "longitude", Type: "double"},
				{Name: "latitude", Type: "double"},
			}},
		}},
		{Name: "by", Type: "oneof", Args: []command.Arg{
			{Name: "circle", Type: "block", Args: []command.Arg{
				{Name: "radius", Type: "double", Token: "BYRADIUS"},
				{Name: "unit", Type: "oneof", Args: []command.Arg{
					{Name: "m", Type: "pure-token", Token: "M"},
					{Name: "km", Type: "pure-token", Token: "KM"},
					{Name: "ft", Type: "pure-token", Token: "FT"},
					{Name: "mi", Type: "pure-token", Token: "MI"},
				}},
			}},
			{Name: "box", Type: "block", Args: []command.Arg{
				{Name: "width", Type: "double", Token: "BYBOX"},
				{Name: "height", Type: "double"},
				{Name: "unit", Type: "oneof", Args: []command.Arg{
					{Name: "m", Type: "pure-token", Token: "M"},
					{Name: "km", Type: "pure-token", Token: "KM"},
					{Name: "ft", Type: "pure-token", Token: "FT"},
					{Name: "mi", Type: "pure-token", Token: "MI"},
				}},
			}},
		}},
		{Name: "order", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "asc", Type: "pure-token", Token: "ASC"},
			{Name: "desc", Type: "pure-token", Token: "DESC"},
		}},
		{Name: "count", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "count", Type: "integer", Token: "COUNT"},
			{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
		}},
		{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
		{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
		{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
	},
	Handler: runGeosearch,
}

var geosearchstoreSpec = &command.Spec{
	Name:     "geosearchstore",
	Arity:    -8,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 2, Step: 1,
	Categories: []string{"write", "geo", "slow"},
	Group:      "geo",
	Since:      "6.2.0",
	Complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
	Summary:    "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle, and store the result in another key.",
	Args: []command.Arg{
		{Name: "destination", Type: "key", KeySpec: 1},
		{Name: "source", Type: "key", KeySpec: 2},
		{Name: "from", Type: "oneof", Args: []command.Arg{
			{Name: "member", Type: "string", Token: "FROMMEMBER"},
			{Name: "longitude_latitude", Type: "block", Token: "FROMLONLAT", Args: []command.Arg{
				{Name: "longitude", Type: "double"},
				{Name: "latitude", Type: "double"},
			}},
		}},
		{Name: "by", Type: "oneof", Args: []command.Arg{
			{Name: "circle", Type: "block", Args: []command.Arg{
				{Name: "radius", Type: "double", Token: "BYRADIUS"},
				{Name: "unit", Type: "oneof", Args: []command.Arg{
					{Name: "m", Type: "pure-token", Token: "M"},
					{Name: "km", Type: "pure-token", Token: "KM"},
					{Name: "ft", Type: "pure-token", Token: "FT"},
					{Name: "mi", Type: "pure-token", Token: "MI"},
				}},
			}},
			{Name: "box", Type: "block", Args: []command.Arg{
				{Name: "width", Type: "double", Token: "BYBOX"},
				{Name: "height", Type: "double"},
				{Name: "unit", Type: "oneof", Args: []command.Arg{
					{Name: "m", Type: "pure-token", Token: "M"},
					{Name: "km", Type: "pure-token", Token: "KM"},
					{Name: "ft", Type: "pure-token", Token: "FT"},
					{Name: "mi", Type: "pure-token", Token: "MI"},
				}},
			}},
		}},
		{Name: "order", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "asc", Type: "pure-token", Token: "ASC"},
			{Name: "desc", Type: "pure-token", Token: "DESC"},
		}},
		{Name: "count", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "count", Type: "integer", Token: "COUNT"},
			{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
		}},
		{Name: "storedist", Type: "pure-token", Token: "STOREDIST", Optional: true},
	},
	Handler: runGeosearchstore,
}

const errSearchStoreWith command.Error = "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"

func runGeosearch(c *command.Ctx) error { return searchArea(c, c.Args[1], c.Args[2:], nil) }

func runGeosearchstore(c *command.Ctx) error {
	return searchArea(c, c.Args[2], c.Args[3:], c.Args[1])
}

func searchArea(c *command.Ctx, key []byte, args [][]byte, storeKey []byte) error {
	s := search{storeKey: storeKey}
	var err error
	if s.zset, err = c.Keys.ZSet(c.DB, key); err != nil {
		return err
	}
	p := areaParser{search: &s}
	for len(args) > 0 {
		n, err := s.parseOption(args)
		if n == 0 && err == nil {
			n, err = p.parse(args)
		}
		if err != nil {
			return err
		}
		args = args[n:]
	}
	switch {
	case storeKey != nil && s.decorated():
		return errSearchStoreWith
	case !p.fromMember && !p.fromPoint:
		return command.Errorf("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s", c.Args[0])
	case !p.byRadius && !p.byBox:
		return command.Errorf("ERR exactly one of BYRADIUS and BYBOX can be specified for %s", c.Args[0])
	}
	return s.run(c)
}

// areaParser reads the options that make up the area.
type areaParser struct {
	search                *search
	fromMember, fromPoint bool
	byRadius, byBox       bool
}

func (p *areaParser) parse(args [][]byte) (n int, err error) {
	s := p.search
	switch {
	case command.Is(args[0], "STOREDIST") && s.storeKey != nil:
		s.storeDist = true
		return 1, nil
	case command.Is(args[0], "FROMMEMBER") && len(args) > 1 && !p.fromPoint:
		p.fromMember = true
		if s.zset.Exists() { // else the reply is empty, once the rest is found right
			err = s.centerOn(args[1])
		}
		return 2, err
	case command.Is(args[0], "FROMLONLAT") && len(args) > 2 && !p.fromMember:
		p.fromPoint = true
		s.area.center, err = parsePoint(args[1], args[2])
		return 3, err
	case command.Is(args[0], "BYRADIUS") && len(args) > 2 && !p.byBox:
		p.byRadius = true
		return 3, s.area.parseRadius(args[1:])
	case command.Is(args[0], "BYBOX") && len(args) > 3 && !p.byRadius:
		p.byBox = true
		return 4, s.area.parseBox(args[1:])
	}
	return 0, command.ErrSyntax
}
