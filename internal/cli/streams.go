package cli

import (
	"io"
	"os"

	"github.com/charmbracelet/x/term"
)

// Streams are the standard streams, and what is known of them.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// OutTerminal tells whether Out is a terminal: only there are colours used.
	// InTerminal and ErrTerminal tell it of the others: somebody may be asked, and
	// progress shown.
	InTerminal, OutTerminal, ErrTerminal bool
}

// System returns the process's own streams.
func System() Streams {
	return Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  term.IsTerminal(os.Stdin.Fd()),
		OutTerminal: term.IsTerminal(os.Stdout.Fd()),
		ErrTerminal: term.IsTerminal(os.Stderr.Fd()),
	}
}
