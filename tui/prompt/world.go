package prompt

import (
	"context"

	"github.com/orbit-server/orbit/tui/pane"
)

// Places of this world.
const (
	sqlPlace   = "prompt/sql"
	redisPlace = "prompt/redis"
)

// World is the prompts in the tree. There is one of each, which keeps what was typed
// and what came of it while other screens are shown.
type World struct {
	sql   *sqlPane
	redis *redisPane
}

var _ pane.World = (*World)(nil)

// NewWorld makes it.
func NewWorld(env *pane.Env) *World {
	return &World{newSQL(env), newRedis(env)}
}

// Roots implements pane.World.
func (w *World) Roots() []pane.Node {
	return []pane.Node{{ID: sqlPlace, Label: "SQL prompt"}, {ID: redisPlace, Label: "Redis prompt"}}
}

// Children implements pane.World.
func (w *World) Children(context.Context, pane.Node, string) (children []pane.Node, more bool, err error) {
	return nil, false, nil
}

// Detail implements pane.World.
func (w *World) Detail(context.Context, pane.Node) (detail string, final bool, err error) {
	return "", true, nil
}

// Open implements pane.World.
func (w *World) Open(_ *pane.Env, id string) (pane.Pane, bool) {
	switch id {
	case sqlPlace:
		return w.sql, true
	case redisPlace:
		return w.redis, true
	}
	return nil, false
}
