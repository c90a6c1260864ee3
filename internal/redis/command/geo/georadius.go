package geo

import "github.com/orbit-server/orbit/internal/redis/command"

var georadiusSpec = &command.Spec{
	Name:     "georadius",
	Arity:    -6,
	Flags:    command.Write | command.DenyOOM | command.MovableKeys,
	FirstKey: 1, LastKey: 1, Step: 1,
	Keys:       radiusKeys,
	Categories: []string{"write", "geo", "slow"},
	Group:      "geo",
	Since:      "3.2.0",
	Complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
	Summary:    "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a point",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "longitude", Type: "double"},
		{Name: "latitude", Type: "double"},
		{Name: "radius", Type: "double"},
		{Name: "unit", Type: "oneof", Args: []command.Arg{
			{Name: "m", Type: "pure-token", Token: "M"},
			{Name: "km", Type: "pure-token", Token: "KM"},
			{Name: "ft", Type: "pure-token", Token: "FT"},
			{Name: "mi", Type: "pure-token", Token: "MI"},
		}},
		{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
		{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
		{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
		{Name: "count", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "count", Type: "integer", Token: "COUNT"},
			{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
		}},
		{Name: "order", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "asc", Type: "pure-token", Token: "ASC"},
			{Name: "desc", Type: "pure-token", Token: "DESC"},
		}},
		{Name: "key", Type: "key", Token: "STORE", Optional: true, KeySpec: 2},
		{Name: "key", Type: "key", Token: "STOREDIST", Optional: true, KeySpec: 3},
	},
	Handler: runGeoradius,
}

var georadiusroSpec = &command.Spec{
	Name:     "georadius_ro",
	Arity:    -6,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "geo", "slow"},
	Group:      "geo",
	Since:      "3.2.10",
	Complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
	Summary:    "A read-only variant for GEORADIUS",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "longitude", Type: "double"},
		{Name: "latitude", Type: "double"},
		{Name: "radius", Type: "double"},
		{Name: "unit", Type: "oneof", Args: []command.Arg{
			{Name: "m", Type: "pure-token", Token: "M"},
			{Name: "km", Type: "pure-token", Token: "KM"},
			{Name: "ft", Type: "pure-token", Token: "FT"},
			{Name: "mi", Type: "pure-token", Token: "MI"},
		}},
		{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
		{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
		{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
		{Name: "count", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "count", Type: "integer", Token: "COUNT"},
			{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
		}},
		{Name: "order", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "asc", Type: "pure-token", Token: "ASC"},
			{Name: "desc", Type: "pure-token", Token: "DESC"},
		}},
	},
	Handler: runGeoradiusro,
}

var georadiusbymemberSpec = &command.Spec{
	Name:     "georadiusbymember",
	Arity:    -5,
	Flags:    command.Write | command.DenyOOM | command.MovableKeys,
	FirstKey: 1, LastKey: 1, Step: 1,
	Keys:       radiusKeys,
	Categories: []string{"write", "geo", "slow"},
	Group:      "geo",
	Since:      "3.2.0",
	Complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
	Summary:    "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a member",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string"},
		{Name: "radius", Type: "double"},
		{Name: "unit", Type: "oneof", Args: []command.Arg{
			{Name: "m", Type: "pure-token", Token: "M"},
			{Name: "km", Type: "pure-token", Token: "KM"},
			{Name: "ft", Type: "pure-token", Token: "FT"},
			{Name: "mi", Type: "pure-token", Token: "MI"},
		}},
		{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
		{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
		{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
		{Name: "count", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "count", Type: "integer", Token: "COUNT"},
			{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
		}},
		{Name: "order", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "asc", Type: "pure-token", Token: "ASC"},
			{Name: "desc", Type: "pure-token", Token: "DESC"},
		}},
		{Name: "key", Type: "key", Token: "STORE", Optional: true, KeySpec: 2},
		{Name: "key", Type: "key", Token: "STOREDIST", Optional: true, KeySpec: 3},
	},
	Handler: runGeoradiusbymember,
}

var georadiusbymemberroSpec = &command.Spec{
	Name:     "georadiusbymember_ro",
	Arity:    -5,
	Flags:    command.ReadOnly,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "geo", "slow"},
	Group:      "geo",
	Since:      "3.2.10",
	Complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
	Summary:    "A read-only variant for GEORADIUSBYMEMBER",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "member", Type: "string"},
		{Name: "radius", Type: "double"},
		{Name: "unit", Type: "oneof", Args: []command.Arg{
			{Name: "m", Type: "pure-token", Token: "M"},
			{Name: "km", Type: "pure-token", Token: "KM"},
			{Name: "ft", Type: "pure-token", Token: "FT"},
			{Name: "mi", Type: "pure-token", Token: "MI"},
		}},
		{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
		{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
		{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
		{Name: "count", Type: "block", Optional: true, Args: []command.Arg{
			{Name: "count", Type: "integer", Token: "COUNT"},
			{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
		}},
		{Name: "order", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "asc", Type: "pure-token", Token: "ASC"},
			{Name: "desc", Type: "pure-token", Token: "DESC"},
		}},
	},
	Handler: runGeoradiusbymemberro,
}

const errRadiusStoreWith command.Error = "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"

// radiusKeys finds the key and that of STORE or STOREDIST, the last one if there
// are several.
func radiusKeys(args [][]byte) ([]int, error) {
	keys, store := []int{1}, 0
	for i := 5; i+1 < len(args); i++ {
		if command.Is(args[i], "STORE") || command.Is(args[i], "STOREDIST") {
			i++
			store = i
		}
	}
	if store > 0 {
		keys = append(keys, store)
	}
	return keys, nil
}

func runGeoradius(c *command.Ctx) error           { return searchAround(c, true) }
func runGeoradiusro(c *command.Ctx) error         { return searchAround(c, false) }
func runGeoradiusbymember(c *command.Ctx) error   { return searchAroundMember(c, true) }
func runGeoradiusbymemberro(c *command.Ctx) error { return searchAroundMember(c, false) }

func searchAround(c *command.Ctx, mayStore bool) error {
	var s search
	var err error
	if s.zset, err = c.Keys.ZSet(c.DB, c.Args[1]); err != nil {
		return err
	}
	if s.area.center, err = parsePoint(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	if err := s.area.parseRadius(c.Args[4:]); err != nil {
		return err
	}
	return s.runRadius(c, c.Args[6:], mayStore)
}

func searchAroundMember(c *command.Ctx, mayStore bool) error {
	var s search
	var err error
	if s.zset, err = c.Keys.ZSet(c.DB, c.Args[1]); err != nil {
		return err
	}
	if s.zset.Exists() { // else redis-server does not look at the radius
		if err := s.centerOn(c.Args[2]); err != nil {
			return err
		}
		if err := s.area.parseRadius(c.Args[3:]); err != nil {
			return err
		}
	}
	return s.runRadius(c, c.Args[5:], mayStore)
}

// runRadius reads the options and searches.
func (s *search) runRadius(c *command.Ctx, args [][]byte, mayStore bool) error {
	for len(args) > 0 {
		n, err := s.parseOption(args)
		if err != nil {
			return err
		}
		if n == 0 {
			if !mayStore || len(args) < 2 {
				return command.ErrSyntax
			}
			switch {
			case command.Is(args[0], "STORE"):
				s.storeDist = false
			case command.Is(args[0], "STOREDIST"):
				s.storeDist = true
			default:
				return command.ErrSyntax
			}
			s.storeKey, n = args[1], 2
		}
		args = args[n:]
	}
	if s.storeKey != nil && s.decorated() {
		return errRadiusStoreWith
	}
	return s.run(c)
}
