package observe

import (
	"strings"

	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// View implements pane.Pane.
func (e *events) View(width, height int) string {
	t := e.env.Theme
	lines := folded(t.Dim, e.heading(), width)
	for _, ear := range []*ear{&e.redis, &e.sql} {
		if ear.failed != nil {
			lines = append(lines, folded(t.Bad, ear.failed.Error(), width)...)
		}
	}
	if !e.env.Source.Live() {
		lines = append(lines, folded(t.Dim, "offline: nobody but this program can cause events", width)...)
	}
	if e.filter != "" {
		lines = append(lines, t.Dim.Render("with ")+t.Accent.Render(widget.Clean(e.filter)))
	}
	lines = lines[:min(len(lines), max(height-1, 1))]
	e.height = max(height-len(lines), 1)
	list := e.chosen()
	e.back = max(min(e.back, len(list)-e.height), 0)
	list = list[:len(list)-e.back]
	list = list[max(len(list)-e.height, 0):]
	if len(list) == 0 {
		lines = append(lines, t.Dim.Render("nothing was heard yet"))
	}
	for i := range list {
		lines = append(lines, e.line(&list[i], width))
	}
	return widget.Frame(lines, width, height)
}

// heading says what is listened to.
func (e *events) heading() string {
	parts := []string{"Redis " + e.redis.state(), "SQL " + e.sql.state()}
	if e.known {
		told := "off"
		if e.told != "" {
			told = "on (" + e.told + ")"
		}
		parts = append(parts, "keyspace events "+told)
	}
	return strings.Join(parts, "; ")
}

func (e *events) line(v *source.Event, width int) string {
	t := e.env.Theme
	channel := max(min(width/3, 32), 8)
	at := v.At.Local().Format("15:04:05.000")
	if width < 50 {
		at = at[:8]
	}
	style := t.Good
	switch {
	case v.Protocol == "postgres":
		style = t.Accent
	case strings.HasPrefix(v.Channel, "__key"):
		style = t.Warn
	}
	payload := widget.Clean(v.Payload)
	if v.Cut {
		payload += "…"
	}
	return t.Faint.Render(at) + " " + style.Render(widget.Fit(widget.Clean(v.Channel), channel)) + " " + t.Text.Render(payload)
}
