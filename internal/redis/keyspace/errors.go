package keyspace

// Error is an error meant for the client: its text is the reply, code first.
// Any other error of this package is a failure of storage.
type Error string

func (e Error) Error() string { return string(e) }

// Errors that the data model itself raises, in redis-server's words.
const (
	ErrWrongType  Error = "WRONGTYPE Operation against a key holding the wrong kind of value"
	ErrNoSuchKey  Error = "ERR no such key"
	ErrTooLarge   Error = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	ErrKeyTooLong Error = "ERR a key, field or member is longer than 65535 bytes, the most that is stored"
	ErrIndexRange Error = "ERR index out of range"
	ErrDBRange    Error = "ERR DB index is out of range"
)

// MaxKey is the longest key, hash field, set member or sorted set member in
// bytes. Storage keys are compared and indexed whole, so unlike values they
// cannot grow to 512 MB. Reads of longer ones find nothing; writes fail.
const MaxKey = 1<<16 - 1

// MaxString is the longest string value (redis-server's proto-max-bulk-len).
const MaxString = 512 << 20
