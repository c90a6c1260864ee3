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
	OutTerminal bool
}

// System returns the process's own streams.
func System() Streams {
	return Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, OutTerminal: term.IsTerminal(os.Stdout.Fd())}
}
