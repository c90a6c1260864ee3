package server

import (
	"math/rand/v2"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var lolwutSpec = &command.Spec{
	Name:       "lolwut",
	Arity:      -1,
	Flags:      command.ReadOnly | command.Fast,
	Categories: []string{"read", "fast"},
	Group:      "server",
	Since:      "5.0.0",
	Complexity: "O(1)",
	Summary:    "Display some computer art and the Redis version",
	Args:       []command.Arg{{Name: "version", Type: "integer", Token: "VERSION", Optional: true}},
	Handler: func(c *command.Ctx) error {
		c.Out.Verbatim("txt", sky()+"Redis ver. "+command.RedisVersion+"\n")
		return nil
	},
}

// sky is a planet, its moon and some stars.
func sky() string {
	const width, height = 48, 11
	var b strings.Builder
	for y := range height {
		for x := range width {
			dx, dy := float64(x-width/2)/2, float64(y-height/2)
			switch d := dx*dx + dy*dy; {
			case d < 9:
				b.WriteByte('@')
			case d > 22 && d < 28:
				b.WriteByte('.')
			case rand.IntN(40) == 0:
				b.WriteByte('*')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
