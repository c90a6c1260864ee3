package command

import (
	"net"
	"time"

	"github.com/orbit-server/orbit/internal/redis/acl"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/param"
	"github.com/orbit-server/orbit/internal/redis/script"
	"github.com/orbit-server/orbit/internal/redis/telemetry"
)

// LocalAddr is the address of a client that came by way of the data directory.
const LocalAddr = "local:0"

// Session is the connection a command came on, as commands see it. Its methods
// are called on the goroutine that runs the command only.
type Session interface {
	// ID is the client's id, never used twice in a server's life.
	ID() int64
	// Info describes the client as CLIENT INFO does.
	Info() ClientInfo

	// SelectDB changes the selected database for the commands that follow.
	SelectDB(db int)
	// SetName sets the connection's name.
	SetName(name string)
	// SetLibrary sets what the client library says of itself: "LIB-NAME" or
	// "LIB-VER".
	SetLibrary(attribute, value string)
	// SetProto chooses RESP2 or RESP3, beginning with the reply under way.
	SetProto(proto int)
	// SetReplyMode is CLIENT REPLY.
	SetReplyMode(mode ReplyMode)
	// SetNoEvict and SetNoTouch are flags that CLIENT LIST shows.
	SetNoEvict(on bool)
	SetNoTouch(on bool)
	// Authenticated reports whether the client may run commands.
	Authenticated() bool
	// User is who the client is: the default user until it authenticates.
	User() *acl.User
	// Authenticate makes the client a user.
	Authenticate(user *acl.User)
	// Monitor turns the connection into a feed of all commands.
	Monitor()
	// Reset is RESET: as if newly connected.
	Reset()
	// Close closes the connection once the replies so far are sent.
	Close()

	Transaction
	Subscriber
	Tracker
	Replica
}

// Nester is a session that can run commands on behalf of the one under way, such
// as those of a script.
type Nester interface {
	// Nested runs the handler of c.Spec and accounts for it. The locks are held.
	// An error is the reply, in c.Out. A panic of the handler is passed on.
	Nested(c *Ctx)
	// OutOfMemory reports whether the command under way began above maxmemory, and
	// nothing could be evicted.
	OutOfMemory() bool
	// Refused counts a command that was refused with an error of this code.
	Refused(spec *Spec, code string)
}

// Scripted is the session of a script. Commands that would answer in no order
// answer it in one.
type Scripted interface {
	// Script is the command that runs the script.
	Script() *Ctx
}

// Counted is an error whose code is in the statistics already.
type Counted interface{ Counted() bool }

// Transaction is a session's MULTI state.
type Transaction interface {
	// InMulti reports whether commands are being queued.
	InMulti() bool
	// BeginMulti starts queueing.
	BeginMulti()
	// Discard drops the queue and all watches.
	Discard()
	// Exec runs the queue and writes its replies.
	Exec(c *Ctx) error
	// Watch lets a later Exec fail if a key was modified since.
	Watch(c *Ctx, keys [][]byte) error
	// Unwatch drops all watches.
	Unwatch()
}

// ReplyPeakReset is for how many milliseconds the peak of a reply buffer counts,
// unless TuneReplies said otherwise.
const ReplyPeakReset = 5000

// ReplyMode says which replies a client wants.
type ReplyMode uint8

// Reply modes of CLIENT REPLY.
const (
	ReplyOn ReplyMode = iota
	ReplyOff
	ReplySkip // not the next one
)

// ClientInfo is what is known of a client, as CLIENT LIST shows it.
type ClientInfo struct {
	ID               int64
	Addr, LAddr      string
	FD               int
	Name             string
	Age, Idle        time.Duration
	Flags            string
	Type             string // normal, pubsub, master, replica
	DB               int
	Sub, PSub, SSub  int
	Redirect         int64 // of CLIENT TRACKING; -1 if it is off
	Multi            int   // queued commands, -1 outside MULTI
	Watch            int
	QueryBuffer      int // bytes read and not yet executed
	QueryFree        int // room for more
	ArgvMem          int
	MultiMem         int
	OutputMem        int // bytes of replies not yet sent
	OutputList       int // pieces that they are in
	ReplySize        int // the client's own reply buffer
	ReplyPeak        int // most that it was asked to hold of late
	TotalMem         int
	Command          string // the last one, "NULL" if none
	User             string
	Proto            int
	LibName, LibVer  string
	NoTouch, NoEvict bool
}

// Place is where the data of both protocols is.
type Place struct {
	RedisMode, PostgresMode string // "" if that protocol is not served
	// ActorPersistence is what of actors' data outlives the process.
	ActorPersistence string
	// SavedAt is when actors' last complete snapshot of the keys was taken, zero if
	// there is none.
	SavedAt time.Time
}

// Server is what commands about the server itself work with. All methods are
// safe for concurrent use.
type Server interface {
	// Registry is the table of commands.
	Registry() *Registry
	// Params are the parameters of CONFIG.
	Params() *param.Params
	// RewriteConfig keeps what was changed of Params and Users for the next start.
	RewriteConfig() error
	// Keyspace is the data.
	Keyspace() *keyspace.Keyspace
	// Users are the users, their permissions, and the log of what was denied.
	Users() *acl.Users
	// Telemetry is the counters, the slow log and the latency monitor.
	Telemetry() *telemetry.Telemetry
	// Scripts is the engine of scripts and functions.
	Scripts() *script.Engine
	// Status describes the process and its connections.
	Status() Status
	// Memory tells what takes memory.
	Memory() Memory

	// Clients lists all connections by id.
	Clients() []ClientInfo
	// KillClient closes a connection; false if there is none of this id.
	KillClient(id int64) bool
	// UnblockClient ends the wait of a client's blocking command, as if its time
	// were over or with an error; false if no client of this id waits.
	UnblockClient(id int64, withError bool) bool
	// PauseClients holds commands back (writes only, or all) until the time.
	PauseClients(until time.Time, writesOnly bool)
	// UnpauseClients ends the pause.
	UnpauseClients()
	// TuneReplies sets for how many milliseconds the peak of a client's reply buffer
	// counts, negative for ever, and ResizeReplies whether its size follows it.
	TuneReplies(peakReset int64)
	ResizeReplies(on bool)
	// StopHousekeeping ends, or starts again, what the server does by the clock.
	StopHousekeeping(stop bool)

	// Publish sends a message to the subscribers of a channel, or shard channel,
	// and counts them.
	Publish(topic Topic, channel, message []byte) int
	// Subscribed lists the names of a kind that have subscribers, sorted.
	Subscribed(topic Topic) []string
	// Subscribers counts the clients subscribed to a name.
	Subscribers(topic Topic, name []byte) int

	// Follow makes the server a replica of another, or a primary if host is empty.
	// The command's run has the lock on the whole keyspace.
	Follow(c *Ctx, host string, port int) error
	// IsReplica reports whether the server follows a primary.
	IsReplica() bool
	// Place tells where the data is, and ChangeMode moves the data of a protocol,
	// redis or postgres, into the other kind of storage. It takes as long as that.
	Place() Place
	ChangeMode(protocol, mode string) error

	// Replication describes the replicas and what they follow.
	Replication() Replication
	// Acknowledged counts the replicas that have the stream up to offset, and
	// RequestAcks has them tell.
	Acknowledged(offset int64) int
	RequestAcks()
	// AcknowledgedOnDisk counts the replicas that have the stream up to offset on disk.
	AcknowledgedOnDisk(offset int64) int
	// OnDisk is the place in the journal up to which all is on disk; false if there
	// is none. SyncSoon has the rest follow.
	OnDisk() (place uint64, ok bool)
	SyncSoon()
	// TooFewReplicas reports whether min-replicas-to-write forbids writing.
	TooFewReplicas() bool

	// Save writes the data into an RDB file, the one that dir and dbfilename name,
	// and makes everything written so far durable. If another save is under way it
	// waits for that, or is refused.
	Save(wait bool) error
	// SaveInBackground begins to save the data of this moment and returns.
	SaveInBackground() error
	// RewriteInBackground begins to make the store small, as redis-server does with
	// its log, and returns.
	RewriteInBackground() error
	// Saves tells of these.
	Saves() Saves
	// LastSave is the time of the last successful Save, or of the start.
	LastSave() time.Time
	// RequestShutdown asks the process to stop; it returns at once. False if
	// nobody listens to such requests.
	RequestShutdown() bool
}

// Memory is what takes memory, in bytes, as INFO and MEMORY STATS tell it.
type Memory struct {
	Startup  int64 // the process when the server began, caches of storage included
	Data     int64 // the databases; see keyspace.Usage for this and the next ones
	Garbage  int64 // what was deleted and is not collected yet
	Clients  int64 // requests, transactions and replies
	Sessions int64 // connections beyond those
	Scripts  int64
	Peak     int64 // of Used

	Pending   int64  // objects that wait for the collector
	Collected uint64 // objects that it removed
}

// Used is used_memory.
func (m *Memory) Used() int64 {
	return m.Startup + m.Data + m.Garbage + m.Clients + m.Sessions + m.Scripts
}

// Counted is the part of Used that maxmemory bounds.
func (m *Memory) Counted() int64 { return m.Data + m.Clients }

// Status describes a running server.
type Status struct {
	Version    string // orbit's own
	RunID      string // 40 hexadecimal digits, new with each start
	Addr       net.Addr
	Started    time.Time
	Loops      int // event loops
	Clients    int
	MaxClients int
	Paused     string // "none", "write" or "all"
	Monitors   int
	Blocked    int // clients that wait
	Watching   int // clients that watch keys
	Watched    int // keys watched
	Tracking   TrackingStats
	Panics     uint64
	InputMem   int // bytes of requests held for all clients
	OutputMem  int // bytes of replies held for all clients
	// ReplyShrinks and ReplyExpands count changes of clients' reply buffers.
	ReplyShrinks, ReplyExpands int64
	// OpsPerSec and the traffic rates are means over the last seconds.
	OpsPerSec             int64
	InputKbps, OutputKbps float64
}
