package prompt

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/dump"
	"github.com/orbit-server/orbit/internal/prompt"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
)

// sqlPane is the prompt for SQL: statements are typed above, what came of the last is
// below.
type sqlPane struct {
	env       *pane.Env
	databases map[string]*database // that were used, by name
	*database                      // the one that is used
	edit      *editor
	below     bool // keys go to the results
	focused   bool
	width     int
	height    int

	run      pane.Fetch[ran]
	words    pane.Fetch[source.Words]
	export   pane.Fetch[int64]
	path     string // of the export
	known    source.Words
	offered  offer
	history  *history
	results  results
	status   byte                 // of the transaction
	names    pane.Fetch[[]string] // of databases
	at       int                  // where the statement that runs is in the text
	explains bool                 // what runs is asked for to see the plan
	last     string
}

// ran is what came of a statement; err may come with results.
type ran struct {
	source.Outcome
	text string
	err  error
}

func newSQL(env *pane.Env) *sqlPane {
	p := &sqlPane{env: env, databases: map[string]*database{}, edit: newEditor(), history: &history{file: prompt.SQLHistory}, status: 'I'}
	p.database = p.in(env.State.Get(pane.Database, pane.MainDatabase))
	return p
}

// Init implements pane.Pane.
func (p *sqlPane) Init() tea.Cmd {
	if to := p.env.State.Get(pane.Database, p.q.Name()); to != p.q.Name() && p.status == 'I' {
		return tea.Batch(p.history.load(), p.use(to))
	}
	return tea.Batch(p.history.load(), p.words.Start(time.Minute, p.q.Words))
}

// Close implements pane.Closer. A statement whose end nobody would see is stopped.
func (p *sqlPane) Close() {
	if p.run.Busy() {
		p.results = results{tried: true, notices: []string{"The statement was stopped when the prompt was left."}}
	}
	p.run.Cancel()
	p.words.Cancel()
	p.names.Cancel()
}

// Place implements pane.Placer.
func (p *sqlPane) Place() string { return sqlPlace }

// Title implements pane.Pane.
func (p *sqlPane) Title() string { return "SQL · " + p.q.Name() }

// Note implements pane.Noter.
func (p *sqlPane) Note() string {
	switch p.status {
	case 'T':
		return "in a transaction"
	case 'E':
		return "in a transaction that failed: ROLLBACK ends it"
	}
	return ""
}

// Focus implements pane.Focuser.
func (p *sqlPane) Focus(focused bool) { p.focused = focused }

// Typing implements pane.Typer.
func (p *sqlPane) Typing() bool { return !p.below }

// Keys implements pane.Pane.
func (p *sqlPane) Keys() []keymap.Action {
	if !p.below {
		return p.env.Keys.List(keymap.PromptRun, keymap.PromptExplain, keymap.PromptDatabase, keymap.PromptComplete, keymap.PromptOlder, keymap.PromptNewer, keymap.PromptResults)
	}
	return p.env.Keys.List(keymap.Open, keymap.PromptEdit, keymap.PromptNextResult, keymap.PromptExport, keymap.RowsCopy, keymap.RowsWider,
		keymap.RowsNarrower, keymap.RowsFit)
}

// Cancel implements pane.Canceller: Ctrl-C stops the query, or else drops what was
// typed.
func (p *sqlPane) Cancel() bool {
	switch {
	case p.run.Busy():
		p.run.Stop()
	case p.export.Busy():
		p.export.Cancel()
	case strings.TrimSpace(p.edit.text()) != "":
		p.history.keep(p.edit.text())
		p.edit.set("")
		p.offered = offer{}
		p.below = false
	default:
		return false
	}
	return true
}

// Update implements pane.Pane.
func (p *sqlPane) Update(msg tea.Msg) (pane.Pane, tea.Cmd) {
	if done, _, ok := p.run.Take(msg); ok {
		return p, p.take(done)
	}
	if w, err, ok := p.words.Take(msg); ok {
		if err == nil {
			p.known = w
		}
		return p, nil
	}
	if names, err, ok := p.names.Take(msg); ok {
		if err != nil {
			return p, pane.Fail(err)
		}
		return p, p.choose(names)
	}
	if n, err, ok := p.export.Take(msg); ok {
		switch {
		case errors.Is(err, context.Canceled):
			return p, nil
		case err != nil:
			return p, pane.Fail(err)
		}
		return p, pane.Say(countOf(n) + " written to " + p.path)
	}
	if p.history.take(msg) {
		return p, nil
	}
	switch msg := msg.(type) {
	case exportTo:
		if msg.to == p {
			return p, p.exportTo(msg)
		}
	case tea.KeyPressMsg:
		if p.below {
			return p, p.belowKey(msg)
		}
		return p, p.key(msg)
	case tea.PasteMsg:
		p.offered = offer{}
		return p, p.edit.update(msg)
	case tea.MouseMsg:
		p.mouse(msg)
	case pane.Changed:
		return p, p.words.Start(time.Minute, p.q.Words)
	}
	return p, nil
}

// key is a key press in the editor.
func (p *sqlPane) key(msg tea.KeyPressMsg) tea.Cmd {
	if p.offered.key(msg) {
		if p.offered.taken != "" {
			p.edit.insert(p.offered.taken, p.offered.typed)
			p.offered = offer{}
		}
		return nil
	}
	p.offered = offer{}
	keys := p.env.Keys
	text := p.edit.text()
	switch {
	case keys.Is(msg, keymap.PromptRun):
		return p.statement(false)
	case keys.Is(msg, keymap.PromptExplain):
		return p.statement(true)
	case keys.Is(msg, keymap.PromptDatabase):
		return p.askDatabase()
	case keys.Is(msg, keymap.PromptComplete):
		p.complete()
		return nil
	case keys.Is(msg, keymap.PromptResults):
		if p.results.any() {
			p.below = true
			return nil
		}
		return p.env.Ask(pane.Back{})
	case msg.String() == "enter" && strings.TrimSpace(text[p.edit.cursor():]) == "" && dump.Complete(text):
		return p.statement(false)
	case keys.Is(msg, keymap.PromptOlder) || msg.String() == "up" && p.edit.area.Line() == 0:
		p.recall(-1)
		return nil
	case keys.Is(msg, keymap.PromptNewer) || msg.String() == "down" && p.edit.area.Line() == p.edit.area.LineCount()-1:
		p.recall(1)
		return nil
	}
	return p.edit.update(msg)
}

func (p *sqlPane) recall(by int) {
	if text, ok := p.history.move(by, p.edit.text()); ok {
		p.edit.set(text)
	}
}

// statement runs the one that the cursor is in.
func (p *sqlPane) statement(explain bool) tea.Cmd {
	if p.run.Busy() {
		return warn("a statement is running: Ctrl-C stops it")
	}
	all := p.edit.text()
	from, to := dump.StatementAt(all, p.edit.cursor())
	text := all[from:to]
	if strings.TrimSpace(strings.Trim(text, "; \t\n")) == "" {
		return nil
	}
	p.edit.bad, p.at, p.explains = -1, from, explain
	p.last = text
	run := text
	if explain {
		const before = "EXPLAIN (FORMAT JSON) "
		run = before + text
		p.at -= len(before)
	}
	p.history.keep(strings.TrimSpace(text))
	session := p.session
	p.results.begin()
	return tea.Batch(p.history.save(strings.TrimSpace(text)), p.run.Start(0, func(ctx context.Context) (ran, error) {
		o, err := session.Run(ctx, run)
		return ran{o, run, err}, nil
	}))
}

// take shows what came of a statement.
func (p *sqlPane) take(done ran) tea.Cmd {
	p.status = done.Status
	if p.status == 0 {
		p.status = 'I'
	}
	p.results.show(done)
	var wrong *pgconn.PgError
	if errors.As(done.err, &wrong) && wrong.Position > 0 {
		if at := p.at + runeOffset(done.text, int(wrong.Position)-1); at >= 0 && at <= len(p.edit.text()) {
			p.edit.bad = at
		}
	}
	if done.err == nil && changesNames(done.Results) {
		return tea.Batch(p.words.Start(time.Minute, p.q.Words), pane.Ask(pane.Reload{}))
	}
	return nil
}

// changesNames tells whether statements made, dropped or renamed something.
func changesNames(all []source.Result) bool {
	for i := range all {
		if verb, _, _ := strings.Cut(all[i].Tag, " "); verb == "CREATE" || verb == "DROP" || verb == "ALTER" {
			return true
		}
	}
	return false
}

// complete offers what may stand at the cursor.
func (p *sqlPane) complete() {
	text, at := p.edit.text(), p.edit.cursor()
	from, to := dump.StatementAt(text, at)
	if from > at {
		from = at
	}
	found, typed := complete(p.known, text[from:to], text[from:at])
	if more := common(found); len(more) > typed {
		p.edit.insert(more, typed)
		typed = len(more)
	}
	if len(found) > 1 {
		p.offered = offer{words: found, typed: typed}
	}
}

// View implements pane.Pane.
func (p *sqlPane) View(width, height int) string {
	p.width, p.height = width, height
	return p.view(width, height)
}
