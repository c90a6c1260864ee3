package keys

import (
	"slices"
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

// TestAPatternInAnotherOrderStaysWithinThePrefix looks at a branch of the tree.
func TestAPatternInAnotherOrderStaysWithinThePrefix(t *testing.T) {
	env := panetest.Env(t)
	panetest.Redis(t, env, []string{"SET", "a:one", "1"}, []string{"SET", "a:two", "12"}, []string{"SET", "b:one", "1"})
	l := newList(env, 0, "a:")
	l.order = "size"
	for search, want := range map[string]int{"": 2, "*one": 1, "one": 1, "b*": 0, "a:t*": 1} {
		l.Search(search, true)
		page, err := l.env.Source.KeysBy(t.Context(), 0, l.filter, l.order, topSize)
		if err != nil || len(page.Keys) != want {
			t.Errorf("%q: %+v, %v, want %d keys", search, page, err, want)
		}
	}
}

// TestAMarkFollowsARenamedKey renames a key that is marked.
func TestAMarkFollowsARenamedKey(t *testing.T) {
	env := panetest.Env(t)
	panetest.Redis(t, env, []string{"SET", "a", "1"}, []string{"SET", "b", "1"})
	l := newList(env, 0, "")
	s := panetest.Show(t, env, l)
	s.Sees("a", "b")
	s.Press("space", "k", "R")
	s.Answer("c")
	s.Toast(`renamed to "c"`)
	s.Send(pane.Changed{})
	s.Sees("• c")
	if got := l.chosen(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("marked are %v", got)
	}
}
