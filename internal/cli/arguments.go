package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// checkArguments has each verb say itself, with its help, that it has too many or too few
// arguments. A directory too many is one that a verb takes by a flag only.
func checkArguments(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		checkArguments(sub)
	}
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		if dir := directoryOf(args); dir != "" && cmd.Flags().Lookup("data-dir") != nil {
			err = fmt.Errorf("%w: give the directory with --data-dir %s", err, dir)
		}
		return callError{usageError{err}, cmd.CommandPath()}
	}
}

// directoryOf is the first argument that is a directory, "" if none is.
func directoryOf(args []string) string {
	for _, arg := range args {
		if info, err := os.Stat(arg); err == nil && info.IsDir() {
			return arg
		}
	}
	return ""
}
