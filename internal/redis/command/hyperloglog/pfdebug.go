package hyperloglog

import (
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var pfdebugSpec = &command.Spec{
	Name:     "pfdebug",
	Arity:    3,
	Flags:    command.Write | command.DenyOOM | command.Admin,
	FirstKey: 2, LastKey: 2, Step: 1,
	Categories: []string{"write", "hyperloglog", "admin", "slow", "dangerous"},
	Group:      "hyperloglog",
	Since:      "2.8.9",
	Complexity: "N/A",
	Summary:    "Internal commands for debugging HyperLogLog values",
	Args: []command.Arg{
		{Name: "subcommand", Type: "string"},
		{Name: "key", Type: "key", KeySpec: 1},
	},
	Handler: runPfdebug,
}

const (
	errNoHLL     command.Error = "ERR The specified key does not exist"
	errNotSparse command.Error = "ERR HLL encoding is not sparse"
)

func runPfdebug(c *command.Ctx) error {
	k, v, err := open(c, c.Args[2])
	if err != nil {
		return err
	}
	if !k.Exists() {
		return errNoHLL
	}
	switch sub := c.Args[1]; {
	case command.Is(sub, "GETREG"):
		return replyRegisters(c, &k, &v)
	case command.Is(sub, "DECODE"):
		return replyRuns(c, &v)
	case command.Is(sub, "ENCODING"):
		c.Out.Simple([]string{dense: "dense", sparse: "sparse"}[v.b[4]])
		return nil
	case command.Is(sub, "TODENSE"):
		converted, err := storeDense(&k, &v)
		if err != nil {
			return err
		}
		n := int64(0)
		if converted {
			n = 1
		}
		c.Out.Int(n)
		return nil
	default:
		return command.Errorf("ERR Unknown PFDEBUG subcommand '%s'", sub)
	}
}

// storeDense makes the stored value dense, and says whether it was not.
func storeDense(k *keyspace.Key, v *value) (converted bool, err error) {
	if !isSparse(v.b) {
		return false, nil
	}
	if err := v.toDense(); err != nil {
		return false, err
	}
	return true, k.SetString(v.b, k.Expire)
}

// replyRegisters makes the value dense on the way, as redis-server does.
func replyRegisters(c *command.Ctx, k *keyspace.Key, v *value) error {
	if _, err := storeDense(k, v); err != nil {
		return err
	}
	c.Out.Array(registers)
	for i := range registers {
		c.Out.Int(int64(denseRegister(v.b[headerSize:], i)))
	}
	return nil
}

// replyRuns describes the opcodes of a sparse value, corrupted or not.
func replyRuns(c *command.Ctx, v *value) error {
	if !isSparse(v.b) {
		return errNotSparse
	}
	var runs []string
	for b := v.b[headerSize:]; len(b) > 0; {
		op, ok := decode(b)
		if !ok {
			return errCorrupted
		}
		switch {
		case op.rank > 0:
			runs = append(runs, fmt.Sprintf("v:%d,%d", op.rank, op.span))
		case op.size == 2:
			runs = append(runs, fmt.Sprintf("Z:%d", op.span))
		default:
			runs = append(runs, fmt.Sprintf("z:%d", op.span))
		}
		b = b[op.size:]
	}
	c.Out.BulkString(strings.Join(runs, " "))
	return nil
}
