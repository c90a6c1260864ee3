package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/all"
)

// commandsPage is docs/COMMANDS.md, from the specs of all Redis commands.
func commandsPage() ([]byte, error) {
	registry, err := all.Registry()
	if err != nil {
		return nil, err
	}
	groups := map[string][]*command.Spec{}
	for _, spec := range registry.All() {
		groups[spec.Group] = append(groups[spec.Group], spec)
	}
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Redis commands\n\n<!-- Generated from the command specs by \"make docs\". Do not edit. -->\n\n%d commands. `COMMAND DOCS` gives the same to a client.\n", len(registry.All()))
	for _, name := range names {
		specs := groups[name]
		slices.SortFunc(specs, func(a, b *command.Spec) int { return strings.Compare(a.Name, b.Name) })
		fmt.Fprintf(&b, "\n## %s\n\n| command | since | complexity | what it does |\n|---|---|---|---|\n", name)
		for _, spec := range specs {
			row(&b, spec)
			subs := slices.SortedFunc(slices.Values(spec.Sub), func(a, b *command.Spec) int { return strings.Compare(a.Name, b.Name) })
			for _, sub := range subs {
				row(&b, sub)
			}
		}
	}
	return b.Bytes(), nil
}

func row(b *bytes.Buffer, spec *command.Spec) {
	name := strings.ToUpper(strings.ReplaceAll(spec.FullName(), "|", " "))
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", name, spec.Since, cell(spec.Complexity), cell(spec.Summary))
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
