package transfer

import (
	"io"

	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// Restores writes a RESTORE command for each key: its reply tells whether the key was
// there already.
type Restores struct {
	*Commands
	// Replace has them replace what is there.
	Replace bool
	// DryRun has the server asked whether each key is there, and nothing changed.
	DryRun bool
	// Sent is called after each command but SELECT, whose replies all say OK; key is
	// nil for a library. Its error ends the walk.
	Sent func(db int, key []byte) error

	value *rdb.Encoder // between BeginKey and EndKey
}

var (
	_ Sink     = (*Restores)(nil)
	_ LineSink = (*Restores)(nil)
)

// NewRestores writes to w.
func NewRestores(w io.Writer) *Restores {
	return &Restores{Commands: NewCommands(w), Sent: func(int, []byte) error { return nil }}
}

// SelectDB chooses a database: its reply comes, too.
func (c *Restores) selectDB(db int) error {
	if db == c.db {
		return nil
	}
	if err := c.Commands.SelectDB(db); err != nil {
		return err
	}
	return c.Sent(db, nil)
}

// Function is Sink's.
func (c *Restores) Function(code []byte) error {
	if c.DryRun {
		return nil
	}
	args := [][]byte{[]byte("LOAD"), code}
	if c.Replace {
		args = [][]byte{[]byte("LOAD"), []byte("REPLACE"), code}
	}
	if err := c.write("FUNCTION", args...); err != nil {
		return err
	}
	return c.Sent(c.db, nil)
}

// Key is Sink's.
func (c *Restores) Key(e *rdb.Entry, r *rdb.Reader) error {
	payload, err := r.Payload()
	if err != nil {
		return err
	}
	return c.Restore(e, payload)
}

// BeginKey is LineSink's.
func (c *Restores) BeginKey(*rdb.Entry) (*rdb.Encoder, error) {
	c.value = rdb.NewEncoder(rdb.DefaultLimits)
	return c.value, nil
}

// EndKey is LineSink's.
func (c *Restores) EndKey(e *rdb.Entry) error {
	payload, err := c.value.Payload()
	if err != nil {
		return err
	}
	return c.Restore(e, payload)
}

// Restore writes the command for a payload of DUMP.
func (c *Restores) Restore(e *rdb.Entry, payload []byte) error {
	if err := c.selectDB(e.DB); err != nil {
		return err
	}
	if c.DryRun {
		if err := c.write("EXISTS", e.Key); err != nil {
			return err
		}
		return c.Sent(e.DB, e.Key)
	}
	args := [][]byte{e.Key, number(e.Expire), payload, []byte("ABSTTL")}
	if c.Replace {
		args = append(args, []byte("REPLACE"))
	}
	if e.Idle >= 0 {
		args = append(args, []byte("IDLETIME"), number(e.Idle))
	} else if e.Freq >= 0 {
		args = append(args, []byte("FREQ"), number(int64(e.Freq)))
	}
	if err := c.write("RESTORE", args...); err != nil {
		return err
	}
	return c.Sent(e.DB, e.Key)
}
