package prompt

import (
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/internal/prompt"
	"github.com/orbit-server/orbit/internal/redis/resp"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// redisPane is the prompt for Redis: what was said is above, the line to type in below
// it, and under that what the command takes.
type redisPane struct {
	env     *pane.Env
	session *source.RedisSession
	input   *widget.Input
	history *history
	said    transcript
	docs    map[string]source.Command
	names   []string
	load    pane.Fetch[map[string]source.Command]
	run     pane.Fetch[replied]
	failed  error // why the commands are not known
	db      int
	begun   time.Time
	offered offer
}

// replied is what a command gave.
type replied struct {
	words []string
	reply resp.Reply
	took  time.Duration
	err   error
}

func newRedis(env *pane.Env) *redisPane {
	return &redisPane{
		env: env, session: env.Source.RedisSession(), history: &history{file: prompt.RedisHistory},
		input: widget.NewInput(env.Theme, "redis> ", ""),
	}
}

// Init implements pane.Pane.
func (p *redisPane) Init() tea.Cmd {
	cmds := []tea.Cmd{p.history.load()}
	if p.docs == nil {
		cmds = append(cmds, p.load.Start(time.Minute, p.env.Source.Commands))
	}
	return tea.Batch(cmds...)
}

// Close implements pane.Closer. A command whose reply nobody would see is given up.
func (p *redisPane) Close() {
	if p.run.Busy() {
		p.said.add(badLine, "given up when the prompt was left")
		p.database(0)
	}
	p.load.Cancel()
	p.run.Cancel()
}

// Place implements pane.Placer.
func (p *redisPane) Place() string { return redisPlace }

// Title implements pane.Pane.
func (p *redisPane) Title() string { return "Redis · db" + strconv.Itoa(p.db) }

// Typing implements pane.Typer.
func (p *redisPane) Typing() bool { return true }

// Keys implements pane.Pane.
func (p *redisPane) Keys() []keymap.Action {
	return append([]keymap.Action{runsLine},
		p.env.Keys.List(keymap.PromptComplete, keymap.PromptOlder, keymap.PromptNewer, keymap.PageUp, keymap.PageDown)...)
}

// runsLine is what the footer says of a key that always does that, whatever keys other
// actions have.
var runsLine = keymap.Action{ID: "prompt.enter", Keys: []string{"enter"}, Help: "Run the command", Short: "run"}

// Cancel implements pane.Canceller.
func (p *redisPane) Cancel() bool {
	switch {
	case p.run.Busy():
		p.run.Stop()
	case p.input.Value() != "":
		p.input.SetValue("")
	default:
		return false
	}
	return true
}

// confirmed comes when the user said yes to a command.
type confirmed struct {
	to    *redisPane
	words []string
}

// Update implements pane.Pane.
func (p *redisPane) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if done, _, ok := p.run.Take(msg); ok {
		p.take(done)
		return p, nil
	}
	if docs, err, ok := p.load.Take(msg); ok {
		if p.failed = err; err == nil {
			p.docs = docs
			p.names = commandNames(docs)
		}
		return p, nil
	}
	if p.history.take(msg) {
		return p, nil
	}
	switch msg := msg.(type) {
	case confirmed:
		if msg.to == p {
			return p, p.send(msg.words)
		}
	case tea.KeyPressMsg:
		return p, p.key(msg)
	case tea.PasteMsg:
		p.input.Update(msg)
	case tea.MouseWheelMsg:
		if msg.Mouse().Button == tea.MouseWheelUp {
			p.said.scroll(3)
		} else {
			p.said.scroll(-3)
		}
	}
	return p, nil
}

func (p *redisPane) key(msg tea.KeyPressMsg) tea.Cmd {
	if p.offered.key(msg) {
		if p.offered.taken != "" {
			p.input.SetValue(p.offered.taken + " ")
			p.offered = offer{}
		}
		return nil
	}
	p.offered = offer{}
	keys := p.env.Keys
	switch {
	case msg.String() == "enter":
		return p.enter()
	case msg.String() == "esc":
		return p.env.Ask(pane.Back{})
	case msg.String() == "up", keys.Is(msg, keymap.PromptOlder):
		p.recall(-1)
	case msg.String() == "down", keys.Is(msg, keymap.PromptNewer):
		p.recall(1)
	case msg.String() == "pgup":
		p.said.scroll(p.said.height)
	case msg.String() == "pgdown":
		p.said.scroll(-p.said.height)
	case keys.Is(msg, keymap.PromptComplete):
		p.complete()
	default:
		p.input.Update(msg)
	}
	return nil
}

func (p *redisPane) recall(by int) {
	if text, ok := p.history.move(by, p.input.Value()); ok {
		p.input.SetValue(text)
	}
}

// complete completes the name of a command.
func (p *redisPane) complete() {
	typed := strings.TrimLeft(p.input.Value(), " ")
	found := prompt.Matching(p.names, typed)
	if len(found) > maxCandidates || len(found) == 0 {
		return
	}
	if more := common(found); len(more) > len(typed) {
		p.input.SetValue(more)
		typed = more
	}
	if len(found) == 1 {
		p.input.SetValue(found[0] + " ")
		return
	}
	p.offered = offer{words: found, typed: len(typed)}
}

// enter runs the line, or says why not.
func (p *redisPane) enter() tea.Cmd {
	line := strings.TrimSpace(p.input.Value())
	if line == "" || p.run.Busy() {
		return nil
	}
	words, err := resp.SplitLine(line)
	if err != nil {
		p.said.add(badLine, err.Error())
		return nil
	}
	if len(words) == 0 {
		return nil
	}
	p.input.SetValue("")
	saving := tea.Cmd(nil)
	if !prompt.Secret(words) {
		p.history.keep(line)
		saving = p.history.save(line)
		p.said.add(askedLine, line)
	} else {
		p.said.add(askedLine, words[0]+" …")
	}
	name, c := p.command(words)
	switch {
	case streams[name]:
		p.said.add(badLine, name+" answers for as long as it is asked: use `orbit redis "+strings.ToLower(name)+"`")
		return saving
	case p.env.ReadOnly && (c.Name == "" || c.Writes && !looksOnly(name) || scripts[strings.ToUpper(words[0])]):
		p.said.add(badLine, "read-only: "+name+" may change something")
		return saving
	case destructive[name]:
		return tea.Batch(saving, p.env.Ask(pane.Confirm{Question: "Run " + name + "?", Detail: c.Summary, Yes: pane.Ask(confirmed{p, words})}))
	}
	return tea.Batch(saving, p.send(words))
}

func (p *redisPane) send(words []string) tea.Cmd {
	session := p.session
	p.begun = time.Now()
	return p.run.Start(0, func(ctx context.Context) (replied, error) {
		reply, took, err := session.Run(ctx, words)
		return replied{words, reply, took, err}, nil
	})
}

// take shows a reply.
func (p *redisPane) take(done replied) {
	if done.err != nil {
		p.said.add(badLine, done.err.Error())
		p.database(0)
		return
	}
	p.said.reply(&done.reply)
	p.said.add(factLine, took(done.took))
	_, failed := done.reply.Error()
	if !failed && len(done.words) == 2 && strings.EqualFold(done.words[0], "select") {
		if db, err := strconv.Atoi(done.words[1]); err == nil {
			p.database(db)
		}
	}
}

func (p *redisPane) database(db int) {
	if p.db == db {
		return
	}
	p.db = db
	text := "redis> "
	if db != 0 {
		text = "redis[" + strconv.Itoa(db) + "]> "
	}
	p.input = widget.NewInput(p.env.Theme, text, p.input.Value())
}

// View implements pane.Pane.
func (p *redisPane) View(width, height int) string {
	t := p.env.Theme
	lines := p.said.view(t, width, max(height-2, 0))
	y := len(lines)
	lines = append(lines, p.input.View(width))
	switch {
	case p.run.Slow():
		lines = append(lines, t.Warn.Render("waiting… ")+t.Dim.Render("Ctrl-C gives the connection up"))
	default:
		lines = append(lines, p.hint(width))
	}
	picture := widget.Frame(lines[max(len(lines)-height, 0):], width, height)
	if list := p.offered.view(t, width); list != "" {
		top := y - strings.Count(list, "\n") - 1
		if top < 0 {
			top = y + 1 // what is typed must be seen
		}
		picture = widget.Place(picture, list, 7, top)
	}
	return picture
}
