package scripting_test

import (
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
	"github.com/orbit-server/orbit/internal/redis/command/connection"
	"github.com/orbit-server/orbit/internal/redis/command/generic"
	"github.com/orbit-server/orbit/internal/redis/command/hash"
	"github.com/orbit-server/orbit/internal/redis/command/list"
	"github.com/orbit-server/orbit/internal/redis/command/scripting"
	"github.com/orbit-server/orbit/internal/redis/command/set"
	str "github.com/orbit-server/orbit/internal/redis/command/string"
	"github.com/orbit-server/orbit/internal/redis/command/zset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/script"
)

// server is what scripts need of one.
type server struct {
	command.Server
	registry *command.Registry
	engine   *script.Engine
	h        *commandtest.Harness
}

func (s *server) Registry() *command.Registry  { return s.registry }
func (s *server) TooFewReplicas() bool         { return false }
func (s *server) Scripts() *script.Engine      { return s.engine }
func (s *server) Keyspace() *keyspace.Keyspace { return s.h.KS }

func newHarness(t testing.TB) (*commandtest.Harness, *server) {
	groups := [][]*command.Spec{
		str.Specs, generic.Specs, hash.Specs, list.Specs, set.Specs, zset.Specs, connection.Specs, scripting.Specs,
	}
	registry, err := command.NewRegistry(groups...)
	if err != nil {
		t.Fatal(err)
	}
	h := commandtest.New(t, groups...)
	s := &server{registry: registry, engine: script.New(script.Options{Version: command.RedisVersion}), h: h}
	h.Server = s
	return h, s
}
