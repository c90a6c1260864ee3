package cli

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/storage"
)

// Exit codes, a documented contract (docs/CONFIGURATION.md and `orbit help
// exit-codes` show this table).
const (
	ExitOK        = 0   // done
	ExitFailure   = 1   // something failed; the message says what
	ExitUsage     = 2   // wrong command, flag, setting or configuration file
	ExitDirectory = 3   // the data directory or backup is locked, damaged, foreign or of a newer format
	ExitAddress   = 4   // an address cannot be listened on
	ExitForced    = 130 // a second signal ended the server before it had drained
)

// ExitCodes is the table as the user reads it.
const ExitCodes = `  0    done
  1    something failed; the message says what
  2    wrong command, flag, setting or configuration file
  3    the data directory or backup is locked, damaged, foreign or of a newer format
  4    an address cannot be listened on
  130  a second signal ended the server before it had drained`

// usageError marks an error as the caller's.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// callError is a usageError of one command's flags.
type callError struct {
	error
	command string // as it is called: orbit serve
}

func (e callError) Unwrap() error { return e.error }

// flagError marks what is wrong with a command's flags.
func flagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) && value.GetFlag().Value.Type() == "bool" {
		err = fmt.Errorf("bad --%s %q: use true or false", value.GetFlag().Name, value.GetValue())
	}
	return callError{usageError{err}, cmd.CommandPath()}
}

// exitCode maps an error to the process's exit code.
func exitCode(err error) int {
	var usage usageError
	var network *net.OpError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &usage), cobraUsage(err):
		return ExitUsage
	case errors.Is(err, storage.ErrLocked), errors.Is(err, storage.ErrNewerFormat),
		errors.Is(err, storage.ErrForeign), errors.Is(err, storage.ErrCorrupt):
		return ExitDirectory
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, syscall.EADDRNOTAVAIL),
		errors.As(err, &network) && network.Op == "listen":
		return ExitAddress
	default:
		return ExitFailure
	}
}

// cobraUsage recognises cobra's own errors about commands and arguments, which
// have no type.
func cobraUsage(err error) bool {
	for _, prefix := range []string{"unknown command", "invalid argument", "accepts ", "requires "} {
		if strings.HasPrefix(err.Error(), prefix) {
			return true
		}
	}
	return false
}
