package prompt

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
)

// database is a database that statements are run in.
type database struct {
	q       *source.SQL
	session *source.Session
}

// in gives access to a database; nothing connects to it yet.
func (p *sqlPane) in(name string) *database {
	if p.databases[name] == nil {
		q := p.env.Source.Database(name, p.env.ReadOnly)
		p.databases[name] = &database{q, q.Session()}
	}
	return p.databases[name]
}

// use runs what follows in another database. The connection to the one before is
// closed: who is connected to a database is in the way of dropping it.
func (p *sqlPane) use(name string) tea.Cmd {
	before := p.database
	p.database = p.in(name)
	p.known = source.Words{}
	p.env.State.Set(pane.Database, name)
	return tea.Batch(p.words.Start(time.Minute, p.q.Words), func() tea.Msg {
		before.leave()
		return nil
	})
}

// leave closes the connections to a database.
func (d *database) leave() {
	_ = d.session.Close() // nothing was under way
	_ = d.q.Rest()
}

// askDatabase asks which there are.
func (p *sqlPane) askDatabase() tea.Cmd {
	switch {
	case p.run.Busy():
		return warn("a statement is running: Ctrl-C stops it")
	case p.status != 'I':
		return warn("a transaction is open: COMMIT or ROLLBACK ends it")
	}
	return p.names.Start(time.Minute, p.in(pane.MainDatabase).q.Databases)
}

// Holding implements pane.Holder: while the databases are asked for.
func (p *sqlPane) Holding() bool { return p.names.Busy() }

// choose has one of them chosen, the present one first unless it was dropped meanwhile.
func (p *sqlPane) choose(names []string) tea.Cmd {
	now := p.q.Name()
	if at := slices.Index(names, now); at > 0 {
		names = append([]string{now}, slices.Delete(names, at, at+1)...)
	}
	return p.env.Ask(pane.Choose{Title: "Run statements in", Options: names, Done: func(i int) tea.Cmd {
		if names[i] == now {
			return nil
		}
		return p.use(names[i])
	}})
}

func warn(text string) tea.Cmd { return pane.Ask(pane.Toast{Text: text, Level: pane.Warning}) }
