package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// Error is an error reply, its code first: "ERR syntax error". It is the
// keyspace's type, so that errors of either package compare equal.
type Error = keyspace.Error

// Replies with redis-server 7's texts.
const (
	ErrSyntax       Error = "ERR syntax error"
	ErrNotInteger   Error = "ERR value is not an integer or out of range"
	ErrNotFloat     Error = "ERR value is not a valid float"
	ErrNotPositive  Error = "ERR value is out of range, must be positive"
	ErrInt32        Error = "ERR value is out of range, value must between -2147483648 and 2147483647"
	ErrLongRange    Error = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
	ErrOutOfRange   Error = "ERR value is out of range"
	ErrIndexRange         = keyspace.ErrIndexRange
	ErrWrongType          = keyspace.ErrWrongType
	ErrNoSuchKey          = keyspace.ErrNoSuchKey
	ErrSameObject   Error = "ERR source and destination objects are the same"
	ErrDBIndex            = keyspace.ErrDBRange
	ErrInvalidDB    Error = "ERR invalid DB index"
	ErrOverflow     Error = "ERR increment or decrement would overflow"
	ErrNaN          Error = "ERR increment would produce NaN or Infinity"
	ErrInvalidTTL   Error = "ERR invalid expire time"
	ErrTimeout      Error = "ERR timeout is not a float or out of range"
	ErrNegTimeout   Error = "ERR timeout is negative"
	ErrTimeoutRange Error = "ERR timeout is out of range"
	ErrNumKeys      Error = "ERR numkeys should be greater than 0"
	ErrStringTooBig       = keyspace.ErrTooLarge
	ErrCursor       Error = "ERR invalid cursor"
	ErrNoAuth       Error = "NOAUTH Authentication required."
	ErrWrongPass    Error = "WRONGPASS invalid username-password pair or user is disabled."
	ErrNoProto      Error = "NOPROTO unsupported protocol version"
	ErrExecAbort    Error = "EXECABORT Transaction discarded because of previous errors."
	ErrNoReplicas   Error = "NOREPLICAS Not enough good replicas to write."
	ErrReadOnly     Error = "READONLY You can't write against a read only replica."
	ErrPrimaryDown  Error = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
	ErrInternal     Error = "ERR internal error"
)

// Errorf makes an error reply. The format begins with the reply's code.
func Errorf(format string, args ...any) error {
	return Error(fmt.Sprintf(format, args...))
}

// ErrArity is the reply to a command with too few or too many arguments. name
// is lower case; a subcommand is written "config|get".
func ErrArity(name string) error {
	return Errorf("ERR wrong number of arguments for '%s' command", name)
}

// ErrInvalidExpire is the reply to an expiry that is not positive or overflows.
func ErrInvalidExpire(name string) error {
	return Errorf("ERR invalid expire time in '%s' command", name)
}

// ErrNotSupported is the reply to a command, or a form of one, that redis-server
// has and orbit does not.
func ErrNotSupported(what string) error {
	return Errorf("ERR %s is not supported by this server", what)
}

// ReplyText is the text of the error reply for err. An error that does not carry
// a code of its own (a storage failure) gets ERR.
func ReplyText(err error) string {
	var reply Error
	if errors.As(err, &reply) {
		return string(reply)
	}
	text := err.Error()
	if Code(text) != "" {
		return text
	}
	return "ERR " + text
}

// Code is the code an error reply begins with, "" if it has none.
func Code(text string) string {
	code, _, found := strings.Cut(text, " ")
	if !found || code == "" {
		return ""
	}
	for i := 0; i < len(code); i++ {
		if (code[i] < 'A' || code[i] > 'Z') && code[i] != '_' {
			return ""
		}
	}
	return code
}

// errUnknownCommand quotes what was sent within redis-server's 128 bytes.
func errUnknownCommand(args [][]byte) error {
	var quoted strings.Builder
	for _, arg := range args[1:] {
		room := 128 - quoted.Len()
		if room <= 0 {
			break
		}
		fmt.Fprintf(&quoted, "'%s' ", clip(arg, room))
	}
	return Errorf("ERR unknown command '%s', with args beginning with: %s", clip(args[0], 128), quoted.String())
}

func errUnknownSubcommand(parent *Spec, sub []byte) error {
	return Errorf("ERR unknown subcommand '%s'. Try %s HELP.", clip(sub, 128), strings.ToUpper(parent.Name))
}

func clip(b []byte, n int) []byte {
	if len(b) > n {
		return b[:n]
	}
	return b
}
