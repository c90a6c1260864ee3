package keys

import (
	"testing"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/panetest"
)

// TestARefreshWhileKeysAreFetchedIsRemembered changes keys behind the back of a page that is
// under way: what the user asked for meanwhile is done when it is there.
func TestARefreshWhileKeysAreFetchedIsRemembered(t *testing.T) {
	env := panetest.Env(t)
	panetest.Redis(t, env, []string{"SET", "a", "1"}, []string{"SET", "b", "1"})
	l := newList(env, 0, "")
	page := l.first()() // it has come, and was not taken yet
	panetest.Redis(t, env, []string{"SET", "c", "1"})
	if _, cmd := l.Update(pane.Changed{}); cmd == nil || !l.missed || l.look.Busy() {
		t.Fatal("the refresh is not remembered")
	}
	l.View(60, 10)
	l.Update(page)
	if l.missed || !l.look.Busy() {
		t.Fatal("the refresh is forgotten")
	}
	l.Update(pane.Changed{})
	if !l.missed {
		t.Error("a refresh while the keys are looked at again is not remembered")
	}
}
