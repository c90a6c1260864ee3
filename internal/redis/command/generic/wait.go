package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
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
	Settles: true,
	Handler: runWait,
}

const (
	errWaitTimeout command.Error = "ERR timeout is not an integer or out of range"
	errWaitReplica command.Error = "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated."
	errWaitNeg     command.Error = "ERR timeout is negative"
)

// runWait waits until enough replicas have acknowledged this client's writes.
func runWait(c *command.Ctx) error {
	if c.Server.IsReplica() {
		return errWaitReplica
	}
	want, err := command.ParseInt(c.Args[1])
	if err != nil {
		return err
	}
	timeout, err := command.ParseInt(c.Args[2])
	if err != nil {
		return errWaitTimeout
	}
	if timeout < 0 {
		return errWaitNeg
	}
	offset := c.Session.WriteOffset()
	server := c.Server
	if acked := server.Acknowledged(offset); int64(acked) >= want || !c.MayBlock {
		c.Out.Int(int64(acked))
		return nil
	}
	server.RequestAcks()
	return c.Block(command.Wait{
		Timeout: timeout,
		Done:    func() bool { return int64(server.Acknowledged(offset)) >= want },
		Empty:   func(out *resp.Writer) { out.Int(int64(server.Acknowledged(offset))) },
	})
}
