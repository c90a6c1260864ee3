package zset

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// scored is a member with its score.
type scored struct {
	member string
	score  float64
}

// pairs writes members, with their scores if asked: one flat array in RESP2, an
// array of pairs in RESP3.
type pairs struct {
	out        *resp.Writer
	withScores bool
	header     resp.Deferred
	n          int
}

func beginPairs(c *command.Ctx, withScores bool) *pairs {
	return &pairs{out: c.Out, withScores: withScores, header: c.Out.Later()}
}

func (p *pairs) add(member []byte, score float64) {
	p.n++
	if !p.withScores {
		p.out.Bulk(member)
		return
	}
	if p.out.Proto >= 3 {
		p.out.Array(2)
	} else {
		p.n++
	}
	p.out.Bulk(member)
	p.out.Double(score)
}

func (p *pairs) end() { p.out.Close(p.header, p.n) }

// replace puts members under dst, whatever was there, and replies with how many.
func replace(c *command.Ctx, dst []byte, members []scored) error {
	err := c.Keys.PutZSet(c.DB, dst, len(members), func(i int) ([]byte, float64) {
		return []byte(members[i].member), members[i].score
	})
	if err != nil {
		return err
	}
	c.Out.Int(int64(len(members)))
	return nil
}
