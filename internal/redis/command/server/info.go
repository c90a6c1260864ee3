package server

import (
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
)

var infoSpec = &command.Spec{
	Name:       "info",
	Arity:      -1,
	Flags:      command.Loading | command.Stale,
	Categories: []string{"slow", "dangerous"},
	Group:      "server",
	Since:      "1.0.0",
	Complexity: "O(1)",
	Summary:    "Get information and statistics about the server",
	Args:       []command.Arg{{Name: "section", Type: "string", Optional: true, Multiple: true}},
	Handler:    info,
}

// report collects the lines of INFO.
type report struct {
	c    *command.Ctx
	text strings.Builder
}

func (r *report) line(name string, value any) { fmt.Fprintf(&r.text, "%s:%v\r\n", name, value) }

func (r *report) linef(format string, args ...any) { fmt.Fprintf(&r.text, format+"\r\n", args...) }

// sections are INFO's, in order. Those that are not default are shown when asked
// for, or with "all" or "everything".
var sections = []struct {
	name      string
	isDefault bool
	write     func(r *report) error
}{
	{"Server", true, infoServer},
	{"Clients", true, infoClients},
	{"Memory", true, infoMemory},
	{"Persistence", true, infoPersistence},
	{"Stats", true, infoStats},
	{"Replication", true, infoReplication},
	{"CPU", true, infoCPU},
	{"Modules", true, func(*report) error { return nil }},
	{"Commandstats", false, infoCommandstats},
	{"Errorstats", true, infoErrorstats},
	{"Latencystats", false, infoLatencystats},
	{"Cluster", true, func(r *report) error {
		r.line("cluster_enabled", 0)
		return nil
	}},
	{"Keyspace", true, infoKeyspace},
}

func info(c *command.Ctx) error {
	wanted := func(_ string, isDefault bool) bool { return isDefault }
	if names := c.Args[1:]; len(names) > 0 {
		wanted = func(section string, isDefault bool) bool {
			for _, name := range names {
				if command.Is(name, section) || command.Is(name, "all") || command.Is(name, "everything") ||
					isDefault && command.Is(name, "default") {
					return true
				}
			}
			return false
		}
	}
	r := &report{c: c}
	for _, section := range sections {
		if !wanted(section.name, section.isDefault) {
			continue
		}
		if r.text.Len() > 0 {
			r.text.WriteString("\r\n")
		}
		fmt.Fprintf(&r.text, "# %s\r\n", section.name)
		if err := section.write(r); err != nil {
			return err
		}
	}
	c.Out.Verbatim("txt", r.text.String())
	return nil
}
