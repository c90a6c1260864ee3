package observe

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/cockroachdb/datadriven"

	"github.com/orbit-server/orbit/tui/panetest"
	"github.com/orbit-server/orbit/tui/source"
)

// TestClientsScreens keeps the clients of both protocols as text, in three sizes, with
// colours and without: go test -rewrite writes them anew. Escapes are drawn as ␛.
func TestClientsScreens(t *testing.T) {
	env := panetest.Env(t)
	s := newClients(env)
	for _, p := range []source.Peer{
		{Protocol: "redis", ID: "7", Name: "worker", Addr: "10.0.0.9:51234", User: "default", Database: "0", State: "blocked", Doing: "blpop", Age: 3 * time.Hour, Idle: 95 * time.Second, Memory: 22 << 10},
		{Protocol: "redis", ID: "12", Name: "orbit-tui", User: "default", Database: "3", Doing: "client list", Age: time.Minute, Memory: 2 << 20, Own: true},
		{Protocol: "postgres", ID: "41", Name: "psql", Addr: "127.0.0.1:40022", User: "ada", Database: "shop", State: "active", Doing: "select count(*) from orders\nwhere paid", Age: 26 * time.Hour, Memory: -1},
		{Protocol: "postgres", ID: "3", Name: "naïve app", User: "bob", Database: "shop", State: "idle in transaction", Age: -1, Idle: 4 * time.Second, Memory: -1},
	} {
		s.page.entries = append(s.page.entries, clientEntry(&p))
	}
	s.loaded = true
	s.Focus(true)
	s.show()
	datadriven.RunTest(t, "testdata/clients", func(t *testing.T, d *datadriven.TestData) string {
		var width, height int
		if _, err := fmt.Sscanf(d.CmdArgs[0].Key, "%dx%d", &width, &height); err != nil {
			t.Fatal(err)
		}
		env.Theme.Set(true, d.HasArg("colours"))
		drawn := s.View(width, height)
		lines := strings.Split(drawn, "\n")
		if len(lines) != height {
			t.Errorf("%d lines", len(lines))
		}
		for i, l := range lines {
			if w := ansi.StringWidth(l); w > width {
				t.Errorf("line %d is %d wide", i, w)
			}
			lines[i] = strings.TrimRight(strings.ReplaceAll(l, "\x1b", "␛"), " ")
		}
		return strings.Join(lines, "\n") + "\n"
	})
}
