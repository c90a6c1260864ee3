package server

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// events is notify-keyspace-events: which classes are published, and how.
type events struct{ mask atomic.Uint64 }

// eventBit is the bit of a class's letter; all letters lie within 64.
func eventBit(class byte) uint64 { return 1 << (class & 63) }

func (e *events) set(text string) {
	mask := uint64(0)
	for i := range len(text) {
		if text[i] == 'A' {
			for _, class := range []byte("g$lshzxetd") {
				mask |= eventBit(class)
			}
			continue
		}
		mask |= eventBit(text[i])
	}
	if mask&(eventBit('K')|eventBit('E')) == 0 {
		mask = 0
	}
	e.mask.Store(mask)
}

// notify publishes an event of a key.
func (s *Server) notify(class byte, event string, db int, key []byte) {
	mask := s.events.mask.Load()
	if mask&eventBit(class) == 0 {
		return
	}
	number := strconv.Itoa(db)
	if mask&eventBit('K') != 0 {
		s.Publish(command.Channel, append([]byte("__keyspace@"+number+"__:"), key...), []byte(event))
	}
	if mask&eventBit('E') != 0 {
		s.Publish(command.Channel, []byte("__keyevent@"+number+"__:"+event), key)
	}
}

// invoke runs a command's handler, and tells those who want to know what it did.
func (s *Server) invoke(c *command.Ctx) error {
	if !c.Spec.Has(command.Write) {
		return s.invokeUncounted(c)
	}
	changes := c.Keys.Changes()
	err := s.invokeUncounted(c)
	if c.Keys.Changes() != changes && !c.Spec.Nests { // the commands of a script count
		s.changes.Add(1)
	}
	return err
}

func (s *Server) invokeUncounted(c *command.Ctx) error {
	if c.Keys.Followed() {
		return s.record(c)
	}
	return s.handle(c)
}

// handle is invoke without the replicas.
func (s *Server) handle(c *command.Ctx) error {
	c.Took = nil
	if (s.events.mask.Load() == 0 && s.tracking.count.Load() == 0) || c.Spec.Nests || c.Spec.Name == "exec" {
		return c.Spec.Handler(c)
	}
	return s.observe(c)
}

// observe compares the keys before and after a command.
func (s *Server) observe(c *command.Ctx) error {
	by, script := sender(c)
	if c.Spec.FirstKey == 0 && c.Spec.Keys == nil {
		err := c.Spec.Handler(c)
		switch {
		case err != nil:
		case c.Spec.Name == "flushall" || c.Spec.Name == "flushdb":
			s.tracking.flushed()
		case script != nil && c.Spec.Has(command.ReadOnly):
			s.remember(by, script, nil)
		}
		return err
	}
	keys, err := c.Spec.AppendKeys(nil, c.Args)
	if err != nil {
		return c.Spec.Handler(c)
	}
	o := observation{c: c, srv: s, keys: keys, before: make([]keyspace.Type, len(keys))}
	for i, key := range keys {
		if o.before[i], err = c.Keys.Type(c.DB, key); err != nil {
			return err
		}
	}
	if err := o.look(); err != nil {
		return err
	}
	writes := c.Keys.Writes()
	c.Event = ""
	err = c.Spec.Handler(c)
	for _, key := range c.Keys.TakeLapsed() {
		s.expired(key.DB, []byte(key.Key))
	}
	if err != nil || c.Wait != nil {
		return err
	}
	if c.Spec.Has(command.ReadOnly) {
		s.remember(by, script, keys)
		for i, key := range keys {
			if o.before[i] == keyspace.TypeNone {
				s.notify('m', "keymiss", c.DB, key)
			}
		}
	}
	if c.Keys.Writes() == writes {
		return nil
	}
	for _, key := range modifiedKeys(c, keys) {
		s.tracking.changed(s, key, by)
	}
	return o.publish()
}

// modifiedKeys are those of a command's keys that it may have modified.
func modifiedKeys(c *command.Ctx, keys [][]byte) [][]byte {
	switch name := c.Spec.Name; {
	case len(keys) == 0:
		return nil
	case c.Took != nil:
		return [][]byte{c.Took}
	case storeClasses[name] != 0:
		return keys[:1]
	case name == "copy" || name == "sort" || name == "georadius" || name == "georadiusbymember":
		return keys[1:]
	}
	return keys
}

// observation is a command that wrote, and what its keys held before.
type observation struct {
	c      *command.Ctx
	srv    *Server
	keys   [][]byte
	before []keyspace.Type
	after  []keyspace.Type
	length int64 // of the stream that XADD may trim, or SMOVE's target, before it
	// consumers are how many the group of a command for a consumer had, by key.
	consumers []int64
}

func (o *observation) publish() error {
	o.after = make([]keyspace.Type, len(o.keys))
	for i, key := range o.keys {
		var err error
		if o.after[i], err = o.c.Keys.Type(o.c.DB, key); err != nil {
			return err
		}
	}
	if err := o.command(); err != nil {
		return err
	}
	for i := range o.keys {
		o.tellNew(i)
	}
	return nil
}

// tell tells an event of a key, and before its first that it is new if it is.
func (o *observation) tell(class byte, event string, i int) {
	o.tellNew(i)
	o.srv.notify(class, event, o.c.DB, o.keys[i])
}

func (o *observation) tellNew(i int) {
	if o.before[i] != keyspace.TypeNone || o.after[i] == keyspace.TypeNone {
		return
	}
	for j, key := range o.keys { // a key may be named twice
		if bytes.Equal(key, o.keys[i]) {
			o.before[j] = o.after[j]
		}
	}
	o.srv.notify('n', "new", o.c.DB, o.keys[i])
}

// gone reports whether the command removed a key.
func (o *observation) gone(i int) bool {
	return o.before[i] != keyspace.TypeNone && o.after[i] == keyspace.TypeNone
}

// on tells an event of a key, and that it is gone if it is.
func (o *observation) on(class byte, event string, i int) {
	o.tell(class, event, i)
	if o.gone(i) {
		o.tell('g', "del", i)
	}
}

// stored tells the event of a result that took a key's place.
func (o *observation) stored(class byte, event string) {
	switch {
	case o.after[0] != keyspace.TypeNone:
		o.tell(class, event, 0)
	case o.gone(0):
		o.tell('g', "del", 0)
	}
}

// simpleEvents are those of commands with one key and always the same event.
var simpleEvents = map[string]struct {
	class byte
	event string
}{
	"setnx": {'$', "set"}, "getset": {'$', "set"}, "append": {'$', "append"}, "setrange": {'$', "setrange"},
	"incr": {'$', "incrby"}, "decr": {'$', "incrby"}, "incrby": {'$', "incrby"}, "decrby": {'$', "incrby"},
	"incrbyfloat": {'$', "incrbyfloat"}, "setbit": {'$', "setbit"},
	"pfadd": {'$', "pfadd"},
	"lpush": {'l', "lpush"}, "lpushx": {'l', "lpush"}, "rpush": {'l', "rpush"}, "rpushx": {'l', "rpush"},
	"lpop": {'l', "lpop"}, "rpop": {'l', "rpop"}, "linsert": {'l', "linsert"}, "lset": {'l', "lset"},
	"lrem": {'l', "lrem"}, "ltrim": {'l', "ltrim"},
	"sadd": {'s', "sadd"}, "srem": {'s', "srem"}, "spop": {'s', "spop"},
	"zincrby": {'z', "zincr"}, "zrem": {'z', "zrem"}, "zremrangebyrank": {'z', "zremrangebyrank"},
	"zremrangebyscore": {'z', "zremrangebyscore"}, "zremrangebylex": {'z', "zremrangebylex"},
	"zpopmin": {'z', "zpopmin"}, "zpopmax": {'z', "zpopmax"}, "geoadd": {'z', "zadd"},
	"hset": {'h', "hset"}, "hmset": {'h', "hset"}, "hsetnx": {'h', "hset"}, "hdel": {'h', "hdel"},
	"hincrby": {'h', "hincrby"}, "hincrbyfloat": {'h', "hincrbyfloat"}, "hpersist": {'h', "hpersist"},
	"xdel": {'t', "xdel"}, "xtrim": {'t', "xtrim"}, "xsetid": {'t', "xsetid"},
	"xgroup|create": {'t', "xgroup-create"}, "xgroup|setid": {'t', "xgroup-setid"},
	"xgroup|destroy": {'t', "xgroup-destroy"}, "xgroup|createconsumer": {'t', "xgroup-createconsumer"},
	"xgroup|delconsumer": {'t', "xgroup-delconsumer"},
	"persist":            {'g', "persist"}, "restore": {'g', "restore"},
}

// storeClasses are the commands that store a result in their first key, under an
// event of their own name unless storeEvents has another.
var storeClasses = map[string]byte{
	"sinterstore": 's', "sunionstore": 's', "sdiffstore": 's',
	"zinterstore": 'z', "zunionstore": 'z', "zdiffstore": 'z', "zrangestore": 'z', "geosearchstore": 'z',
	"bitop": '$', "pfmerge": '$',
}

var storeEvents = map[string]string{"bitop": "set", "pfmerge": "pfadd"}

// command publishes what a command did, under redis-server's names.
func (o *observation) command() error {
	name := o.c.Spec.FullName()
	if simple, ok := simpleEvents[name]; ok {
		o.on(simple.class, simple.event, 0)
		return nil
	}
	if class, ok := storeClasses[name]; ok {
		event := storeEvents[name]
		if event == "" {
			event = name
		}
		o.stored(class, event)
		return nil
	}
	args := o.c.Args
	switch name {
	case "xadd":
		return o.added()
	case "xreadgroup", "xclaim", "xautoclaim":
		return o.joined()
	case "set", "setex", "psetex":
		o.set(name)
	case "mset", "msetnx":
		for i := range o.keys {
			o.tell('$', "set", i)
		}
	case "getdel", "del", "unlink", "migrate":
		for i := range o.keys {
			if o.gone(i) && !named(o.keys[:i], o.keys[i]) {
				o.tell('g', "del", i)
			}
		}
	case "bitfield":
		if o.c.Event != "" {
			o.tell('$', o.c.Event, 0)
		}
	case "hexpire", "hpexpire", "hexpireat", "hpexpireat":
		o.on('h', o.c.Event, 0)
	case "getex", "expire", "pexpire", "expireat", "pexpireat":
		o.expiry()
	case "rename", "renamenx":
		o.before[1] = keyspace.TypeNone // what was there was removed first
		o.tellNew(1)
		o.tell('g', "rename_from", 0)
		o.tell('g', "rename_to", 1)
	case "copy":
		o.before[1] = o.after[1] // of this database, where nothing happened
		db := o.otherDB()
		o.srv.notify('n', "new", db, o.keys[1])
		o.srv.notify('g', "copy_to", db, o.keys[1])
	case "move":
		db := o.otherDB()
		o.srv.notify('n', "new", db, o.keys[0])
		o.tell('g', "move_from", 0)
		o.srv.notify('g', "move_to", db, o.keys[0])
	case "sort":
		if len(o.keys) > 1 {
			o.keys, o.before, o.after = o.keys[1:], o.before[1:], o.after[1:]
			o.stored('l', "sortstore")
		}
	case "georadius", "georadiusbymember":
		if len(o.keys) > 1 {
			o.keys, o.before, o.after = o.keys[1:], o.before[1:], o.after[1:]
			o.stored('z', "georadiusstore")
		}
	case "smove":
		o.on('s', "srem", 0)
		n, err := o.targetLen()
		if err == nil && n > o.length {
			o.tell('s', "sadd", 1)
		}
		return err
	case "zadd":
		event := "zadd"
		for _, arg := range args[2:] {
			if command.Is(arg, "INCR") {
				event = "zincr"
			}
		}
		o.on('z', event, 0)
	case "rpoplpush", "brpoplpush":
		o.moved("rpop", "lpush")
	case "lmove", "blmove":
		o.moved(sideOf(args[3])+"pop", sideOf(args[4])+"push")
	default:
		o.popped(name)
	}
	return nil
}

// look notes, before the command, what else its events depend on.
func (o *observation) look() (err error) {
	switch name := o.c.Spec.Name; {
	case name == "xadd" && o.before[0] == keyspace.TypeStream:
		var stream keyspace.Stream
		stream, err = o.c.Keys.Stream(o.c.DB, o.keys[0])
		o.length = stream.Len()
	case name == "smove" && o.before[1] == keyspace.TypeSet:
		o.length, err = o.targetLen()
	case name == "xreadgroup" || name == "xclaim" || name == "xautoclaim":
		o.consumers, err = o.countConsumers()
	}
	return err
}

// targetLen is how many members SMOVE's target has.
func (o *observation) targetLen() (int64, error) {
	target, err := o.c.Keys.Set(o.c.DB, o.keys[1])
	return target.Len(), err
}

// countConsumers counts the consumers of the command's group in each stream.
func (o *observation) countConsumers() ([]int64, error) {
	args := o.c.Args
	group := args[2]
	if o.c.Spec.Name == "xreadgroup" {
		i := slices.IndexFunc(args, func(arg []byte) bool { return command.Is(arg, "GROUP") })
		if i < 0 || i+1 >= len(args) {
			return make([]int64, len(o.keys)), nil
		}
		group = args[i+1]
	}
	counts := make([]int64, len(o.keys))
	for i, key := range o.keys {
		kind, err := o.c.Keys.Type(o.c.DB, key)
		if err != nil {
			return nil, err
		}
		if kind != keyspace.TypeStream {
			continue
		}
		stream, err := o.c.Keys.Stream(o.c.DB, key)
		if err != nil {
			return nil, err
		}
		g, ok, err := stream.Group(group)
		if err != nil {
			return nil, err
		}
		if ok {
			counts[i] = g.Consumers
		}
	}
	return counts, nil
}

// joined tells of consumers that a command made on the way.
func (o *observation) joined() error {
	counts, err := o.countConsumers()
	if err != nil {
		return err
	}
	for i := range counts {
		if counts[i] > o.consumers[i] && !named(o.keys[:i], o.keys[i]) {
			o.tell('t', "xgroup-createconsumer", i)
		}
	}
	return nil
}

// added tells of a new entry in a stream, and of those that made room for it.
func (o *observation) added() error {
	o.tell('t', "xadd", 0)
	stream, err := o.c.Keys.Stream(o.c.DB, o.keys[0])
	if err == nil && stream.Len() <= o.length {
		o.tell('t', "xtrim", 0)
	}
	return err
}

// named reports whether a key is one of keys.
func named(keys [][]byte, key []byte) bool {
	return slices.ContainsFunc(keys, func(k []byte) bool { return bytes.Equal(k, key) })
}

func sideOf(arg []byte) string {
	if command.Is(arg, "LEFT") {
		return "l"
	}
	return "r"
}

func (o *observation) moved(pop, push string) {
	o.tell('l', push, 1)
	o.on('l', pop, 0)
}

// popped publishes what the commands over several keys took from the first of
// them that had something.
func (o *observation) popped(name string) {
	class, event := byte('z'), strings.TrimPrefix(name, "b")
	switch name {
	case "bzpopmin", "bzpopmax":
	case "blpop", "brpop":
		class = 'l'
	case "lmpop", "blmpop":
		class, event = 'l', o.where("RIGHT", "rpop", "lpop")
	case "zmpop", "bzmpop":
		event = o.where("MAX", "zpopmax", "zpopmin")
	default:
		return
	}
	for i, key := range o.keys {
		if bytes.Equal(key, o.c.Took) {
			o.on(class, event, i)
			return
		}
	}
}

// where picks the event by the word after the keys. Their number comes before
// them, after the timeout if the command blocks.
func (o *observation) where(word, with, without string) string {
	at := 2 + len(o.keys)
	if o.c.Spec.Has(command.Blocking) {
		at++
	}
	if at < len(o.c.Args) && command.Is(o.c.Args[at], word) {
		return with
	}
	return without
}

func (o *observation) set(name string) {
	if o.after[0] == keyspace.TypeNone {
		o.on('$', "set", 0)
		return
	}
	o.tell('$', "set", 0)
	expires := name != "set"
	for i := 3; i < len(o.c.Args); i++ {
		for _, word := range []string{"EX", "PX", "EXAT", "PXAT"} {
			expires = expires || command.Is(o.c.Args[i], word)
		}
	}
	if expires {
		o.tell('g', "expire", 0)
	}
}

func (o *observation) expiry() {
	switch {
	case o.gone(0):
		o.tell('g', "del", 0)
	case o.c.Spec.Name == "getex" && bytes.EqualFold(o.c.Args[len(o.c.Args)-1], []byte("PERSIST")):
		o.tell('g', "persist", 0)
	default:
		o.tell('g', "expire", 0)
	}
}

// otherDB is the database that the command names, or the one it ran in.
func (o *observation) otherDB() int {
	db := o.c.DB
	args := o.c.Args
	if o.c.Spec.Name == "move" {
		args = [][]byte{[]byte("DB"), args[2]}
	}
	for j := 0; j+1 < len(args); j++ {
		if (j >= 3 || len(args) == 2) && command.Is(args[j], "DB") {
			if n, err := command.ParseInt(args[j+1]); err == nil {
				db = int(n)
			}
		}
	}
	return db
}

// expired tells that a key's time was over.
func (s *Server) expired(db int, key []byte) {
	s.watches.tellKey(db, key)
	s.tracking.changed(s, key, nil)
	if s.events.mask.Load() != 0 {
		s.notify('x', "expired", db, key)
	}
	if ready := (keyspace.Ready{DB: db, Key: string(key)}); s.waiters.has(ready) {
		s.wakeSoon(s.loops[0].sessions(), ready)
	}
}

// fieldsExpired tells that a hash lost fields whose time was over.
func (s *Server) fieldsExpired(e *keyspace.FieldsExpired) {
	if s.watches.active() {
		s.watches.touchKey(e.DB, e.Key)
	}
	s.tracking.changed(s, e.Key, nil)
	if s.events.mask.Load() != 0 {
		s.notify('h', "hexpired", e.DB, e.Key)
		if e.Gone {
			s.notify('g', "del", e.DB, e.Key)
		}
	}
}
