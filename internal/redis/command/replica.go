package command

// Replica is a session's part in replication: of one whose client follows the
// server's writes, or waits for those who do.
type Replica interface {
	// Handshake is what the client said of itself with REPLCONF, to be changed.
	Handshake() *Handshake
	// Sync makes the client a replica, which answers it with the data set or, if it
	// has part of the history of this id up to an offset, the rest of that. An
	// empty id is a client's that does not know of histories. False: it is one
	// already.
	Sync(id string, offset int64) bool
	// Acknowledge notes how much of the stream a replica has.
	Acknowledge(offset int64)
	// AcknowledgeOnDisk notes how much of the stream a replica has on disk.
	AcknowledgeOnDisk(offset int64)
	// WriteOffset is how long the stream was after this client's last write, or
	// longer.
	WriteOffset() int64
	// WritePlace is the place in the journal, in the same way.
	WritePlace() uint64
	// AskedForAck has a primary's session tell the primary how much it has taken.
	AskedForAck()
	// ReadOnly reports whether this client may not write, and Stale whether it may run
	// only what has nothing to do with the data: the server follows a primary, or has
	// lost it.
	ReadOnly() bool
	Stale() bool
}

// Handshake is what a replica says of itself.
type Handshake struct {
	Port int    // where it listens
	Host string // under which address it wants to be known; empty: the connection's
	// EOF says that it can take a data set whose size is not told first.
	EOF bool
	// RDBOnly says that it wants the data set and no stream.
	RDBOnly bool
}

// Replication describes the stream and those who follow it.
type Replication struct {
	// Primary is whom the server itself follows, nil if nobody.
	Primary     *Primary
	ID          string
	Offset      int64
	Active      bool // there is a backlog
	BacklogSize int64
	FirstByte   int64
	Kept        int64
	Replicas    []ReplicaState
	// Good counts the replicas that acknowledged lately, if that matters.
	Good int
	// FullSyncs, PartialSyncs and RefusedPartials count since the start.
	FullSyncs, PartialSyncs, RefusedPartials uint64
}

// Primary is what INFO and ROLE tell of the primary that the server follows.
type Primary struct {
	Host string
	Port int
	// State is ROLE's word: connect, connecting, handshake, sync or connected.
	State string
	Up    bool
	// LastIO and DownFor are in seconds, -1 if there is no link, or never was one.
	LastIO, DownFor int64
	// Read is how much of the stream has come, Offset how much is applied; -1 if
	// there is no link.
	Read, Offset int64
	Linked       bool
	// Transfer is the data set that is coming, nil if none is.
	Transfer *Transfer
}

// Transfer is how far a data set has come: Total is 0 if the primary does not say.
type Transfer struct{ Total, Read, LastIO int64 }

// ReplicaState is what INFO and ROLE tell of a replica.
type ReplicaState struct {
	Host   string
	Port   int
	State  string // wait_bgsave, send_bulk or online
	Offset int64  // acknowledged
	Lag    int64  // seconds since then
}
