package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/admin/session"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/server"
	"github.com/orbit-server/orbit/tui"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// The picture's size in cells, and what is pressed before it is taken.
const (
	pictureWidth  = 108
	pictureHeight = 30
)

// What is pressed before a picture is taken, and while the recording is made.
var (
	keysPicture  = strings.Fields("down down down down down down down right tab down down space space down")
	tablePicture = strings.Fields("down down down down down down down down down down down enter right right right s s down down down")
	recorded     = strings.Fields("down down down down down down down right tab down enter esc space down down space U " +
		"shift+tab left down down down down enter right right right s s down down enter esc : s q l enter " +
		"s e l e c t space i t e m , space s u m ( p r i c e ) space f r o m space o r d e r s space g r o u p space b y space 1 ; enter")
)

// writeScreenshot draws pictures of the terminal UI over some data that it makes for
// that.
func writeScreenshot(dir string) error {
	return onStage(func(client *admin.Client) error {
		for name, keys := range map[string][]string{"tui.svg": keysPicture, "tui-table.svg": tablePicture} {
			shots, err := photograph(client, keys)
			if err != nil {
				return err
			}
			if err := write(filepath.Join(dir, name), drawSVG(shots[len(shots)-1].frame, pictureWidth, pictureHeight)); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeRecording draws a picture that moves.
func writeRecording(path string) error {
	return onStage(func(client *admin.Client) error {
		shots, err := photograph(client, recorded)
		if err != nil {
			return err
		}
		return write(path, drawFilm(shots, pictureWidth, pictureHeight))
	})
}

// onStage opens a directory with data in it that is there for that only.
func onStage(do func(client *admin.Client) error) (err error) {
	dir, err := os.MkdirTemp("", "orbit-screenshot")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, name := range []string{"XDG_STATE_HOME", "XDG_CONFIG_HOME"} { // not of who makes it
		if err := os.Setenv(name, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	flags := pflag.NewFlagSet("orbit", pflag.ContinueOnError)
	config.Flags(flags)
	if err := flags.Parse([]string{"--data-dir", filepath.Join(dir, "data")}); err != nil {
		return err
	}
	c, err := config.Load(flags)
	if err != nil {
		return err
	}
	s, client, err := server.Offline(c, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Shutdown(context.Background())) }()
	if err := fill(client); err != nil {
		return err
	}
	return do(client)
}

// fill writes the data of the picture.
func fill(client *admin.Client) error {
	ctx := context.Background()
	conn, err := session.Redis(ctx, client, "docgen", 0, false)
	if err != nil {
		return err
	}
	var commands [][]string
	add := func(words ...string) { commands = append(commands, words) }
	for i := range 240 {
		user := fmt.Sprintf("user:%04d", i)
		add("HSET", user+":profile", "name", "Ada", "email", "ada@example.com", "visits", fmt.Sprint(i*7))
		add("SADD", user+":tags", "admin", "dev", "early")
		add("ZADD", user+":scores", fmt.Sprint(i), "chess", fmt.Sprint(i*3%50), "go")
		add("SET", fmt.Sprintf("session:%06x", i*7919), `{"user":1,"ip":"10.0.0.7"}`, "EX", fmt.Sprint(3600+i*60))
	}
	for i := range 500 {
		add("XADD", "events:clicks", "*", "page", fmt.Sprintf("/product/%d", i%40))
		add("RPUSH", "queue:mail", fmt.Sprintf(`{"to":"user%d@example.com"}`, i))
	}
	add("SET", "config:features", `{"dark":true,"beta":["search","export"]}`)
	add("SET", "counter:visits", "48211")
	for _, words := range commands {
		if _, err := conn.Must(words...); err != nil {
			return errors.Join(err, conn.Close())
		}
	}
	if err := conn.Close(); err != nil {
		return err
	}
	sql, err := session.SQL(ctx, client, session.SQLOptions{Database: "postgres", Application: "docgen"})
	if err != nil {
		return err
	}
	_, err = sql.Exec(ctx, `create table customers (id int primary key, name text, city text);
		create table orders (id int primary key, customer int, item text, price numeric(10,2));
		insert into customers select i, 'customer ' || i, 'Paris' from generate_series(1, 300) i;
		insert into orders select i, i % 300 + 1, (array['desk', 'lamp', 'chair', 'shelf'])[i % 4 + 1], i * 1.5 from generate_series(1, 2000) i`).ReadAll()
	return errors.Join(err, sql.Close(ctx))
}

// camera is the UI, the last screen that it drew, and since when that is the last.
type camera struct {
	tea.Model
	mu    sync.Mutex
	frame string
	since time.Time
}

// Update implements tea.Model.
func (c *camera) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m, cmd := c.Model.Update(msg)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Model = m
	if frame := m.View().Content; frame != c.frame {
		c.frame, c.since = frame, time.Now()
	}
	return c, cmd
}

// rest waits until the screen has come to rest, or moves for as long as it likes.
func (c *camera) rest() string {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c.mu.Lock()
		frame, since := c.frame, c.since
		c.mu.Unlock()
		if time.Since(since) > 600*time.Millisecond || time.Now().After(end) {
			return frame
		}
	}
}

// How long the screen after a key is shown: one that was typed, or one that did
// something.
const (
	typed = 90 * time.Millisecond
	acted = 900 * time.Millisecond
)

// photograph presses keys, and takes a picture before them and after each.
func photograph(client *admin.Client, keys []string) (shots []shot, err error) {
	src := source.New(client, "/var/lib/orbit", false)
	defer func() { err = errors.Join(err, src.Close()) }()
	c := &camera{Model: tui.New(&pane.Env{Source: src, Theme: theme.New(true, true), Keys: keymap.New(), State: state.Empty()}), since: time.Now()}
	program := tea.NewProgram(c, tea.WithInput(&bytes.Buffer{}), tea.WithOutput(io.Discard), tea.WithWindowSize(pictureWidth, pictureHeight),
		tea.WithColorProfile(colorprofile.TrueColor), tea.WithoutSignals(), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	ended := make(chan error, 1)
	go func() {
		_, err := program.Run()
		ended <- err
	}()
	shots = append(shots, shot{c.rest(), 2 * acted})
	typing := false
	for i, k := range keys {
		program.Send(keymap.Press(k))
		hold := acted
		// What is typed at a prompt is a run of keys that stand for themselves.
		one := func(n int) bool { return n >= 0 && n < len(keys) && (len(keys[n]) == 1 || keys[n] == "space") }
		if typing = one(i) && (typing || one(i+1) && one(i+2)); typing {
			hold = typed
		}
		shots = append(shots, shot{c.rest(), hold})
	}
	shots[len(shots)-1].hold = 3 * acted
	program.Quit()
	return shots, <-ended
}
