package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/version"
)

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, args []string, streams Streams) int {
	if len(args) == 0 && opensTUI(streams) {
		args = []string{"tui"}
	}
	root := NewRoot(streams)
	root.SetArgs(args)
	err := fang.Execute(ctx, root,
		fang.WithVersion(version.String()),
		fang.WithCommit(version.Commit()),
		fang.WithErrorHandler(func(w io.Writer, _ fang.Styles, err error) { printError(w, root, err) }),
	)
	return exitCode(err)
}

// printError says in one line what went wrong; for a wrong call, a second one
// says where help is.
func printError(w io.Writer, root *cobra.Command, err error) {
	_, _ = fmt.Fprintln(w, "orbit: "+oneLine(err.Error()))
	var call callError
	switch {
	case fullDisk(err):
		_, _ = fmt.Fprintln(w, "The disk is full: make space on it, then run this again.")
	case errors.As(err, &call):
		_, _ = fmt.Fprintf(w, "Try `%s --help`.\n", call.command)
	case cobraUsage(err):
		_, _ = fmt.Fprintf(w, "Try `%s --help`.\n", root.Name())
	}
}

// fullDisk tells that there was no space, also if a server says so.
func fullDisk(err error) bool {
	return storage.FullDisk(err) || strings.Contains(err.Error(), syscall.ENOSPC.Error())
}

// oneLine puts cobra's list of suggestions behind what it says of the wrong word.
func oneLine(message string) string {
	message, suggestions, found := strings.Cut(message, "\n\nDid you mean this?\n")
	if !found {
		return message
	}
	return message + "; did you mean " + strings.Join(strings.Fields(suggestions), " or ") + "?"
}

// NewRoot builds the whole command tree.
func NewRoot(streams Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "orbit",
		Short: "One binary that speaks Redis and PostgreSQL",
		Long: `orbit serves the Redis and PostgreSQL protocols side by side from one process
and keeps the data of both in one directory.`,
		Example: `# Serve both protocols from ./orbit_integrated_data
orbit serve

# Then, in another terminal
redis-cli -p 6379 SET greeting hello
psql -h 127.0.0.1 -p 5432 -U postgres -c 'SELECT 1'

# Where does a setting come from?
orbit config`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(streams.Out) // the terminal itself: help looks whether it is one
	out := &jqOutput{out: streams.Out}
	streams.Out = out
	root.SetIn(streams.In)
	root.SetErr(streams.Err)
	root.AddCommand(
		newServe(streams, runServe),
		newConfig(streams),
		newStatus(streams),
		newActors(streams),
		newMode(streams),
		newRedis(streams),
		newSQL(streams),
		newTUI(streams),
		newInspect(streams),
		newExport(streams),
		newImport(streams),
		newBackup(streams), newRestore(streams), newCompact(streams), newCheck(streams),
		newVersion(streams),
		newCompletion(streams),
		newExitCodes(), newFaults(),
	)
	addJQ(root, out)
	checkArguments(root)
	root.SetHelpCommand(newHelp())
	root.SetFlagErrorFunc(flagError)
	return root
}

// newExitCodes is a help topic: cobra shows a command that cannot run among them.
func newExitCodes() *cobra.Command {
	return &cobra.Command{
		Use:     "exit-codes",
		Short:   "What orbit's exit codes mean",
		Long:    "Exit codes:\n\n" + ExitCodes,
		Example: `orbit status >/dev/null || echo "not running, or not well: $?"`,
	}
}
