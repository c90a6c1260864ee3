package server

import (
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/glob"
	"github.com/orbit-server/orbit/internal/redis/param"
)

// The modes are no parameters of this protocol alone: CONFIG GET asks where the data
// is, and CONFIG SET moves it.
const (
	redisMode    = "redis-mode"
	postgresMode = "postgres-mode"
)

// matchModes lists the modes whose names match any of the patterns of CONFIG GET.
func matchModes(c *command.Ctx) (pairs []param.Pair) {
	var place command.Place
	for i, name := range []string{postgresMode, redisMode} {
		for _, pattern := range c.Args[2:] {
			if !glob.MatchFold(pattern, []byte(name)) {
				continue
			}
			if place == (command.Place{}) {
				place = c.Server.Place()
			}
			if mode := []string{place.PostgresMode, place.RedisMode}[i]; mode != "" {
				pairs = append(pairs, param.Pair{Name: name, Value: mode})
			}
			break
		}
	}
	return pairs
}

// setMode is CONFIG SET of a mode, which must stand alone.
func setMode(c *command.Ctx, args [][]byte) (done bool, err error) {
	for i := 0; i < len(args); i += 2 {
		name := strings.ToLower(string(args[i]))
		if name != redisMode && name != postgresMode {
			continue
		}
		if len(args) != 2 {
			err = &param.SetError{Name: name, Reason: "a mode must be set alone"}
		} else if !c.Alone {
			err = &param.SetError{Name: name, Reason: "a mode cannot be set in a transaction or script"}
		} else if moved := c.Server.ChangeMode(strings.TrimSuffix(name, "-mode"), strings.ToLower(string(args[1]))); moved != nil {
			err = &param.SetError{Name: name, Reason: moved.Error()}
		}
		if err != nil {
			return true, command.Errorf("ERR %s", err)
		}
		c.Out.OK()
		return true, nil
	}
	return false, nil
}
