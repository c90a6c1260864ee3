package geo

import (
	"cmp"
	"slices"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

const (
	errNoMember command.Error = "ERR could not decode requested zset member"
	errAny      command.Error = "ERR the ANY argument requires COUNT argument"
	errCount    command.Error = "ERR COUNT must be > 0"
)

// search is what GEOSEARCH, GEORADIUS and their variants ask for.
type search struct {
	zset keyspace.ZSet
	area area

	withDist, withHash, withCoord bool

	any, asc, desc bool
	count          int64  // 0: all
	storeKey       []byte // nil: reply
	storeDist      bool
}

// found is a place within the area.
type found struct {
	member string
	score  float64
	place  point
	dist   float64 // metres
}

// parseOption reads an option that all variants have, and returns how many
// arguments it took: 0 if it is another.
func (s *search) parseOption(args [][]byte) (int, error) {
	switch {
	case command.Is(args[0], "WITHDIST"):
		s.withDist = true
	case command.Is(args[0], "WITHHASH"):
		s.withHash = true
	case command.Is(args[0], "WITHCOORD"):
		s.withCoord = true
	case command.Is(args[0], "ANY"):
		s.any = true
	case command.Is(args[0], "ASC"):
		s.asc, s.desc = true, false
	case command.Is(args[0], "DESC"):
		s.asc, s.desc = false, true
	case command.Is(args[0], "COUNT") && len(args) > 1:
		var err error
		if s.count, err = command.ParseInt(args[1]); err != nil {
			return 0, err
		}
		if s.count <= 0 {
			return 0, errCount
		}
		return 2, nil
	default:
		return 0, nil
	}
	return 1, nil
}

// centerOn puts the center of the area where a member is.
func (s *search) centerOn(member []byte) error {
	score, ok, err := s.zset.Score(member)
	if err != nil {
		return err
	}
	if !ok {
		return errNoMember
	}
	s.area.center = placeOf(score)
	return nil
}

// decorated says whether more than names was asked for, which STORE cannot do.
func (s *search) decorated() bool { return s.withDist || s.withHash || s.withCoord }

// run searches, and replies or stores.
func (s *search) run(c *command.Ctx) error {
	if s.any && s.count == 0 {
		return errAny
	}
	var results []found
	if s.zset.Exists() {
		var err error
		if results, err = s.collect(); err != nil {
			return err
		}
	}
	s.sort(results)
	if s.count > 0 && int64(len(results)) > s.count {
		results = results[:s.count]
	}
	if s.storeKey != nil {
		return s.store(c, results)
	}
	s.reply(c, results)
	return nil
}

// collect finds the places in the area; with ANY it stops when it has enough.
func (s *search) collect() (results []found, err error) {
	enough := func() bool { return s.any && int64(len(results)) >= s.count }
	var last cell
	for i, here := range s.area.cells() {
		// In a huge area neighbours can be one and the same cell.
		if i > 1 && here == last {
			continue
		}
		if last = here; enough() {
			break
		}
		first, end := here.scores()
		err := s.zset.RangeByScore(keyspace.ScoreBound{Score: first}, keyspace.ScoreBound{Score: end, Exclusive: true}, false, 0, -1,
			func(member []byte, score float64) (bool, error) {
				place := placeOf(score)
				if dist, ok := s.area.contains(place); ok {
					results = append(results, found{string(member), score, place, dist})
				}
				return !enough(), nil
			})
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// sort orders by distance if that was asked for, or is needed to know which
// ones COUNT means.
func (s *search) sort(results []found) {
	switch {
	case s.desc:
		slices.SortStableFunc(results, func(a, b found) int { return cmp.Compare(b.dist, a.dist) })
	case s.asc || s.count > 0 && !s.any:
		slices.SortStableFunc(results, func(a, b found) int { return cmp.Compare(a.dist, b.dist) })
	}
}

func (s *search) reply(c *command.Ctx, results []found) {
	parts := 1
	for _, with := range []bool{s.withDist, s.withHash, s.withCoord} {
		if with {
			parts++
		}
	}
	c.Out.Array(len(results))
	for _, r := range results {
		if parts > 1 {
			c.Out.Array(parts)
		}
		c.Out.BulkString(r.member)
		if s.withDist {
			writeDistance(c.Out, r.dist/s.area.unit)
		}
		if s.withHash {
			c.Out.Int(int64(r.score))
		}
		if s.withCoord {
			writePoint(c.Out, r.place)
		}
	}
}

// store puts the results in the place of whatever the target key holds.
func (s *search) store(c *command.Ctx, results []found) error {
	if _, err := c.Keys.Delete(c.DB, s.storeKey); err != nil {
		return err
	}
	z, err := c.Keys.ZSet(c.DB, s.storeKey)
	if err != nil {
		return err
	}
	for _, r := range results {
		score := r.score
		if s.storeDist {
			score = r.dist / s.area.unit
		}
		if _, err := z.Add([]byte(r.member), score); err != nil {
			return err
		}
	}
	c.Out.Int(int64(len(results)))
	return nil
}
