package drive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/admin/session"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/resp"
	"github.com/orbit-server/orbit/internal/server"
	"github.com/orbit-server/orbit/tui"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// driver runs the program as it is, but for the terminal: what it would draw is kept.
type driver struct {
	t      *testing.T
	dir    string
	live   bool
	server *server.Server
	client *admin.Client
	source *source.Source

	width, height int
	program       *tea.Program
	ended         chan error

	mu    sync.Mutex
	frame string
	since time.Time
	taken int // of what was sent
	sent  int
}

func newDriver(t *testing.T) *driver {
	d := &driver{t: t, dir: filepath.Join(t.TempDir(), "data")}
	t.Cleanup(func() {
		if d.program != nil {
			d.program.Kill()
			if err := <-d.ended; err != nil && !errors.Is(err, tea.ErrProgramKilled) {
				t.Error(err)
			}
		}
		d.stopServer()
	})
	return d
}

// settings serve on ports that are free.
func (d *driver) settings() *config.Config {
	d.t.Helper()
	set := pflag.NewFlagSet("orbit", pflag.ContinueOnError)
	config.Flags(set)
	if err := set.Parse([]string{"--data-dir", d.dir, "--redis-addr", "127.0.0.1:0", "--postgres-addr", "127.0.0.1:0"}); err != nil {
		d.t.Fatal(err)
	}
	c, err := config.Load(set)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// startServer opens the directory: as a server, or offline.
func (d *driver) startServer() {
	d.t.Helper()
	var err error
	if !d.live {
		if d.server, d.client, err = server.Offline(d.settings(), quiet); err != nil {
			d.t.Fatal(err)
		}
		return
	}
	if d.server, err = server.New(d.settings(), quiet); err != nil {
		d.t.Fatal(err)
	}
	if err = d.server.Start(); err != nil {
		d.t.Fatal(err)
	}
	if d.client == nil {
		if d.client, err = admin.NewClient(d.dir); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *driver) stopServer() {
	if d.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := d.server.Shutdown(ctx); err != nil {
		d.t.Error(err)
	}
	d.server = nil
}

// data is the client, with the directory opened offline if nothing did it before.
func (d *driver) data() *admin.Client {
	if d.client == nil {
		d.startServer()
	}
	return d.client
}

func (d *driver) redis(lines []string) {
	d.t.Helper()
	conn, err := session.Redis(d.t.Context(), d.data(), "test", 0, false)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, l := range lines {
		var r resp.Reader
		r.Feed([]byte(l + "\n"))
		args, err := r.Next()
		if err != nil {
			d.t.Fatalf("%s: %v", l, err)
		}
		words := make([]string, 0, len(args))
		for _, a := range args {
			words = append(words, string(a))
		}
		if _, err := conn.Must(words...); err != nil {
			d.t.Fatalf("%s: %v", l, err)
		}
	}
}

func (d *driver) sql(text string) {
	d.t.Helper()
	conn, err := session.SQL(d.t.Context(), d.data(), session.SQLOptions{Database: "postgres", Application: "test"})
	if err != nil {
		d.t.Fatal(err)
	}
	_, err = conn.Exec(d.t.Context(), text).ReadAll()
	if err != nil {
		d.t.Fatalf("%s: %v", text, err)
	}
	if err := conn.Close(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// start opens the UI.
func (d *driver) start(args []string, input string) {
	d.t.Helper()
	if d.live = slices.Contains(args, "live"); d.live {
		d.stopServer() // what was written until now was written offline
		d.client = nil
		d.startServer()
	}
	keys := keymap.New()
	if slices.Contains(args, "keys") {
		var err error
		if keys, err = keymap.Load(bindings(d.t, input)); err != nil {
			d.t.Fatal(err)
		}
	}
	src := source.New(d.data(), "/srv/orbit", d.live)
	d.source = src
	d.t.Cleanup(func() { _ = src.Close() })
	env := &pane.Env{Source: src, Theme: theme.New(true, true), Keys: keys, State: state.Empty(), ReadOnly: slices.Contains(args, "read-only")}
	d.width, d.height = size(d.t, args[0])
	profile := colorprofile.TrueColor
	if slices.Contains(args, "plain") {
		profile = colorprofile.ASCII
	}
	model := &watched{Model: tui.New(env), d: d}
	d.program = tea.NewProgram(model, tea.WithInput(&bytes.Buffer{}), tea.WithOutput(io.Discard), tea.WithWindowSize(d.width, d.height),
		tea.WithColorProfile(profile), tea.WithoutSignals(), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	d.ended = make(chan error, 1)
	go func() {
		_, err := d.program.Run()
		d.ended <- err
	}()
	d.send(resized{Width: d.width, Height: d.height})
}

// watched is the program's model, whose screens the driver sees.
type watched struct {
	tea.Model
	d *driver
}

func (w *watched) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	given := msg
	if r, ok := msg.(resized); ok {
		given = tea.WindowSizeMsg(r)
	}
	m, cmd := w.Model.Update(given)
	w.Model = m
	frame := m.View().Content
	w.d.mu.Lock()
	if frame != w.d.frame {
		w.d.frame, w.d.since = frame, time.Now()
	}
	switch msg.(type) {
	case tea.KeyPressMsg, tea.MouseMsg, resized:
		w.d.taken++
	}
	w.d.mu.Unlock()
	return w, cmd
}

// resized is a change of size that the driver made.
type resized tea.WindowSizeMsg

// send gives the program a key, a mouse event or another size, and waits until it has
// taken it: what is seen afterwards is not what was there before. What the key asks for
// may come later.
func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	d.sent++
	d.program.Send(msg)
	d.until(fmt.Sprint(msg), func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.taken >= d.sent
	})
}

// shown is the screen with its colours.
func (d *driver) shown() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.frame
}

// screen is the screen's text.
func (d *driver) screen() string {
	lines := strings.Split(ansi.Strip(d.shown()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// patience is how long a scenario waits for what must come.
const patience = 15 * time.Second

func (d *driver) until(what string, ok func() bool) {
	d.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("%s never came:\n%s", what, d.screen())
		}
	}
}

func (d *driver) wait(lines []string) {
	d.t.Helper()
	for _, l := range lines {
		d.until(l, func() bool { return strings.Contains(d.screen(), l) })
	}
}

// rest waits until the screen has been the same for a while.
func (d *driver) rest() {
	d.t.Helper()
	d.until("rest", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return time.Since(d.since) > 300*time.Millisecond
	})
}

// click clicks where a text is seen, once nothing moves it any more.
func (d *driver) click(text string) {
	d.t.Helper()
	d.wait([]string{text})
	d.rest()
	for y, l := range strings.Split(d.screen(), "\n") {
		if at := strings.Index(l, text); at >= 0 {
			d.send(tea.MouseClickMsg{X: ansi.StringWidth(l[:at]), Y: y, Button: tea.MouseLeft})
			return
		}
	}
}

func (d *driver) resize(to string) {
	d.t.Helper()
	d.width, d.height = size(d.t, to)
	d.send(resized{Width: d.width, Height: d.height})
}

func (d *driver) quit() {
	d.t.Helper()
	d.sent++
	d.program.Send(keymap.Press("q"))
	select {
	case err := <-d.ended:
		d.program = nil
		if err != nil {
			d.t.Fatal(err)
		}
		if err := d.source.Close(); err != nil {
			d.t.Fatal(err)
		}
	case <-time.After(patience):
		d.t.Fatalf("the program does not end:\n%s", d.screen())
	}
}
