package session

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Functions that only a session can run.
func init() {
	builtin.Provide(map[string]builtin.Func{"pg_notify": pgNotify})
	builtin.ProvideSet(map[string]builtin.SetFunc{"pg_listening_channels": pgListeningChannels})
}

func sessionOf(c *builtin.Context) (*Session, error) {
	if c != nil {
		if s, ok := c.Env.(*Session); ok {
			return s, nil
		}
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "there is no session here")
}

func pgNotify(c *builtin.Context, args []types.Datum) (types.Datum, error) {
	s, err := sessionOf(c)
	if err != nil {
		return types.Null, err
	}
	text := func(d types.Datum) string {
		if d.IsNull() {
			return ""
		}
		return d.Str()
	}
	return types.Text(""), s.Notify(text(args[0]), text(args[1]))
}

func pgListeningChannels(c *builtin.Context, _ []types.Datum, emit func([]types.Datum) error) error {
	s, err := sessionOf(c)
	if err != nil {
		return err
	}
	for _, channel := range s.Listening() {
		if err := emit([]types.Datum{types.Text(channel)}); err != nil {
			return err
		}
	}
	return nil
}
