package bitmap

import (
	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// copiedString is the length up to which operations work on a copy of the string, which
// is stored once. In a longer one each reads and writes the bytes of its field.
const copiedString = 16 << 10

// runFieldOps runs the operations and replies. Those that write need size bytes, for
// which there is room afterwards even if they all failed. changed says that one did not.
func runFieldOps(c *command.Ctx, k *keyspace.Key, ops []fieldOp, size int64) (changed bool, err error) {
	before := c.Out.Len()
	c.Out.Array(len(ops))
	if value, ok := k.Short(); ok && max(size, k.Len()) <= copiedString {
		changed, err = editCopy(c, k, value, ops, size)
	} else {
		changed, err = editFields(c, k, ops, size)
	}
	if err != nil {
		c.Out.Truncate(before)
	}
	return changed, err
}

func editCopy(c *command.Ctx, k *keyspace.Key, value []byte, ops []fieldOp, size int64) (changed bool, err error) {
	grows := size > k.Len()
	if size > 0 {
		value = grown(value, size)
	}
	for i := range ops {
		wrote, ok := ops[i].run(c, value)
		changed = changed || wrote || grows && ok && ops[i].verb != fieldGet
	}
	if changed || grows {
		err = k.Edit(value, k.Expire)
	}
	return changed, err
}

func editFields(c *command.Ctx, k *keyspace.Key, ops []fieldOp, size int64) (changed bool, err error) {
	grows := size > k.Len()
	if grows {
		if err := k.WriteAt(size, nil); err != nil {
			return false, err
		}
	}
	for _, op := range ops {
		first, end := op.field.offset>>3, op.field.end()
		part, err := k.Range(first, end)
		if err != nil {
			return changed, err
		}
		part = grown(part, end-first)
		op.field.offset &= 7
		wrote, ok := op.run(c, part)
		if wrote {
			if err := k.WriteAt(first, part); err != nil {
				return changed, err
			}
		}
		changed = changed || wrote || grows && ok && op.verb != fieldGet
	}
	return changed, nil
}

// run runs the operation on value and replies.
func (op *fieldOp) run(c *command.Ctx, value []byte) (changed, ok bool) {
	changed, reply, ok := op.apply(value)
	if ok {
		c.Out.Int(reply)
	} else {
		c.Out.Null()
	}
	return changed, ok
}
