package connection

import (
	"math"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var selectSpec = &command.Spec{
	Name:       "select",
	Arity:      2,
	Flags:      command.Loading | command.Stale | command.Fast,
	Categories: fastConnection,
	Group:      "connection",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Change the selected database for the current connection",
	Args:       []command.Arg{{Name: "index", Type: "integer"}},
	Handler:    selectDB,
}

func selectDB(c *command.Ctx) error {
	db, err := command.ParseInt(c.Args[1])
	if err != nil {
		return err
	}
	if db < math.MinInt32 || db > math.MaxInt32 {
		return command.ErrInt32
	}
	if db < 0 || db >= int64(c.Server.Keyspace().Databases()) {
		return command.ErrDBIndex
	}
	c.Session.SelectDB(int(db))
	c.Out.OK()
	return nil
}
