package cli

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"
)

// Whole directories as archives: export and import do what backup and restore do when a
// file's name says so.

// ofArchive tells whether the whole directory is to be written, and not keys or tables.
func (o *exportOptions) ofArchive() bool {
	return o.format == "" && o.output != "-" && isArchive(o.output)
}

// exportArchive writes the whole directory.
func exportArchive(cmd *cobra.Command, o *exportOptions) error {
	b := &backupOptions{streams: o.streams, config: o.config, output: o.output}
	err := refuseFlags(cmd, slices.Concat(keyFlags, tableFlags), "chooses, and an archive holds the whole directory")
	if err == nil {
		err = b.check()
	}
	if err != nil {
		return callError{usageError{err}, cmd.CommandPath()}
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	return withDirectory(ctx, o.streams, o.config, works, func(d *directory) error { return runBackup(ctx, b, d) })
}

// ofArchive tells whether one of the files is of a whole directory.
func (o *importOptions) ofArchive() bool {
	return o.format == "" && slices.ContainsFunc(o.files, func(path string) bool { return path != "-" && isArchive(path) })
}

// importArchive makes the data directory of a whole one.
func importArchive(cmd *cobra.Command, o *importOptions) error {
	var err error
	if len(o.files) > 1 {
		err = errors.New("an archive makes a new directory: import it alone")
	} else {
		err = refuseFlags(cmd, slices.Concat(keyFlags, tableFlags, []string{"on-conflict"}), "chooses, and an archive is a whole directory")
	}
	if err == nil {
		err = refuseFlags(cmd, []string{"dry-run"}, "is not for archives: check one with orbit restore --verify-only")
	}
	if err != nil {
		return callError{usageError{err}, cmd.CommandPath()}
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	return runRestore(ctx, &restoreOptions{streams: o.streams, from: o.files[0], to: o.config.DataDir, json: o.json})
}
