package observe

import (
	"fmt"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/tui/widget"
)

// row is a measure as the overview shows it.
type row struct {
	label string
	of    measure
	text  func(float64) string
	// top is the end of the scale, 0 for one that fits what is shown.
	top float64
}

var redisRows = []row{
	{"errors/s", redisErrors, rate, 0},
	{"latency p50", redisP50, nanos, 0},
	{"latency p99", redisP99, nanos, 0},
	{"latency p99.9", redisP999, nanos, 0},
	{"clients", redisClients, amount, 0},
	{"received", redisIn, sizeRate, 0},
	{"sent", redisOut, sizeRate, 0},
	{"cache hits", redisHits, percent, 1},
	{"expired/s", redisExpired, rate, 0},
	{"garbage queue", redisGarbage, amount, 0},
}

var sqlRows = []row{
	{"commits/s", sqlCommits, rate, 0},
	{"rollbacks/s", sqlRollbacks, rate, 0},
	{"errors/s", sqlErrors, rate, 0},
	{"latency p50", sqlP50, nanos, 0},
	{"latency p99", sqlP99, nanos, 0},
	{"latency p99.9", sqlP999, nanos, 0},
	{"connections", sqlClients, amount, 0},
	{"received", sqlIn, sizeRate, 0},
	{"sent", sqlOut, sizeRate, 0},
	{"cache hits", sqlHits, percent, 1},
	{"plan cache hits", sqlPlans, percent, 1},
}

var processRows = []row{
	{"memory", memory, size, 0},
	{"heap in use", heap, size, 0},
}

const (
	labelWidth = 16
	valueWidth = 9
	// twoColumns is from which width on the protocols stand side by side.
	twoColumns = 92
	// chartLines is how high a chart is, where there is room.
	chartLines = 4
)

// section is a part of the overview, drawn in a width.
type section func(o *overview, width int) []string

// View implements pane.Pane.
func (o *overview) View(width, height int) string {
	t := o.env.Theme
	o.height = height
	s := &o.h.last
	switch {
	case o.h.at.IsZero() && o.failed != nil:
		return widget.Frame([]string{t.Bad.Render(widget.Clean(o.failed.Error()))}, width, height)
	case o.h.at.IsZero():
		return widget.Frame([]string{t.Dim.Render("asking the server…")}, width, height)
	}
	var lines []string
	if o.failed != nil {
		lines = append(lines, t.Bad.Render("no answer: ")+t.Dim.Render(widget.Clean(o.failed.Error())))
	}
	if !o.env.Source.Live() {
		lines = append(lines, folded(t.Dim, "offline: no server runs here, so that there is no traffic to be shown", width)...)
	}
	var left, right []section
	if s.Redis != nil {
		if o.env.Source.Live() {
			left = append(left, redisTraffic)
		}
		left = append(left, func(o *overview, w int) []string {
			return o.storage("Redis storage", s.Redis.Durability, &s.Redis.Storage, redisSyncs, redisDebt, w)
		})
	}
	if s.Postgres != nil {
		if o.env.Source.Live() {
			right = append(right, sqlTraffic)
		}
		right = append(right, func(o *overview, w int) []string {
			return o.storage("SQL storage", s.Postgres.Durability, &s.Postgres.Storage, sqlSyncs, sqlDebt, w)
		})
	}
	if len(left) == 0 || len(right) == 0 || width < twoColumns {
		lines = append(lines, o.stack(append(left, right...), width)...)
	} else {
		const gap = 3
		w := (width - gap) / 2
		for i := range max(len(left), len(right)) {
			lines = append(lines, beside(part(o, left, i, w), part(o, right, i, width-gap-w), w, gap)...)
		}
	}
	lines = append(lines, o.process(width)...)
	o.lines = len(lines)
	o.move(0)
	return widget.Frame(lines[min(o.scroll.Offset, len(lines)):], width, height)
}

func part(o *overview, of []section, i, width int) []string {
	if i >= len(of) {
		return nil
	}
	return of[i](o, width)
}

func (o *overview) stack(sections []section, width int) (lines []string) {
	for _, s := range sections {
		lines = append(lines, s(o, width)...)
	}
	return lines
}

// beside puts two columns next to each other.
func beside(left, right []string, width, gap int) (lines []string) {
	for i := range max(len(left), len(right)) {
		line := ""
		if i < len(left) {
			line = left[i]
		}
		line = widget.Fit(line, width+gap)
		if i < len(right) {
			line += right[i]
		}
		lines = append(lines, line)
	}
	return lines
}

// heading is the title of a section, and a value to the right.
func (o *overview) heading(title, right string, width int) string {
	t := o.env.Theme
	right = ansi.Truncate(right, max(width-ansi.StringWidth(title)-1, 0), "…")
	return widget.Spread(t.Title.Render(title), t.Dim.Render(right), width)
}

// chart is the course of a measure in some lines, with its scale.
func (o *overview) chart(m measure, width int) (lines []string) {
	t := o.env.Theme
	values := o.h.course(m, width-7)
	top := widget.Ceiling(values)
	high := chartLines
	if o.height < 18 {
		high = 2
	}
	for i, line := range widget.Chart(values, top, width-7, high) {
		scale := ""
		switch i {
		case 0:
			scale = widget.Count(int64(math.Ceil(top)))
		case high - 1:
			scale = "0"
		}
		lines = append(lines, t.Faint.Render(widget.FitRight(scale, 6))+" "+t.Accent.Render(line))
	}
	return lines
}

// rows draws measures, a line each.
func (o *overview) rows(rows []row, width int) (lines []string) {
	t := o.env.Theme
	for _, r := range rows {
		room := width - labelWidth - valueWidth - 2
		values := o.h.course(r.of, room)
		top := r.top
		if top == 0 {
			top = widget.Ceiling(values)
		}
		lines = append(lines, t.Dim.Render(widget.Fit(r.label, labelWidth))+t.Text.Render(widget.FitRight(r.text(o.h.now(r.of)), valueWidth))+
			"  "+t.Good.Render(widget.Spark(values, top, room)))
	}
	return lines
}

func redisTraffic(o *overview, width int) []string {
	r := o.h.last.Redis
	keys := widget.Grouped(r.KeysTotal) + " keys, " + widget.Grouped(r.KeysWithTTL) + " with a TTL"
	lines := []string{o.heading("Redis  "+rate(o.h.now(redisOps))+" commands/s", keys, width)}
	lines = append(lines, o.chart(redisOps, width)...)
	return append(append(lines, o.rows(redisRows, width)...), "")
}

func sqlTraffic(o *overview, width int) []string {
	p := o.h.last.Postgres
	lines := []string{o.heading("SQL  "+rate(o.h.now(sqlOps))+" statements/s", widget.Grouped(int64(p.StatementsTotal))+" since the start", width)}
	lines = append(lines, o.chart(sqlOps, width)...)
	return append(append(lines, o.rows(sqlRows, width)...), "")
}

// storage is what a store is like. One in memory has no tree and no log.
func (o *overview) storage(title, durability string, s *admin.Store, syncs, debt measure, width int) []string {
	t := o.env.Theme
	if s.Kind == "memory" {
		return []string{o.heading(title, "in memory", width), o.fact("data", widget.Bytes(int64(s.MemtableBytes)), width), ""}
	}
	lines := []string{
		o.heading(title, s.Kind+", durability "+durability, width),
		o.fact("on disk", widget.Bytes(int64(s.DiskBytes))+", log "+widget.Bytes(int64(s.WALBytes)), width),
		o.fact("memtables", widget.Bytes(int64(s.MemtableBytes)), width),
		o.fact("caches", fmt.Sprintf("blocks %s, reads %s", widget.Bytes(s.BlockCacheBytes), widget.Bytes(s.ReadCacheBytes)), width),
		o.fact("work done", fmt.Sprintf("flushes %s, compactions %s", widget.Grouped(s.Flushes), widget.Grouped(s.Compactions)), width),
	}
	stalls := o.fact("write stalls", widget.Grouped(int64(s.WriteStalls)), width)
	if s.WriteStalls > 0 {
		stalls = t.Dim.Render(widget.Fit("write stalls", labelWidth)) + t.Warn.Render(" "+widget.Grouped(int64(s.WriteStalls))+" since the start")
	}
	lines = append(lines, stalls, o.fact("read touches", fmt.Sprintf("%d sorted runs at most", s.ReadAmp), width))
	lines = append(lines, o.rows([]row{{"log syncs/s", syncs, rate, 0}, {"compaction debt", debt, size, 0}}, width)...)
	return append(append(lines, o.levels(s, width)...), "")
}

// levels draws the storage tree, the levels that have something in them.
func (o *overview) levels(s *admin.Store, width int) (lines []string) {
	t := o.env.Theme
	var most int64
	for _, l := range s.Levels {
		most = max(most, l.Bytes)
	}
	for _, l := range s.Levels {
		if l.Bytes == 0 && l.Tables == 0 {
			continue
		}
		label := fmt.Sprintf("level %d, %s", l.Level, counted(l.Tables, "table"))
		bar := widget.Bar(float64(l.Bytes)/float64(max(most, 1)), width-labelWidth-valueWidth-2)
		lines = append(lines, t.Dim.Render(widget.Fit(label, labelWidth))+t.Text.Render(widget.FitRight(widget.Bytes(l.Bytes), valueWidth))+"  "+t.Accent.Render(strings.TrimRight(bar, " ")))
	}
	return lines
}

func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return widget.Count(n) + " " + what + "s"
}

// fact is a line of text.
func (o *overview) fact(label, text string, width int) string {
	t := o.env.Theme
	return widget.Fit(t.Dim.Render(widget.Fit(label, labelWidth))+t.Text.Render(" "+text), width)
}

func (o *overview) process(width int) []string {
	s := &o.h.last
	title := "Process " + fmt.Sprint(s.PID)
	lines := []string{o.heading(title, "version "+widget.Clean(s.Version)+", up "+uptime(s.UptimeSeconds), width)}
	return append(lines, o.rows(processRows, width)...)
}
