package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
)

var waitSpec = &command.Spec{
	Name:       "wait",
	Arity:      3,
	Flags:      command.NoScript,
	Categories: []string{"slow", "connection"},
	Group:      "generic",
	Since:      "3.0.0",
	Complexity: "O(1)",
	Summary:    "Wait for the synchronous replication of all the write commands sent in the context of the current connection",
	Args: []command.Arg{
		{Name: "numreplicas", Type: "integer"},
		{Name: "timeout", Type: "integer"},
	},
	Handler: runWait,
}

const (
	errWaitTimeout command.Error = "ERR timeout is not an integer or out of range"
	errWaitNeg     command.Error = "ERR timeout is negative"
)

// runWait tells at once that no replica has acknowledged: there are none, so
// waiting would change nothing.
func runWait(c *command.Ctx) error {
	if _, err := command.ParseInt(c.Args[1]); err != nil {
		return err
	}
	timeout, err := command.ParseInt(c.Args[2])
	if err != nil {
		return errWaitTimeout
	}
	if timeout < 0 {
		return errWaitNeg
	}
	c.Out.Int(0)
	return nil
}
