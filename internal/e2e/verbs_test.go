package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/cli"
	"github.com/orbit-server/orbit/internal/config"
)

// driven is what the scripts run: the paths of verbs, and behind them, after a space,
// each flag that they are given.
type driven map[string]bool

// scriptsDrive reads the scripts.
func scriptsDrive(t *testing.T, root *cobra.Command) driven {
	t.Helper()
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	d := make(driven)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if at := slices.Index(words, "orbit"); at > 0 && words[0] != "#" {
				d.line(root, words[at+1:])
			}
		}
	}
	return d
}

func (d driven) line(root *cobra.Command, args []string) {
	cmd, rest, err := root.Find(args)
	if err != nil {
		return // of a script about what is wrong
	}
	d[cmd.CommandPath()] = true
	for _, word := range rest {
		word, _, _ = strings.Cut(strings.Trim(word, "'"), "=")
		flag := (*pflag.Flag)(nil)
		switch {
		case strings.HasPrefix(word, "--"):
			flag = cmd.Flag(word[2:])
		case len(word) == 2 && word[0] == '-':
			flag = cmd.Flags().ShorthandLookup(word[1:])
		}
		if flag != nil {
			d[cmd.CommandPath()+" --"+flag.Name] = true
			d["--"+flag.Name] = true
		}
	}
}

func newRoot() *cobra.Command {
	return cli.NewRoot(cli.Streams{In: strings.NewReader(""), Out: &strings.Builder{}, Err: &strings.Builder{}})
}

func eachVerb(cmd *cobra.Command, f func(cmd *cobra.Command)) {
	if cmd.Runnable() && cmd.HasParent() {
		f(cmd)
	}
	for _, sub := range cmd.Commands() {
		eachVerb(sub, f)
	}
}

// TestEveryVerbHasAScript fails for a verb that no script runs.
func TestEveryVerbHasAScript(t *testing.T) {
	root := newRoot()
	d := scriptsDrive(t, root)
	eachVerb(root, func(cmd *cobra.Command) {
		if !d[cmd.CommandPath()] {
			t.Errorf("no script runs `%s`: testdata/script is for it", cmd.CommandPath())
		}
	})
}

// TestEveryFlagHasAScript fails for a flag that no script gives to its verb. Settings,
// which are flags of most verbs, must be given to any of them.
func TestEveryFlagHasAScript(t *testing.T) {
	settings := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	config.Flags(settings)
	root := newRoot()
	d := scriptsDrive(t, root)
	eachVerb(root, func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && settings.Lookup(f.Name) == nil && !d[cmd.CommandPath()+" --"+f.Name] {
				t.Errorf("no script runs `%s --%s`: testdata/script is for it", cmd.CommandPath(), f.Name)
			}
		})
	})
	settings.VisitAll(func(f *pflag.Flag) {
		if !d["--"+f.Name] {
			t.Errorf("no script gives a verb the setting --%s: testdata/script is for it", f.Name)
		}
	})
}
