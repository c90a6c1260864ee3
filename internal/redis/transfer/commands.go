package transfer

import (
	"bufio"
	"io"
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/rdb"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Commands writes entries as the commands that make them, in RESP: what redis-cli
// --pipe sends and an append-only file holds. The keys are thought not to exist.
type Commands struct {
	w   *bufio.Writer
	enc resp.Writer
	db  int

	key      []byte
	name     string   // of the command that is being gathered
	args     [][]byte // its arguments behind the key
	size     int
	expiring []fieldTTL
	group    []byte
	consumer []byte
}

var (
	_ Sink         = (*Commands)(nil)
	_ rdb.Receiver = (*Commands)(nil)
)

type fieldTTL struct {
	field  []byte
	expire int64
}

// A command has no more arguments, and no more bytes but for its last one.
const (
	gatherArgs  = 128
	gatherBytes = 64 << 10
)

// NewCommands writes to w. The last bytes go out with Flush.
func NewCommands(w io.Writer) *Commands {
	return &Commands{w: bufio.NewWriterSize(w, 64<<10)}
}

// Flush writes what is buffered.
func (c *Commands) Flush() error { return c.w.Flush() }

// write writes a command.
func (c *Commands) write(name string, args ...[]byte) error {
	c.enc.Buf = c.enc.Buf[:0]
	c.enc.Array(1 + len(args))
	c.enc.BulkString(name)
	for _, a := range args {
		c.enc.Bulk(a)
	}
	_, err := c.w.Write(c.enc.Buf)
	return err
}

// SelectDB writes the command that chooses a database, unless it is chosen.
func (c *Commands) SelectDB(db int) error {
	if db == c.db {
		return nil
	}
	c.db = db
	return c.write("SELECT", number(int64(db)))
}

// Function is Sink's.
func (c *Commands) Function(code []byte) error {
	return c.write("FUNCTION", []byte("LOAD"), []byte("REPLACE"), code)
}

// Key is Sink's.
func (c *Commands) Key(e *rdb.Entry, r *rdb.Reader) error {
	if err := c.SelectDB(e.DB); err != nil {
		return err
	}
	c.key, c.name, c.args, c.size, c.expiring = e.Key, "", c.args[:0], 0, c.expiring[:0]
	if err := r.Value(c); err != nil {
		return err
	}
	if err := c.end(); err != nil {
		return err
	}
	for _, f := range c.expiring {
		if err := c.write("HPEXPIREAT", c.key, number(f.expire), []byte("FIELDS"), []byte("1"), f.field); err != nil {
			return err
		}
	}
	if e.Expire == 0 {
		return nil
	}
	return c.write("PEXPIREAT", e.Key, number(e.Expire))
}

// gather adds arguments to the command that is being gathered.
func (c *Commands) gather(args ...[]byte) error {
	c.args = append(c.args, args...)
	for _, a := range args {
		c.size += len(a)
	}
	if len(c.args) < gatherArgs && c.size < gatherBytes {
		return nil
	}
	return c.end()
}

// end writes the command that was gathered.
func (c *Commands) end() error {
	if len(c.args) == 0 {
		return nil
	}
	err := c.write(c.name, append([][]byte{c.key}, c.args...)...)
	c.args, c.size = c.args[:0], 0
	return err
}

// String is rdb.Receiver's, as are the methods below.
func (c *Commands) String(value []byte) error { return c.write("SET", c.key, value) }

// Begin begins a collection.
func (c *Commands) Begin(k rdb.Kind) error {
	c.name = map[rdb.Kind]string{rdb.List: "RPUSH", rdb.Set: "SADD", rdb.ZSet: "ZADD", rdb.Hash: "HSET"}[k]
	return nil
}

// Element adds to a list or set.
func (c *Commands) Element(b []byte) error { return c.gather(b) }

// Field adds to a hash.
func (c *Commands) Field(field, value []byte, expire int64) error {
	if expire != 0 {
		c.expiring = append(c.expiring, fieldTTL{field, expire})
	}
	return c.gather(field, value)
}

// Member adds to a sorted set.
func (c *Commands) Member(member []byte, score float64) error {
	return c.gather(resp.AppendDouble(nil, score), member)
}

// Entry adds to a stream.
func (c *Commands) Entry(id rdb.ID, pairs [][]byte, _ bool) error {
	return c.write("XADD", append([][]byte{c.key, idText(id)}, pairs...)...)
}

// Info completes a stream. One without entries is made by adding one and deleting it.
func (c *Commands) Info(i rdb.StreamInfo) error {
	if i.Length == 0 {
		first := idText(rdb.ID{Ms: 0, Seq: 1})
		if err := c.write("XADD", c.key, []byte("MAXLEN"), []byte("0"), first, []byte("x"), []byte("y")); err != nil {
			return err
		}
	}
	return c.write("XSETID", c.key, idText(i.Last), []byte("ENTRIESADDED"), number(int64(i.Added)), []byte("MAXDELETEDID"), idText(i.MaxDeleted))
}

// Group adds a group.
func (c *Commands) Group(name []byte, last rdb.ID, read int64) error {
	c.group = name
	return c.write("XGROUP", []byte("CREATE"), c.key, name, idText(last), []byte("ENTRIESREAD"), number(read))
}

// Consumer adds a consumer to the group.
func (c *Commands) Consumer(name []byte, _ int64) error {
	c.consumer = name
	return c.write("XGROUP", []byte("CREATECONSUMER"), c.key, c.group, name)
}

// Pending adds an entry to what the consumer has not acknowledged.
func (c *Commands) Pending(id rdb.ID, delivered, count int64) error {
	return c.write("XCLAIM", c.key, c.group, c.consumer, []byte("0"), idText(id),
		[]byte("TIME"), number(delivered), []byte("RETRYCOUNT"), number(count), []byte("JUSTID"), []byte("FORCE"))
}

func number(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

func idText(id rdb.ID) []byte {
	return strconv.AppendUint(append(strconv.AppendUint(nil, id.Ms, 10), '-'), id.Seq, 10)
}
