// Command docgen writes what is generated from the code: the pages of settings
// and commands, the terminal UI's key bindings, the man pages and the shell completions.
// `make docs completions` runs it; CI fails when what it writes differs from what is
// checked in. `make screenshot` draws the pictures of the terminal UI,
// `make recording` one that moves.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/orbit-server/orbit/internal/cli"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: docgen docs|completions|screenshot|recording")
	}
	root := cli.NewRoot(cli.System())
	switch args[0] {
	case "docs":
		return writeDocs(root)
	case "completions":
		return writeCompletions(root, "completions")
	case "screenshot":
		return writeScreenshot("docs/images")
	case "recording":
		return writeRecording("docs/images/tui-recording.svg")
	}
	return fmt.Errorf("unknown part %q: use docs, completions, screenshot or recording", args[0])
}

func writeDocs(root *cobra.Command) error {
	if err := write("docs/CONFIGURATION.md", configurationPage()); err != nil {
		return err
	}
	page, err := commandsPage()
	if err != nil {
		return err
	}
	if err := write("docs/COMMANDS.md", page); err != nil {
		return err
	}
	if err := writeBindings("docs/TUI.md"); err != nil {
		return err
	}
	return writeManPages(root, "docs/man")
}

// writeManPages writes one page per verb. The date is fixed: a page changes only
// when its text does.
func writeManPages(root *cobra.Command, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root.DisableAutoGenTag = true
	date := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	return doc.GenManTree(root, &doc.GenManHeader{Title: "ORBIT", Section: "1", Source: "orbit", Manual: "orbit manual", Date: &date}, dir)
}

func writeCompletions(root *cobra.Command, dir string) error {
	var bash, zsh, fish, powershell bytes.Buffer
	for _, err := range []error{
		root.GenBashCompletionV2(&bash, true), root.GenZshCompletion(&zsh),
		root.GenFishCompletion(&fish, true), root.GenPowerShellCompletionWithDesc(&powershell),
	} {
		if err != nil {
			return err
		}
	}
	for name, b := range map[string]*bytes.Buffer{"orbit.bash": &bash, "_orbit": &zsh, "orbit.fish": &fish, "orbit.ps1": &powershell} {
		if err := write(filepath.Join(dir, name), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
