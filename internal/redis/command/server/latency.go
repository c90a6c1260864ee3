package server

import (
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/telemetry"
)

var latencySpec = &command.Spec{
	Name:       "latency",
	Arity:      -2,
	Categories: slow,
	Group:      "server",
	Since:      "2.8.13",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for latency diagnostics commands",
	Sub: []*command.Spec{
		latencySub("doctor", 2, "O(1)", "Return a human readable latency analysis report.", nil, latencyDoctor),
		latencySub("graph", 3, "O(1)", "Return a latency graph for the event.", eventArg, latencyGraph),
		latencySub("histogram", -2, "O(N) where N is the number of commands with latency information being retrieved.",
			"Return the cumulative distribution of latencies of a subset of commands or all.",
			[]command.Arg{{Name: "command", Type: "string", Optional: true, Multiple: true}}, latencyHistogram),
		latencySub("history", 3, "O(1)", "Return timestamp-latency samples for the event.", eventArg, latencyHistory),
		latencySub("latest", 2, "O(1)", "Return the latest latency samples for all events.", nil, latencyLatest),
		latencySub("reset", -2, "O(1)", "Reset latency data for one or more events.",
			[]command.Arg{{Name: "event", Type: "string", Optional: true, Multiple: true}}, latencyReset),
		helpSpec("2.8.13",
			"DOCTOR",
			"    Return a human readable latency analysis report.",
			"GRAPH <event>",
			"    Return an ASCII latency graph for the <event> class.",
			"HISTORY <event>",
			"    Return time-latency samples for the <event> class.",
			"LATEST",
			"    Return the latest latency samples for all events.",
			"RESET [<event> ...]",
			"    Reset latency data of one or more <event> classes.",
			"    (default: reset all data for all event classes)",
			"HISTOGRAM [COMMAND ...]",
			"    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
			"    If no commands are specified then all histograms are replied."),
	},
}

var eventArg = []command.Arg{{Name: "event", Type: "string"}}

func latencySub(name string, arity int, complexity, summary string, args []command.Arg, handler func(*command.Ctx) error) *command.Spec {
	since := "2.8.13"
	if name == "histogram" {
		since = "7.0.0"
	}
	return &command.Spec{
		Name: name, Arity: arity, Flags: command.Admin | command.NoScript | command.Loading | command.Stale,
		Categories: adminSlow, Group: "server", Since: since, Complexity: complexity, Summary: summary, Args: args,
		Handler: handler,
	}
}

func latencyLatest(c *command.Ctx) error {
	events := c.Server.Telemetry().Latency.Latest()
	c.Out.Array(len(events))
	for _, e := range events {
		c.Out.Array(4)
		c.Out.BulkString(e.Name)
		c.Out.Int(e.Latest.Time.Unix())
		c.Out.Int(e.Latest.Duration.Milliseconds())
		c.Out.Int(e.Max.Milliseconds())
	}
	return nil
}

func latencyHistory(c *command.Ctx) error {
	spikes := c.Server.Telemetry().Latency.History(string(c.Args[2]))
	c.Out.Array(len(spikes))
	for _, s := range spikes {
		c.Out.Array(2)
		c.Out.Int(s.Time.Unix())
		c.Out.Int(s.Duration.Milliseconds())
	}
	return nil
}

func latencyReset(c *command.Ctx) error {
	var events []string
	for _, arg := range c.Args[2:] {
		events = append(events, string(arg))
	}
	c.Out.Int(int64(c.Server.Telemetry().Latency.Reset(events...)))
	return nil
}

func latencyDoctor(c *command.Ctx) error {
	if c.Server.Params().Int("latency-monitor-threshold") == 0 {
		c.Out.Verbatim("txt", "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. "+
			"You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. "+
			"If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n")
		return nil
	}
	events := c.Server.Telemetry().Latency.Latest()
	if len(events) == 0 {
		c.Out.Verbatim("txt", "No latency spike was observed since the monitor was enabled or reset.\n")
		return nil
	}
	var text strings.Builder
	for _, e := range events {
		spikes := c.Server.Telemetry().Latency.History(e.Name)
		sum := int64(0)
		for _, s := range spikes {
			sum += s.Duration.Milliseconds()
		}
		fmt.Fprintf(&text, "%s: %d latency spikes (average %dms, worst %dms).\n",
			e.Name, len(spikes), sum/int64(len(spikes)), e.Max.Milliseconds())
	}
	c.Out.Verbatim("txt", text.String())
	return nil
}

// latencyGraph draws the spikes of an event, one column each.
func latencyGraph(c *command.Ctx) error {
	spikes := c.Server.Telemetry().Latency.History(string(c.Args[2]))
	if len(spikes) == 0 {
		return command.Errorf("ERR No samples available for event '%s'", c.Args[2])
	}
	c.Out.Verbatim("txt", graph(string(c.Args[2]), spikes))
	return nil
}

func graph(event string, spikes []telemetry.Spike) string {
	const width, height = 80, 4
	spikes = spikes[max(0, len(spikes)-width):]
	low, high := spikes[0].Duration, spikes[0].Duration
	for _, s := range spikes {
		low, high = min(low, s.Duration), max(high, s.Duration)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s - high %d ms, low %d ms\n%s\n", event, high.Milliseconds(), low.Milliseconds(), strings.Repeat("-", width))
	for row := height; row > 0; row-- {
		for _, s := range spikes {
			level := height
			if high > low {
				level = 1 + int((s.Duration-low)*(height-1)/(high-low))
			}
			if level >= row {
				text.WriteByte('#')
			} else {
				text.WriteByte(' ')
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
}

func latencyHistogram(c *command.Ctx) error {
	tel := c.Server.Telemetry()
	totals := tel.Totals()
	wanted := flatten(c.Server.Registry().All())
	if names := c.Args[2:]; len(names) > 0 {
		wanted = wanted[:0]
		for _, name := range names {
			if spec := c.Server.Registry().Find(string(name)); spec != nil {
				wanted = append(append(wanted, spec), spec.Sub...)
			}
		}
	}
	reply := c.Out.LaterMap()
	n := 0
	for _, spec := range wanted {
		h := tel.Histogram(spec.Index())
		if h == nil {
			continue
		}
		n++
		c.Out.BulkString(spec.FullName())
		c.Out.Map(2)
		c.Out.BulkString("calls")
		c.Out.Int(int64(totals.Commands[spec.Index()].Calls))
		c.Out.BulkString("histogram_usec")
		limits, counts := h.CumulativeMicros()
		c.Out.Map(len(limits))
		for i := range limits {
			c.Out.Int(int64(limits[i]))
			c.Out.Int(int64(counts[i]))
		}
	}
	c.Out.Close(reply, n)
	return nil
}

// flatten lists specs with their subcommands.
func flatten(specs []*command.Spec) []*command.Spec {
	var out []*command.Spec
	for _, spec := range specs {
		out = append(append(out, spec), spec.Sub...)
	}
	return out
}
