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

var pictureKeys = []string{"down", "down", "down", "down", "down", "down", "down", "right", "tab", "down", "down", "space", "space", "down"}

// writeScreenshot draws the terminal UI over some data that it makes for that.
func writeScreenshot(path string) (err error) {
	dir, err := os.MkdirTemp("", "orbit-screenshot")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
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
	frame, err := photograph(client)
	if err != nil {
		return err
	}
	return write(path, drawSVG(frame, pictureWidth, pictureHeight))
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
		insert into orders select i, i % 300 + 1, 'desk', i * 1.5 from generate_series(1, 2000) i`).ReadAll()
	return errors.Join(err, sql.Close(ctx))
}

// camera is the UI, and the last screen that it drew.
type camera struct {
	tea.Model
	mu    sync.Mutex
	frame string
}

// Update implements tea.Model.
func (c *camera) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m, cmd := c.Model.Update(msg)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Model, c.frame = m, m.View().Content
	return c, cmd
}

func photograph(client *admin.Client) (frame string, err error) {
	src := source.New(client, "/var/lib/orbit", false)
	defer func() { err = errors.Join(err, src.Close()) }()
	c := &camera{Model: tui.New(&pane.Env{Source: src, Theme: theme.New(true, true), Keys: keymap.New(), State: state.Empty()})}
	program := tea.NewProgram(c, tea.WithInput(&bytes.Buffer{}), tea.WithOutput(io.Discard), tea.WithWindowSize(pictureWidth, pictureHeight),
		tea.WithColorProfile(colorprofile.TrueColor), tea.WithoutSignals(), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	ended := make(chan error, 1)
	go func() {
		_, err := program.Run()
		ended <- err
	}()
	time.Sleep(time.Second)
	for _, k := range pictureKeys {
		program.Send(keymap.Press(k))
		time.Sleep(400 * time.Millisecond)
	}
	time.Sleep(time.Second)
	c.mu.Lock()
	frame = c.frame
	c.mu.Unlock()
	program.Quit()
	return frame, <-ended
}
