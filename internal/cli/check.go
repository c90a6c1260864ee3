package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/storage"
)

// checkOptions are what `orbit check` works with.
type checkOptions struct {
	streams  Streams
	config   *config.Config
	json     bool
	limit    int
	repair   bool
	yes      bool
	backup   string
	noBackup bool
}

func newCheck(streams Streams) *cobra.Command {
	o := &checkOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Read all that a data directory holds, to find damage, and mend it",
		Long: `Reads every key and value, whose checksums on disk tell damage; of a directory that no
server holds also the journals, the catalog, and what else is read when it is opened.
What is damaged is told with its file, all of it: a store that does not open is a fault,
and the others are read. Data that the present settings do not use, such as that of
actors in the mode persistent, is read too (unused). Then it sees whether what is stored
agrees:

  keys    metadata and elements; members of sorted sets by name, in order and in rank
          counts; positions of lists; entries, groups and pending entries of streams;
          TTLs and the indexes of what expires; elements of no key; counts of databases
  tables  every index against its table, and back; rows that do not decode or lie under
          another key; keys of no table; the catalog, sequences and counters

A fault has a code (orbit help faults), where it is, what was expected and what was
found. Fails with exit code 3 if there is any.

While a server holds the directory, the state of one moment is read, as far as it is in
the server's cache from there: check an idle directory, or a backup that was restored, to
be sure of the disk.

--repair mends what can be mended without losing anything that is there: counts, index
entries and positions that follow from rows and elements, and what is left of keys that
are gone is removed. It needs a directory that no server holds, asks before it begins
(--yes does not), and makes a backup first: a new directory beside this one, or
--backup. What cannot be mended is left as it is, and said: restore a backup for that,
or export what can be read. Damage that checksums tell is never mended.`,
		Example: `orbit check
orbit check /var/lib/orbit --json
orbit check /var/lib/orbit --repair`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.config, err = loadDirectory(cmd, args); err != nil {
				return err
			}
			if err := o.check(cmd); err != nil {
				return callError{usageError{err}, cmd.CommandPath()}
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return withDirectory(ctx, streams, o.config, checks, func(d *directory) error {
				if err := o.run(ctx, d); err != nil {
					return fmt.Errorf("check: %w", err)
				}
				return nil
			})
		},
	}
	config.Flags(cmd.Flags())
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "as JSON")
	f.IntVar(&o.limit, "limit", 50, "how many faults of a part to print, damage apart; all are counted")
	f.BoolVar(&o.repair, "repair", false, "mend what can be mended without loss")
	f.BoolVarP(&o.yes, "yes", "y", false, "with --repair, do not ask")
	f.StringVar(&o.backup, "backup", "", "with --repair, where the backup goes, as orbit backup -o")
	f.BoolVar(&o.noBackup, "no-backup", false, "with --repair and --yes, make no backup")
	return cmd
}

// check sees that the flags go together.
func (o *checkOptions) check(cmd *cobra.Command) error {
	if o.limit < 0 {
		return fmt.Errorf("bad --limit %d: use 0 or more", o.limit)
	}
	if !o.repair {
		return refuseFlags(cmd, []string{"yes", "backup", "no-backup"}, "is for --repair")
	}
	switch {
	case !o.yes && !o.streams.InTerminal:
		return errors.New("--repair changes the directory, and there is nobody to ask: give --yes")
	case o.noBackup && !o.yes:
		return errors.New("--no-backup leaves no way back: give --yes with it")
	case o.noBackup && o.backup != "":
		return errors.New("--backup and --no-backup exclude each other")
	case o.backup == "-":
		return errors.New("--backup needs a file or a new directory")
	}
	return nil
}

// run checks the directory, and mends it if asked to.
func (o *checkOptions) run(ctx context.Context, d *directory) error {
	if o.repair && d.live {
		return errors.New("a server holds the directory: stop it, and repair then")
	}
	list, err := o.look(ctx, d, false)
	if err != nil {
		return err
	}
	saved := ""
	if n := mendable(list); o.repair && n > 0 && len(unreadable(list)) == 0 {
		if list, saved, err = o.mend(ctx, d, list, n); err != nil {
			return err
		}
	}
	if o.json {
		err = writeJSON(o.streams.Out, checkResults(list, saved))
	} else {
		err = o.print(list)
	}
	if err != nil {
		return err
	}
	return verdict(list, o.repair)
}

// look has the directory checked, and mended if mend is set.
func (o *checkOptions) look(ctx context.Context, d *directory, mend bool) ([]admin.Checked, error) {
	b := newBar(&o.streams, things("key"))
	defer b.stop()
	return d.Check(ctx, admin.CheckOptions{Mend: mend}, b.told)
}

// checkResult is what --json prints of a part.
type checkResult struct {
	admin.Checked
	Backup string `json:"backup,omitempty"` // made before it was mended
}

func checkResults(list []admin.Checked, saved string) []checkResult {
	out := []checkResult{}
	for _, c := range list {
		r := checkResult{Checked: c}
		if len(c.Mended) > 0 {
			r.Backup = saved
		}
		out = append(out, r)
	}
	return out
}

// unreadable are the names of parts that cannot be read in full.
func unreadable(list []admin.Checked) (parts []string) {
	for i := range list {
		if list[i].Fault != "" {
			parts = append(parts, partText(&list[i]))
		}
	}
	return parts
}

// partText is what a part is called.
func partText(c *admin.Checked) string {
	if c.Place != "" {
		return c.Part + " " + c.Place
	}
	return c.Part
}

func mendable(list []admin.Checked) (n int64) {
	for i := range list {
		n += list[i].Mendable
	}
	return n
}

// verdict is an error if there is something wrong.
func verdict(list []admin.Checked, repaired bool) error {
	if parts := unreadable(list); len(parts) > 0 {
		return fmt.Errorf("%w: %s cannot be read in full: restore a backup, or export what can be read", storage.ErrCorrupt, strings.Join(parts, " and "))
	}
	n := int64(0)
	for i := range list {
		n += total(list[i].Counts)
	}
	switch can := mendable(list); {
	case n == 0:
		return nil
	case repaired:
		return fmt.Errorf("%w: %s cannot be mended without loss, and left as it is: restore a backup, or export what is there", storage.ErrCorrupt, count(n, "fault"))
	case can == 0:
		return fmt.Errorf("%w: %s, none of which can be mended without loss: restore a backup, or export what is there", storage.ErrCorrupt, count(n, "fault"))
	default:
		return fmt.Errorf("%w: %s, %d of which `orbit check --repair` can mend", storage.ErrCorrupt, count(n, "fault"), can)
	}
}

func total(counts map[string]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

func (o *checkOptions) print(list []admin.Checked) error {
	w := tabwriter.NewWriter(o.streams.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PART\tKEYS READ\tSIZE\tFOUND")
	for i := range list {
		c := &list[i]
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", partText(c), c.Keys, bytesText(uint64(c.Bytes)), foundText(c))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range list {
		if err := o.printFaults(&list[i]); err != nil {
			return err
		}
	}
	return nil
}
