package prompt

import (
	"slices"
	"strings"

	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// Commands that are not simply run.
var (
	// destructive cannot be undone, and hit more than a key.
	destructive = set("FLUSHALL", "FLUSHDB", "SHUTDOWN", "SWAPDB", "SCRIPT FLUSH", "FUNCTION FLUSH", "FUNCTION RESTORE", "REPLICAOF", "SLAVEOF", "CONFIG REWRITE")
	// streams go on answering.
	streams = set("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "SYNC", "PSYNC")
	// scripts do what their text says.
	scripts = set("EVAL", "EVALSHA", "FCALL")
)

func set(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

// looksOnly tells of a command about the server that it changes nothing.
func looksOnly(name string) bool {
	for _, last := range []string{" GET", " LIST", " INFO", " LEN", " HELP", " LATEST", " HISTORY", " ID", " WHOAMI", " CAT", " DOCTOR"} {
		if strings.HasSuffix(name, last) {
			return true
		}
	}
	return false
}

// commandNames are the names that are completed: those with subcommands by them.
func commandNames(docs map[string]source.Command) (names []string) {
	for name := range docs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// command finds what the server says of the command of some words.
func (p *redisPane) command(words []string) (name string, c source.Command) {
	name = strings.ToUpper(words[0])
	if len(words) > 1 {
		if c, ok := p.docs[name+" "+strings.ToUpper(words[1])]; ok {
			return c.Name, c
		}
	}
	return name, p.docs[name]
}

// hint is what the command that is being typed takes, the argument that comes next in
// another colour, and what the command is for.
func (p *redisPane) hint(width int) string {
	t := p.env.Theme
	line := p.input.Value()
	words := strings.Fields(line)
	if p.failed != nil {
		return t.Warn.Render("no hints: " + widget.Clean(p.failed.Error()))
	}
	if len(words) == 0 {
		return t.Faint.Render("Tab completes commands, ↑ goes back in history")
	}
	name, c := p.command(words)
	if c.Name == "" {
		return ""
	}
	at := len(words) - 1 - strings.Count(name, " ")
	if !strings.HasSuffix(line, " ") {
		at--
	}
	shown := t.Dim.Render(name)
	skip := 0 // what is typed already, where there is no room for all
	if at > 1 && len(name)+len(joined(c.Arguments, " ")) > width {
		skip = min(at, len(c.Arguments)) - 1
		shown += t.Faint.Render(" …")
	}
	for i, a := range c.Arguments {
		if i < skip {
			continue
		}
		text := " " + widget.Clean(argument(a))
		if i == min(at, len(c.Arguments)-1) && at >= 0 {
			shown += t.Accent.Render(text)
		} else {
			shown += t.Dim.Render(text)
		}
	}
	return widget.Fit(shown+t.Faint.Render("  "+widget.Clean(c.Summary)), width)
}

// argument is an argument as redis-cli writes it.
func argument(a source.Argument) string {
	text := a.Name
	switch a.Type {
	case "oneof":
		text = joined(a.Arguments, " | ")
	case "block":
		text = joined(a.Arguments, " ")
	case "pure-token":
		text = ""
	}
	if a.Token != "" {
		text = strings.TrimRight(a.Token+" "+text, " ")
	}
	if a.Multiple {
		text += " [" + text + " …]"
	}
	switch {
	case a.Optional:
		return "[" + text + "]"
	case a.Type == "oneof":
		return "<" + text + ">"
	}
	return text
}

func joined(all []source.Argument, sep string) string {
	texts := make([]string, len(all))
	for i := range all {
		texts[i] = argument(all[i])
	}
	return strings.Join(texts, sep)
}
