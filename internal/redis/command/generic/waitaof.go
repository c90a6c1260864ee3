package generic

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

var waitaofSpec = &command.Spec{
	Name:       "waitaof",
	Arity:      4,
	Flags:      command.NoScript,
	Categories: []string{"slow", "connection"},
	Group:      "generic",
	Since:      "7.2.0",
	Complexity: "O(1)",
	Summary:    "Blocks until all of the preceding write commands sent by the connection are written to the append-only file of the master and/or replicas.",
	Args: []command.Arg{
		{Name: "numlocal", Type: "integer"},
		{Name: "numreplicas", Type: "integer"},
		{Name: "timeout", Type: "integer"},
	},
	Settles: true,
	Handler: runWaitaof,
}

const (
	errWaitLocal      command.Error = "ERR value is out of range, value must between 0 and 1"
	errWaitAOFReplica command.Error = "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated."
	errWaitReplicas   command.Error = "ERR value is out of range, must be positive"
	errNoJournal      command.Error = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."
)

// runWaitaof waits until this client's writes are on disk: in the store's journal
// here, and in the append-only files of enough replicas.
func runWaitaof(c *command.Ctx) error {
	local, err := command.ParseInt(c.Args[1])
	if err != nil {
		return err
	}
	if local < 0 || local > 1 {
		return errWaitLocal
	}
	replicas, err := command.ParseInt(c.Args[2])
	if err != nil || replicas < 0 {
		return errWaitReplicas
	}
	timeout, err := command.ParseInt(c.Args[3])
	if err != nil {
		return errWaitTimeout
	}
	if timeout < 0 {
		return errWaitNeg
	}
	server := c.Server
	if server.IsReplica() {
		return errWaitAOFReplica
	}
	if _, ok := server.OnDisk(); local > 0 && !ok {
		return errNoJournal
	}
	offset, place := c.Session.WriteOffset(), c.Session.WritePlace()
	reached := func() (here, there int64) {
		if synced, ok := server.OnDisk(); ok && synced >= place {
			here = 1
		}
		return here, int64(server.AcknowledgedOnDisk(offset))
	}
	answer := func(out *resp.Writer) {
		here, there := reached()
		out.Array(2)
		out.Int(here)
		out.Int(there)
	}
	done := func() bool {
		here, there := reached()
		return here >= local && there >= replicas
	}
	if done() || !c.MayBlock {
		answer(c.Out)
		return nil
	}
	if local > 0 {
		server.SyncSoon()
	}
	if replicas > 0 {
		server.RequestAcks()
	}
	return c.Block(command.Wait{Timeout: timeout, Done: done, Empty: answer})
}
