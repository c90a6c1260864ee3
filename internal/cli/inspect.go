package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/survey"
	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// inspectOptions are what `orbit inspect` works with.
type inspectOptions struct {
	streams   Streams
	config    *config.Config
	json      bool
	separator string
	top       int
	exact     bool
}

// surveyBudget is how long a summary looks at keys.
const surveyBudget = 1500 * time.Millisecond

func newInspect(streams Streams) *cobra.Command {
	o := &inspectOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "inspect [DIR]",
		Short: "Show what is in a data directory",
		Long: `Shows what a data directory holds: its format and modes, sizes on disk, keys by
database, type, TTL and prefix, the largest keys, tables with their rows and bytes,
and the shape of the storage trees. If a server holds the directory it is asked, over
the socket in it; else the directory is opened for as long as it takes.

A summary looks at keys for a second and a half; of a larger directory it says that
its figures are approximate. --exact looks at all.`,
		Example: `orbit inspect
orbit inspect /var/lib/orbit --json

# The ten largest keys of users, the tables, and one of them
orbit inspect keys --match 'user:*' --sort size --limit 10
orbit inspect tables
orbit inspect table orders`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.load(cmd, args); err != nil {
				return err
			}
			return withDirectory(cmd.Context(), streams, o.config, works, func(d *directory) error { return runInspect(cmd.Context(), o, d) })
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	cmd.Flags().StringVar(&o.separator, "separator", ":", "what ends a key's prefix")
	cmd.Flags().IntVar(&o.top, "top", 10, "how many prefixes and keys to list")
	cmd.Flags().BoolVar(&o.exact, "exact", false, "look at all keys, however long it takes")
	cmd.AddCommand(newInspectKeys(streams), newInspectKey(streams), newInspectTables(streams), newInspectTable(streams), newInspectSQL(streams), newInspectLSM(streams))
	return cmd
}

// load gathers the settings; an argument names the directory.
func (o *inspectOptions) load(cmd *cobra.Command, args []string) (err error) {
	if o.config, err = config.Load(cmd.Flags()); err != nil {
		return usageError{err}
	}
	if len(args) > 0 {
		o.config.DataDir = args[0]
	}
	return nil
}

// summary is what `orbit inspect --json` prints.
type summary struct {
	DataDir string           `json:"data_dir"`
	Format  int              `json:"format"`
	Live    bool             `json:"live"`
	Disk    []partSize       `json:"disk"`
	Status  admin.Status     `json:"status"`
	Keys    *survey.Survey   `json:"keys,omitempty"`
	Tables  []map[string]any `json:"tables,omitempty"`
}

// partSize is what a part of the directory takes on disk.
type partSize struct {
	Part  string `json:"part"`
	Bytes int64  `json:"bytes"`
	Files int    `json:"files"`
}

func runInspect(ctx context.Context, o *inspectOptions, d *directory) error {
	s := summary{Live: d.live}
	info, err := datadir.Inspect(o.config.DataDir)
	if err != nil {
		return err
	}
	s.Format = info.Format
	if s.Status, err = d.Status(ctx); err != nil {
		return err
	}
	s.DataDir = s.Status.DataDir
	if s.Disk, err = diskUse(s.DataDir); err != nil {
		return err
	}
	if s.Status.Redis != nil {
		budget := surveyBudget
		if o.exact {
			budget = 0
		}
		if s.Keys, err = d.Survey(ctx, survey.Options{Separator: o.separator, Top: o.top, Budget: budget}); err != nil {
			return err
		}
	}
	if s.Status.Postgres != nil {
		if s.Tables, err = tableList(ctx, d); err != nil {
			return err
		}
	}
	if o.json {
		return writeJSON(o.streams.Out, s)
	}
	return s.print(o.streams.Out)
}

// diskUse adds up the files of each part of the directory.
func diskUse(dir string) ([]partSize, error) {
	var sizes []partSize
	for _, part := range []string{datadir.Redis, datadir.PostgreSQL, datadir.Actors} {
		p := partSize{Part: part}
		err := filepath.WalkDir(filepath.Join(dir, part), func(_ string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return ignoreGone(err)
			}
			info, err := e.Info()
			if err != nil {
				return ignoreGone(err)
			}
			p.Bytes += info.Size()
			p.Files++
			return nil
		})
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, p)
	}
	return sizes, nil
}

func (s *summary) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	how := "offline"
	if s.Live {
		how = fmt.Sprintf("held by a server, pid %d", s.Status.PID)
	}
	line("%s: format %d, %s", s.DataDir, s.Format, how)
	for _, p := range s.Disk {
		line("  %s/\t%s\t%s", p.Part, bytesText(uint64(p.Bytes)), count(int64(p.Files), "file"))
	}
	if r := s.Status.Redis; r != nil {
		line("\nRedis: %s, durability %s, %s in %s", r.Mode, r.Durability, count(r.KeysTotal, "key"), levelsText(&r.Storage))
		s.printKeys(line)
	}
	if p := s.Status.Postgres; p != nil {
		line("\nPostgreSQL: %s, durability %s, %s in %s", p.Mode, p.Durability, count(int64(len(s.Tables)), "table"), levelsText(&p.Storage))
		for _, t := range s.Tables {
			line("  %s\t%v rows\t%s\t%v indexes", t["table"], t["rows"], bytesOf(t["bytes"]), t["indexes"])
		}
	}
	return w.Flush()
}

func (s *summary) printKeys(line func(format string, args ...any)) {
	about := ""
	if s.Keys.Approximate {
		about = fmt.Sprintf(" (from %d keys looked at)", s.Keys.Walked)
	}
	for _, db := range s.Keys.Databases {
		line("  database %d\t%s\t%d with a TTL", db.DB, count(db.Keys, "key"), db.WithTTL)
	}
	for _, section := range []struct {
		title  string
		groups []survey.Group
	}{{"types", s.Keys.Types}, {"TTLs", s.Keys.TTLs}, {"prefixes, largest first", s.Keys.Prefixes}} {
		if len(section.groups) == 0 {
			continue
		}
		line(" %s%s", section.title, about)
		for _, g := range section.groups {
			line("  %s\t%s\t%s", printable([]byte(g.Name)), count(g.Keys, "key"), bytesText(uint64(g.Bytes)))
		}
	}
	if len(s.Keys.Largest) > 0 {
		line(" largest keys%s", about)
	}
	for i := range s.Keys.Largest {
		k := &s.Keys.Largest[i]
		line("  %s\t%s\t%s", printable(k.Key), k.Type, bytesText(uint64(k.Bytes)))
	}
}

// levelsText is a storage tree's shape in a line.
func levelsText(s *admin.Store) string {
	if len(s.Levels) == 0 {
		return s.Kind
	}
	tables := int64(0)
	for _, l := range s.Levels {
		tables += l.Tables
	}
	return fmt.Sprintf("%s (%s of files, %s on %d levels, read amplification %d, %s to compact)",
		s.Kind, bytesText(s.DiskBytes), count(tables, "tree file"), len(s.Levels), s.ReadAmp, bytesText(s.CompactionDebt))
}
