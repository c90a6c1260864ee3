package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/orbit-server/orbit/tui/keymap"
)

// What is between these lines of the page is generated.
const (
	bindingsBegin = "<!-- Generated from tui/keymap by \"make docs\". Do not edit. -->\n"
	bindingsEnd   = "<!-- End of what is generated. -->\n"
)

// writeBindings writes the table of keys into its page.
func writeBindings(path string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(page, []byte(bindingsBegin))
	_, after, ended := bytes.Cut(rest, []byte(bindingsEnd))
	if !found || !ended {
		return fmt.Errorf("%s lacks the lines that the key bindings stand between", path)
	}
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(bindingsBegin)
	keys := keymap.New()
	for _, s := range keymap.Sections {
		fmt.Fprintf(&b, "\n### %s\n\n| key | action | what it does |\n|---|---|---|\n", s.Title)
		for _, a := range keys.Of(s.Context) {
			var shown []string
			for _, k := range a.Keys {
				shown = append(shown, "`"+strings.ReplaceAll(k, "|", "\\|")+"`")
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", strings.Join(shown, " "), a.ID, strings.ReplaceAll(a.Help, "|", "\\|"))
		}
	}
	b.WriteString("\n" + bindingsEnd)
	b.Write(after)
	return write(path, b.Bytes())
}
