package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
)

// foundText is what a check found, in a line.
func foundText(c *admin.Checked) string {
	if c.Fault != "" {
		return "cannot be read in full"
	}
	text := "all well"
	if n := total(c.Counts); n > 0 {
		text = count(n, "fault") + ": " + countsText(c.Counts)
	}
	if n := total(c.Mended); n > 0 {
		text += fmt.Sprintf("; %d mended: %s", n, countsText(c.Mended))
	}
	return text
}

// countsText is how many there are of each code.
func countsText(counts map[string]int64) string {
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", code, counts[code]))
	}
	return strings.Join(parts, ", ")
}

// printFaults prints the faults of a part, a line each.
func (o *checkOptions) printFaults(c *admin.Checked) error {
	for _, text := range c.Damage {
		if _, err := fmt.Fprintf(o.streams.Out, "%s: %s\n", partText(c), text); err != nil {
			return err
		}
	}
	listed := c.Faults[:min(len(c.Faults), o.limit)]
	for i := range listed {
		f := &listed[i]
		mended := ""
		if !f.Mendable {
			mended = " (not to be mended without loss)"
		}
		if _, err := fmt.Fprintf(o.streams.Out, "%s: %s%s: expected %s; found %s%s\n", c.Part, f.Code, whereText(f), f.Expected, f.Found, mended); err != nil {
			return err
		}
	}
	if more := total(c.Counts) - int64(len(listed)); more > 0 {
		_, _ = fmt.Fprintf(o.streams.Err, "%s: %d more; --limit and --json list up to %d\n", c.Part, more, admin.MaxFaults)
	}
	return nil
}

// whereText is where a fault is, behind a space.
func whereText(f *admin.Fault) string {
	text := ""
	if f.DB != nil {
		text = fmt.Sprintf(" in database %d", *f.DB)
	}
	if f.Key != nil {
		text += ", key " + printable(*f.Key)
	}
	if f.Relation != "" || f.Schema != "" || f.Database != "" {
		text += " in " + strings.Join(slices.DeleteFunc([]string{f.Database, f.Schema, f.Relation}, func(s string) bool { return s == "" }), ".")
	}
	if f.Index != "" {
		text += ", index " + f.Index
	}
	if f.Row != "" {
		text += ", row " + f.Row
	}
	return text
}

// mend mends what can be mended, after it was allowed to and a backup was made.
func (o *checkOptions) mend(ctx context.Context, d *directory, list []admin.Checked, n int64) (mended []admin.Checked, saved string, err error) {
	if !o.yes {
		if err := o.print(list); err != nil {
			return nil, "", err
		}
		if err := goOn(&o.streams, fmt.Sprintf("%s will be mended in %s, after a backup.", count(n, "fault"), o.config.DataDir)); err != nil {
			return nil, "", err
		}
	}
	if !o.noBackup {
		if saved, err = o.save(ctx, d); err != nil {
			return nil, "", fmt.Errorf("nothing was mended: backup: %w", err)
		}
		_, _ = fmt.Fprintf(o.streams.Err, "backup written to %s\n", saved)
	}
	mended, err = o.look(ctx, d, true)
	return mended, saved, err
}

// save makes a backup of the directory.
func (o *checkOptions) save(ctx context.Context, d *directory) (path string, err error) {
	dir, err := filepath.Abs(o.config.DataDir)
	if err != nil {
		return "", err
	}
	if path = o.backup; path == "" {
		path = dir + ".before-repair-" + time.Now().UTC().Format("20060102T150405Z")
	}
	_, err = writeBackup(ctx, d, dir, path, &o.streams)
	return path, err
}
