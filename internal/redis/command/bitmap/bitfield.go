package bitmap

import (
	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

var bitfieldSpec = &command.Spec{
	Name:     "bitfield",
	Arity:    -2,
	Flags:    command.Write | command.DenyOOM,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"write", "bitmap", "slow"},
	Group:      "bitmap",
	Since:      "3.2.0",
	Complexity: "O(1) for each subcommand specified",
	Summary:    "Perform arbitrary bitfield integer operations on strings",
	Access:     bitfieldAccess,
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "operation", Type: "oneof", Optional: true, Multiple: true, Args: []command.Arg{
			{Name: "encoding_offset", Type: "block", Token: "GET", Args: []command.Arg{
				{Name: "encoding", Type: "string"},
				{Name: "offset", Type: "integer"},
			}},
			{Name: "write", Type: "block", Args: []command.Arg{
				{Name: "wrap_sat_fail", Type: "oneof", Token: "OVERFLOW", Optional: true, Args: []command.Arg{
					{Name: "wrap", Type: "pure-token", Token: "WRAP"},
					{Name: "sat", Type: "pure-token", Token: "SAT"},
					{Name: "fail", Type: "pure-token", Token: "FAIL"},
				}},
				{Name: "write_operation", Type: "oneof", Args: []command.Arg{
					{Name: "encoding_offset_value", Type: "block", Token: "SET", Args: []command.Arg{
						{Name: "encoding", Type: "string"},
						{Name: "offset", Type: "integer"},
						{Name: "value", Type: "integer"},
					}},
					{Name: "encoding_offset_increment", Type: "block", Token: "INCRBY", Args: []command.Arg{
						{Name: "encoding", Type: "string"},
						{Name: "offset", Type: "integer"},
						{Name: "increment", Type: "integer"},
					}},
				}},
			}},
		}},
	},
	Handler: runBitfield,
}

var bitfieldroSpec = &command.Spec{
	Name:     "bitfield_ro",
	Arity:    -2,
	Flags:    command.ReadOnly | command.Fast,
	FirstKey: 1, LastKey: 1, Step: 1,
	Categories: []string{"read", "bitmap", "fast"},
	Group:      "bitmap",
	Since:      "6.0.0",
	Complexity: "O(1) for each subcommand specified",
	Summary:    "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD",
	Args: []command.Arg{
		{Name: "key", Type: "key", KeySpec: 1},
		{Name: "encoding_offset", Type: "block", Token: "GET", Optional: true, Multiple: true, MultipleToken: true, Args: []command.Arg{
			{Name: "encoding", Type: "string"},
			{Name: "offset", Type: "integer"},
		}},
	},
	Handler: runBitfieldro,
}

const (
	errFieldType     command.Error = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
	errOverflowType  command.Error = "ERR Invalid OVERFLOW type specified"
	errFieldReadOnly command.Error = "ERR BITFIELD_RO only supports the GET subcommand"
)

type fieldVerb uint8

const (
	fieldGet fieldVerb = iota
	fieldSet
	fieldIncrby
)

// fieldOp is one operation of BITFIELD.
type fieldOp struct {
	verb     fieldVerb
	field    field
	value    int64 // to SET, or to INCRBY by
	overflow overflow
}

// bitfieldAccess: BITFIELD writes unless all it does is GET.
func bitfieldAccess(args [][]byte) acl.Access {
	for i := 2; i < len(args); {
		switch rest := len(args) - i - 1; {
		case command.Is(args[i], "GET") && rest >= 2:
			i += 3
		case command.Is(args[i], "OVERFLOW") && rest >= 1:
			i += 2
		default:
			return acl.Read | acl.Write
		}
	}
	return acl.Read
}

// parseFieldOps reads all operations, so that a wrong one leaves everything as
// it was.
func parseFieldOps(args [][]byte) (ops []fieldOp, err error) {
	o := wrap
	for len(args) > 0 {
		op := fieldOp{overflow: o}
		switch {
		case command.Is(args[0], "GET") && len(args) > 2:
		case command.Is(args[0], "SET") && len(args) > 3:
			op.verb = fieldSet
		case command.Is(args[0], "INCRBY") && len(args) > 3:
			op.verb = fieldIncrby
		case command.Is(args[0], "OVERFLOW") && len(args) > 1:
			if o, err = parseOverflow(args[1]); err != nil {
				return nil, err
			}
			args = args[2:]
			continue
		default:
			return nil, command.ErrSyntax
		}
		if op.field, err = parseField(args[1], args[2]); err != nil {
			return nil, err
		}
		used := 3
		if op.verb != fieldGet {
			if op.value, err = command.ParseInt(args[3]); err != nil {
				return nil, err
			}
			used = 4
		}
		ops, args = append(ops, op), args[used:]
	}
	return ops, nil
}

func parseOverflow(arg []byte) (overflow, error) {
	switch {
	case command.Is(arg, "WRAP"):
		return wrap, nil
	case command.Is(arg, "SAT"):
		return saturate, nil
	case command.Is(arg, "FAIL"):
		return fail, nil
	}
	return wrap, errOverflowType
}

// parseField reads a type ("i16", "u8") and an offset.
func parseField(kind, offset []byte) (f field, err error) {
	if len(kind) < 2 || kind[0] != 'i' && kind[0] != 'u' {
		return f, errFieldType
	}
	f.signed = kind[0] == 'i'
	f.width, err = command.ParseInt(kind[1:])
	if err != nil || f.width < 1 || f.width > 64 || !f.signed && f.width > 63 {
		return f, errFieldType
	}
	f.offset, err = parseFieldOffset(offset, f.width)
	return f, err
}

func runBitfield(c *command.Ctx) error {
	ops, err := parseFieldOps(c.Args[2:])
	if err != nil {
		return err
	}
	size := int64(0) // bytes that the writes need
	for _, op := range ops {
		if op.verb != fieldGet {
			size = max(size, op.field.end())
		}
	}
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	if size > keyspace.MaxString {
		return command.ErrStringTooBig
	}
	changed, err := runFieldOps(c, &k, ops, size)
	if changed { // else all writes failed, which only made room for them
		c.Event = "setbit"
	}
	return err
}

func runBitfieldro(c *command.Ctx) error {
	ops, err := parseFieldOps(c.Args[2:])
	if err != nil {
		return err
	}
	for _, op := range ops {
		if op.verb != fieldGet {
			return errFieldReadOnly
		}
	}
	k, err := c.Keys.String(c.DB, c.Args[1])
	if err != nil {
		return err
	}
	_, err = runFieldOps(c, &k, ops, 0)
	return err
}

// apply runs the operation on value; ok is false if it failed on overflow.
func (op *fieldOp) apply(value []byte) (changed bool, reply int64, ok bool) {
	old := op.field.get(value)
	var now int64
	switch op.verb {
	case fieldGet:
		return false, old, true
	case fieldSet:
		now, ok = op.field.fit(op.value, op.overflow)
		reply = old
	default:
		now, ok = op.field.add(old, op.value, op.overflow)
		reply = now
	}
	if !ok || now == old {
		return false, reply, ok
	}
	op.field.set(value, now)
	return true, reply, true
}
