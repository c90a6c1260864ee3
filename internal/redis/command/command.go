package command

import (
	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Flag is a property of a command, with redis-server's names.
type Flag uint32

// Flags as COMMAND INFO reports them.
const (
	Write Flag = 1 << iota
	ReadOnly
	DenyOOM
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	SkipMonitor
	SkipSlowlog
	Asking
	Fast
	NoAuth
	MayReplicate
	NoAsyncLoading
	NoMulti
	AllowBusy
	MovableKeys // keys cannot be found by position alone; see Spec.Keys
	NoMandatoryKeys
)

// Spec is all that orbit knows of a command. COMMAND INFO and DOCS, the docs
// page, argument checks, key locks and ACL categories come from it.
type Spec struct {
	Name string // lower case; a subcommand is named alone ("info"), its parent holds it
	// Arity counts the name (and for a subcommand its parent's): exact when
	// positive, a minimum when negative.
	Arity int
	Flags Flag
	// FirstKey, LastKey and Step give key positions (1 is the first argument);
	// LastKey counts from the end when negative; all 0: no keys.
	FirstKey, LastKey, Step int
	// Keys finds the key positions where positions alone cannot (numkeys, STORE).
	Keys func(args [][]byte) ([]int, error)
	// Access says what a command line does with its keys, where that depends on the
	// other arguments.
	Access func(args [][]byte) acl.Access
	// Categories are the ACL categories without "@".
	Categories []string
	Group      string // string, list, hash, …, as redis.io groups them
	Since      string
	Complexity string
	Summary    string
	Args       []Arg
	Sub        []*Spec
	// Long says that the command may take so long that it must leave the event
	// loop; the session reads nothing more until it is done.
	Long bool
	// Brief tells of a call of a Long command that it is short after all; nil: none is.
	Brief func(args [][]byte) bool
	// Exclusive says that the command works on the whole keyspace (FLUSHALL): no
	// other command runs meanwhile.
	Exclusive bool
	// Settles says that the writes that came before are applied before it runs.
	Settles bool
	// Nests says that the command runs others, which account for themselves what
	// they modify.
	Nests bool
	// Handler runs the command. An error is the reply; what the handler wrote
	// before it is dropped. A parent whose subcommands do the work has none.
	Handler func(c *Ctx) error

	parent *Spec
	index  int
	access []acl.Access
}

// Arg documents one argument, as COMMAND DOCS gives it.
type Arg struct {
	Name          string
	Type          string // string, integer, double, key, pattern, unix-time, pure-token, oneof, block
	Token         string
	Optional      bool
	Multiple      bool
	MultipleToken bool
	KeySpec       int // index+1 of the key spec it names, 0 if none
	Args          []Arg
}

// Ctx is what a handler works with. It is reused between commands: nothing in
// it, and no slice of Args, may be kept after the handler returns.
type Ctx struct {
	Args [][]byte // Args[0] is the command's name as the client wrote it
	Spec *Spec
	Out  *resp.Writer
	// Keys is the keyspace as this run of commands sees it, its own writes
	// included. The command's keys are locked before its handler runs.
	Keys *keyspace.Run
	DB   int // selected database
	// Session is the connection, Server what the commands about the server need.
	Session Session
	Server  Server
	// MayBlock says that the command may wait, with Block, which sets Wait. Ready
	// is the key because of which a command that waited runs again.
	MayBlock bool
	Wait     *Wait
	// Alone says that the run is this command's alone: its handler may apply it and
	// lock keys again.
	Alone bool
	Ready []byte
	// Event is the keyspace event of what the handler did, where the command's name
	// does not tell.
	Event string
	// Took is the key that a command which pops from the first of several keys
	// popped from, or the only one that SMOVE modified.
	Took []byte
	// Unfollowed keeps what the command does from replicas.
	Unfollowed  bool
	propagation propagation
}

// IsBrief reports whether a call of a Long command is short after all.
func (s *Spec) IsBrief(args [][]byte) bool { return s.Brief != nil && s.Brief(args) }
