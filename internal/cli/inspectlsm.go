package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
)

func newInspectLSM(streams Streams) *cobra.Command {
	o := &inspectOptions{streams: streams}
	files := false
	cmd := &cobra.Command{
		Use:   "lsm [DIR]",
		Short: "Show the storage trees: levels, files, what is to be compacted",
		Long: `Shows how each protocol's data lies on disk: the levels of its log-structured merge tree
with their files, sizes and scores (from 1 on a level is compacted), how many places a
read may have to look in (read amplification), how much compactions have to write
(compaction debt), deletions that are still there (tombstones), files of large values,
and the logs. Figures about entries are estimates.

--files lists every file with the first and the last key in it, in orbit's terms.
Data that is in memory only has no tree.`,
		Example: `orbit inspect lsm
orbit inspect lsm /var/lib/orbit --files
orbit inspect lsm --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.load(cmd, args); err != nil {
				return err
			}
			return withDirectory(cmd.Context(), streams, o.config, works, func(d *directory) error {
				trees, err := d.Trees(cmd.Context(), files)
				switch {
				case err != nil:
					return err
				case o.json:
					return writeJSON(streams.Out, trees)
				}
				return printTrees(streams.Out, trees)
			})
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	cmd.Flags().BoolVar(&files, "files", false, "list the files with their first and last keys")
	return cmd
}

func printTrees(out io.Writer, trees []admin.Tree) error {
	if len(trees) == 0 {
		_, err := fmt.Fprintln(out, "all data is in memory: there is no tree")
		return err
	}
	for i := range trees {
		if i > 0 {
			_, _ = fmt.Fprintln(out)
		}
		if err := printTree(out, &trees[i]); err != nil {
			return err
		}
	}
	return nil
}

func printTree(out io.Writer, t *admin.Tree) error {
	_, _ = fmt.Fprintf(out, "%s, in %s/: read amplification %d, %s to compact, about %s\n", t.Part, t.Store, t.ReadAmp,
		bytesText(t.CompactionDebt), count(int64(t.Tombstones), "tombstone"))
	_, _ = fmt.Fprintf(out, "in memory %s; %s of log, %s; %s of large values, %s, %s of %s referred to\n\n",
		bytesText(t.TableBytes), count(t.LogFiles, "file"), bytesText(t.LogBytes),
		count(int64(t.BlobFiles), "file"), bytesText(t.BlobBytes), bytesText(t.BlobLiveBytes), bytesText(t.BlobValueBytes))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "LEVEL\tFILES\tSIZE\tENTRIES\tDELETIONS\tSCORE\tFILL\tWRITTEN")
	for _, l := range t.Levels {
		if l.Tables == 0 && l.Written == 0 {
			continue
		}
		_, _ = fmt.Fprintf(w, "%d\t%d\t%s\t%d\t%d\t%.2f\t%.2f\t%s\n", l.Level, l.Tables, bytesText(uint64(l.Bytes)), l.Entries, l.Deletions, l.Score, l.Fill, bytesText(l.Written))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	head := "\nLEVEL\tFILE\tSIZE\tENTRIES\tDELETIONS\tFIRST KEY\tLAST KEY\n"
	for _, l := range t.Levels {
		for _, f := range l.Files {
			_, _ = fmt.Fprintf(w, "%s%d\t%s\t%s\t%d\t%d\t%s\t%s\n", head, l.Level, f.File, bytesText(f.Bytes), f.Entries, f.Deletions, f.Smallest, f.Largest)
			head = ""
		}
	}
	return w.Flush()
}

// placeText is where a key lies, in a line; "" if it lies in no tree.
func placeText(p *admin.KeyPlace) string {
	if p == nil {
		return ""
	}
	text := "metadata on disk"
	if p.InMemory {
		text = "metadata in memory, to be written to the tree"
	}
	for i, c := range p.Candidates {
		if i == 0 {
			text += "; files that may have it:"
		}
		text += fmt.Sprintf(" level %d %s (%s)", c.Level, c.File, bytesText(c.Bytes))
		if i < len(p.Candidates)-1 {
			text += ","
		}
	}
	if p.DiskBytes > 0 {
		text += fmt.Sprintf("; elements take about %s in the tree", bytesText(p.DiskBytes))
	}
	return text
}
