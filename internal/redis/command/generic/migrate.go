package generic

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

var migrateSpec = &command.Spec{
	Name:     "migrate",
	Arity:    -6,
	Flags:    command.Write | command.MovableKeys,
	FirstKey: 3, LastKey: 3, Step: 1,
	Categories: []string{"keyspace", "write", "slow", "dangerous"},
	Group:      "generic",
	Since:      "2.6.0",
	Complexity: "This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of these commands for time complexity. Also an O(N) data transfer between the two instances is performed.",
	Summary:    "Atomically transfer a key from a Redis instance to another one.",
	Args: []command.Arg{
		{Name: "host", Type: "string"},
		{Name: "port", Type: "integer"},
		{Name: "key_or_empty_string", Type: "oneof", Args: []command.Arg{
			{Name: "key", Type: "key", KeySpec: 1},
			{Name: "empty_string", Type: "pure-token", Token: ""},
		}},
		{Name: "destination-db", Type: "integer"},
		{Name: "timeout", Type: "integer"},
		{Name: "copy", Type: "pure-token", Token: "COPY", Optional: true},
		{Name: "replace", Type: "pure-token", Token: "REPLACE", Optional: true},
		{Name: "authentication", Type: "oneof", Optional: true, Args: []command.Arg{
			{Name: "password", Type: "string", Token: "AUTH", Optional: true},
			{Name: "username_password", Type: "block", Token: "AUTH2", Optional: true, Args: []command.Arg{
				{Name: "username", Type: "string"},
				{Name: "password", Type: "string"},
			}},
		}},
		{Name: "key", Type: "key", Token: "KEYS", Optional: true, Multiple: true, KeySpec: 2},
	},
	Keys:    migrateKeys,
	Long:    true,
	Handler: runMigrate,
}

// migrateKeys is the key, or those after KEYS where it is empty.
func migrateKeys(args [][]byte) ([]int, error) {
	for i := 6; i < len(args); i++ {
		switch {
		case command.Is(args[i], "AUTH"):
			i++
		case command.Is(args[i], "AUTH2"):
			i += 2
		case command.Is(args[i], "KEYS"):
			if len(args[3]) > 0 {
				return nil, nil // MIGRATE itself refuses both
			}
			var keys []int
			for i++; i < len(args); i++ {
				keys = append(keys, i)
			}
			return keys, nil
		}
	}
	return []int{3}, nil
}

// migration is a MIGRATE under way.
type migration struct {
	c             *command.Ctx
	peer          *peer
	db            []byte
	login         [][]byte // AUTH and its words, if it is to log in
	timeout       time.Duration
	copy, replace bool
	keys          [][]byte
	limits        rdb.Limits
	removed       bool // some keys have gone
}

// parcel is a key on its way.
type parcel struct {
	key     []byte
	payload []byte
	expire  int64
	replace bool // the other server may have it: we put it there
	arrived bool
}

const (
	errMigrateKeys  command.Error = "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
	errMigrateHuge  command.Error = "ERR MIGRATE of too many bytes at once: name fewer keys"
	errMigrateBusy  command.Error = "ERR the keys are modified faster than they can be sent; they stay here"
	errMigrateAlone command.Error = "ERR MIGRATE is not supported by this server within a transaction or script"
)

const (
	// migrateBytes bounds what several keys take together on their way.
	migrateBytes = 256 << 20
	// migrateTries is how often a key is sent that is modified meanwhile.
	migrateTries = 16
)

// runMigrate sends keys to another server and removes them here. The keys are locked
// while they are read and while they are removed, not while they travel: others
// would wait for a network. A key that was modified meanwhile is sent again.
func runMigrate(c *command.Ctx) error {
	m := migration{c: c, db: c.Args[4], keys: c.Args[3:4], limits: rdb.DefaultLimits}
	if err := m.parse(); err != nil {
		return err
	}
	if !c.Alone {
		return errMigrateAlone
	}
	m.limits = dataset.Limits(c.Server.Params())
	parcels, err := m.pack()
	if err != nil {
		return err
	}
	if len(parcels) == 0 {
		c.Out.Simple("NOKEY")
		return nil
	}
	if err := m.unlock(); err != nil {
		return err
	}
	if m.peer, err = dialPeer(string(c.Args[1]), string(c.Args[2]), m.timeout); err != nil {
		return err
	}
	defer func() { _ = m.peer.conn.Close() }() // nothing is left to be said
	if err := m.enter(); err != nil {
		return err
	}
	for tries := 1; len(parcels) > 0; tries++ {
		failed := m.ship(parcels)
		if m.copy {
			if failed != nil {
				return failed
			}
			break
		}
		if parcels, err = m.remove(parcels); err != nil || failed != nil {
			return m.fail(cmp.Or(failed, err))
		}
		if tries == migrateTries && len(parcels) > 0 {
			return m.fail(errMigrateBusy)
		}
	}
	c.Out.OK()
	return nil
}

// fail replies an error. A handler that returned one would have done nothing: some
// keys may have gone.
func (m *migration) fail(err error) error {
	if !m.removed {
		return err
	}
	text := command.ReplyText(err)
	code, _, _ := strings.Cut(text, " ")
	m.c.Server.Telemetry().CountError(code)
	m.c.Out.Error(text)
	return nil
}

func (m *migration) parse() error {
	args := m.c.Args
	for i := 6; i < len(args); i++ {
		left := len(args) - 1 - i
		switch {
		case command.Is(args[i], "COPY"):
			m.copy = true
		case command.Is(args[i], "REPLACE"):
			m.replace = true
		case command.Is(args[i], "AUTH") && left > 0:
			m.login = [][]byte{[]byte("AUTH"), args[i+1]}
			i++
		case command.Is(args[i], "AUTH2") && left > 1:
			m.login = [][]byte{[]byte("AUTH"), args[i+1], args[i+2]}
			i += 2
		case command.Is(args[i], "KEYS"):
			if len(args[3]) > 0 {
				return errMigrateKeys
			}
			m.keys = args[i+1:]
			i = len(args)
		default:
			return command.ErrSyntax
		}
	}
	timeout, err := command.ParseInt(args[5])
	if err != nil {
		return err
	}
	if _, err := command.ParseInt(m.db); err != nil {
		return err
	}
	if timeout <= 0 {
		timeout = 1000
	}
	m.timeout = time.Duration(min(timeout, math.MaxInt32)) * time.Millisecond
	return nil
}

// pack reads the keys that exist.
func (m *migration) pack() (parcels []parcel, err error) {
	total := 0
	for _, key := range m.keys {
		p := parcel{key: key, replace: m.replace}
		exists, err := m.read(&p)
		if err != nil {
			return nil, err
		}
		if !exists {
			continue
		}
		if total += len(p.payload); total > migrateBytes && len(parcels) > 0 {
			return nil, errMigrateHuge
		}
		parcels = append(parcels, p)
	}
	return parcels, nil
}

func (m *migration) read(p *parcel) (exists bool, err error) {
	k, err := m.c.Keys.Key(m.c.DB, p.key)
	if err != nil || !k.Exists() {
		return false, err
	}
	p.expire = k.Expire
	p.payload, err = dataset.Dump(&k, m.limits)
	return true, err
}

// unlock lets the keys go. Nothing was written since they were locked, or it is
// durable when the command ends.
func (m *migration) unlock() error {
	pending, err := m.c.Keys.Apply()
	if err == nil && pending != nil {
		err = pending.Wait()
	}
	return err
}

// enter logs in and selects the database. The keys come after the replies: without
// the right database they must not arrive at all.
func (m *migration) enter() error {
	if m.login != nil {
		m.peer.send(nil, m.login...)
	}
	m.peer.send(nil, []byte("SELECT"), m.db)
	return m.peer.exchange()
}

// ship sends the parcels.
func (m *migration) ship(parcels []parcel) error {
	now := time.Now().UnixMilli()
	for i := range parcels {
		p := &parcels[i]
		if p.payload == nil { // it is gone here
			m.peer.send(func() { p.arrived = true }, []byte("DEL"), p.key)
			continue
		}
		ttl := int64(0)
		if p.expire != 0 {
			ttl = max(1, p.expire-now)
		}
		words := [][]byte{[]byte("RESTORE"), p.key, strconv.AppendInt(nil, ttl, 10), p.payload}
		if p.replace {
			words = append(words, []byte("REPLACE"))
		}
		m.peer.send(func() { p.arrived = true }, words...)
	}
	return m.peer.exchange()
}

// remove deletes the keys that have arrived as they are here, and returns the others,
// to be sent again.
func (m *migration) remove(parcels []parcel) (again []parcel, err error) {
	keys := make([][]byte, len(parcels))
	for i := range parcels {
		keys[i] = parcels[i].key
	}
	if err := m.c.Keys.Lock(m.c.DB, keys, true); err != nil {
		return nil, err
	}
	var removed [][]byte
	for i := range parcels {
		p := &parcels[i]
		if !p.arrived {
			continue
		}
		is := parcel{key: p.key, replace: true}
		if _, err := m.read(&is); err != nil {
			return nil, err
		}
		switch {
		case is.expire != p.expire || !bytes.Equal(is.payload, p.payload):
			again = append(again, is)
		case p.payload != nil:
			if _, err := m.c.Keys.Delete(m.c.DB, p.key); err != nil {
				return nil, err
			}
			removed = append(removed, p.key)
		}
	}
	if m.removed = m.removed || len(removed) > 0; len(removed) > 0 {
		m.c.Propagate("DEL", removed)
	}
	if len(again) > 0 {
		err = m.unlock()
	}
	return again, err
}
