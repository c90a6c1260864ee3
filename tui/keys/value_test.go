package keys

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/panetest"
)

// words are the words of commands, one a line.
func words(lines ...string) (commands [][]string) {
	for _, l := range lines {
		commands = append(commands, strings.Fields(l))
	}
	return commands
}

// showValue shows the value of a key that some commands made.
func showValue(t *testing.T, key string, commands ...string) *panetest.Screen {
	t.Helper()
	env := panetest.Env(t)
	panetest.Redis(t, env, words(commands...)...)
	return panetest.Show(t, env, newValue(env, 0, key))
}

func TestEachTypeHasItsViewer(t *testing.T) {
	for key, c := range map[string]struct {
		commands []string
		seen     []string
	}{
		"s":  {[]string{"SET s plain EX 100"}, []string{"string", "plain", "expires in"}},
		"j":  {[]string{`SET j {"a":[1,true]}`}, []string{`"a": [`, "no expiry"}},
		"b":  {[]string{"SET b \x00\x01"}, []string{"00000000  00 01"}},
		"h":  {[]string{"HSET h f v g w"}, []string{"hash", "2 elements", "field", "f │ v", "g │ w"}},
		"l":  {[]string{"RPUSH l a b"}, []string{"index", "0 │ a", "1 │ b"}},
		"st": {[]string{"SADD st x"}, []string{"member", "x"}},
		"z":  {[]string{"ZADD z 1.5 m"}, []string{"score", "1.5"}},
		"x":  {[]string{"XADD x 1-1 a b c d"}, []string{"1-1", "a=b  c=d"}},
		"no": {nil, []string{"the key is gone"}},
	} {
		t.Run(key, func(t *testing.T) { showValue(t, key, c.commands...).Sees(c.seen...) })
	}
}

func TestStringsAreEdited(t *testing.T) {
	s := showValue(t, "s", "SET s old EX 1000")
	s.Sees("old")
	s.Press("e")
	if p := s.Answer("new"); p.Initial != "old" {
		t.Errorf("the prompt begins with %q", p.Initial)
	}
	s.Toast("saved")
	s.Send(pane.Changed{})
	s.Sees("new", "expires in") // the time to live stays
	s.Press("t")
	if p := panetest.Last[pane.Prompt](s); p.Check("soon") == nil || p.Check("1h") != nil {
		t.Error("which times are taken")
	}
	s.Press("t")
	s.Answer("never")
	s.Toast("no longer expiring")
	s.Press("R")
	s.Answer("other")
	s.Toast(`renamed to "other"`)
	s.Until("the title", func() bool { return s.Pane.Title() == "db0 · other" })
	s.Press("y")
	s.Until("the copy", func() bool { return s.Copied == "new" })
	s.Press("c")
	s.Answer("copy")
	s.Toast(`copied to "copy"`)
	s.Press("c")
	s.Answer("copy")
	s.Toast("there is a key of that name")
	s.Press("D")
	s.Yes()
	s.Toast("deleted 1 key")
	panetest.Last[pane.Back](s)
}

// An editor is a program of the user's: what it saves is the value.
func TestEditorsAreHeldFor(t *testing.T) {
	s := showValue(t, "s", "SET s old")
	s.Sees("old")
	v := s.Pane.(*value)
	s.Press("E")
	if !v.Holding() {
		t.Error("keys go to the value while an editor is opened")
	}
	v.Update(edited{of: v, was: "old", text: "by hand\n", finished: v.setString})
	if v.Holding() {
		t.Error("keys are still kept")
	}
	_, cmd := v.Update(edited{of: v, was: "old", text: "by hand\n", finished: v.setString})
	s.Do(cmd)
	s.Sees("by hand")
	_, cmd = v.Update(edited{of: v, was: "by hand", text: "by hand\n"})
	s.Do(cmd)
	s.Toast("nothing was changed")
	_, cmd = v.Update(edited{of: v, err: os.ErrNotExist})
	s.Do(cmd)
	s.Toast("file does not exist")
}

func TestEditorCommand(t *testing.T) {
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", "ed -s")
	if c := editorCommand(); c != "ed -s" {
		t.Errorf("%q", c)
	}
	t.Setenv("VISUAL", "vim")
	if c := editorCommand(); c != "vim" {
		t.Errorf("%q", c)
	}
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", "")
	t.Setenv("PATH", t.TempDir())
	if c := editorCommand(); c != "" {
		t.Errorf("%q", c)
	}
	nano := filepath.Join(os.Getenv("PATH"), "nano")
	if err := os.WriteFile(nano, []byte("#!/bin/sh\n"), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	if c := editorCommand(); c != "nano" {
		t.Errorf("%q", c)
	}
}

func TestElementsAreEdited(t *testing.T) {
	s := showValue(t, "h", "HSET h f v")
	s.Sees("f │ v")
	s.Press("e")
	s.Answer("w")
	s.Sees("f │ w")
	s.Press("a")
	s.Answer("g")
	s.Answer("x")
	s.Sees("g │ x")
	s.Press("s", "s")
	s.Until("the order", func() bool { return strings.Index(s.Shown(), "g  ") < strings.Index(s.Shown(), "f  ") })
	s.Press("g", "d")
	if c := s.Yes(); !strings.Contains(c.Question, `Remove "g" from "h"`) {
		t.Error(c.Question)
	}
	s.Misses("g │ x")
	s.Do(s.Pane.(*value).Search("nothing", true))
	s.Misses("f │ w")
	s.Do(s.Pane.(*value).Search("", true))
	s.Sees("f │ w")
}

func TestListsAreEdited(t *testing.T) {
	s := showValue(t, "l", "RPUSH l a b a")
	s.Sees("2 │ a")
	s.Press("a")
	s.Answer("end")
	s.Sees("3 │ end")
	s.Press("g", "d")
	s.Yes()
	s.Sees("0 │ b", "1 │ a", "2 │ end")
	s.Press("e")
	s.Answer("first")
	s.Sees("0 │ first")
}

func TestSetsAndStreamsSayWhatCannotBeChanged(t *testing.T) {
	s := showValue(t, "m", "SADD m one")
	s.Sees("one")
	s.Press("e")
	s.Toast("an element of a set cannot be changed")
	s.Press("d")
	s.Yes()
	s.Sees("the key is gone")
}

func TestStreamsHaveGroups(t *testing.T) {
	s := showValue(t, "x", "XADD x 1-1 a b", "XGROUP CREATE x workers 0")
	s.Sees("a=b")
	s.Press("v")
	s.Sees("workers", "consumers")
	s.Press("v")
	s.Sees("a=b")
}

// Of elements that are large the beginning is fetched, and the whole when it is opened.
func TestLargeElementsAreFetchedOnDemand(t *testing.T) {
	long := func(end string) string { return strings.Repeat("0123456789", 5000) + end }
	for typ, put := range map[string][][]string{
		"list":   {{"RPUSH", "k", "small", long("END")}},
		"set":    {{"SADD", "k", "small", long("END"), long("OTHER")}},
		"zset":   {{"ZADD", "k", "1", "small", "2", long("END")}},
		"stream": {{"XADD", "k", "1-1", "f", "small"}, {"XADD", "k", "1-2", "f", long("END")}},
		"hash":   {{"HSET", "k", "a", "small", "b", long("END")}},
	} {
		t.Run(typ, func(t *testing.T) {
			env := panetest.Env(t)
			panetest.Redis(t, env, put...)
			s := panetest.Show(t, env, newValue(env, 0, "k"))
			s.Sees("small", "open to see it")
			v := s.Pane.(*value)
			at := -1
			for i, it := range v.items.list {
				if got := len(it.Name) + len(it.Value); got > 2000 {
					t.Errorf("%d bytes of an element were fetched", got)
				}
				if it.Size > 0 {
					at = i
				}
			}
			for range at {
				s.Press("down")
			}
			size := v.items.list[at].Size
			s.Press("enter")
			one := panetest.Show(t, env, panetest.Last[pane.Open](s).Pane)
			i := one.Pane.(*item)
			one.Until("the whole", func() bool { return int64(len(i.text.raw)) == size })
			if end := string(i.text.raw[len(i.text.raw)-5:]); !strings.HasSuffix(end, "END") && end != "OTHER" {
				t.Errorf("it ends with %q", end)
			}
			if i.Title() == "" || !strings.Contains(i.Note(), "text") {
				t.Errorf("title %q, note %q", i.Title(), i.Note())
			}
			s.Press("e")
			s.Until("why it is not edited", func() bool { return len(s.Asked) > 0 })
			if typ == "stream" {
				return
			}
			s.Press("d")
			s.Yes()
			s.Toast("removed")
			s.Until("the removal", func() bool { return v.info.Elements < int64(len(put[0])-2) && !v.items.fetch.Busy() })
		})
	}
}

func TestAnElementThatMovedIsNotTakenForAnother(t *testing.T) {
	env := panetest.Env(t)
	long := strings.Repeat("x", 50_000)
	panetest.Redis(t, env, []string{"RPUSH", "k", long, "last"})
	s := panetest.Show(t, env, newValue(env, 0, "k"))
	s.Sees("last")
	cut := s.Pane.(*value).items.list[0]
	panetest.Redis(t, env, []string{"LPUSH", "k", "first"})
	if _, err := env.Source.Item(t.Context(), 0, "k", "list", cut, 10); err == nil {
		t.Error("another element was taken for it")
	}
	if err := env.Source.RemoveItem(t.Context(), 0, "k", "list", cut); err == nil {
		t.Error("another element was removed")
	}
}

func TestCollectionsAreFetchedInPages(t *testing.T) {
	env := panetest.Env(t)
	put := []string{"RPUSH", "k"}
	for i := range 3000 {
		put = append(put, fmt.Sprint("value", i))
	}
	panetest.Redis(t, env, put)
	s := panetest.Show(t, env, newValue(env, 0, "k"))
	s.Sees("0 │ value0")
	v := s.Pane.(*value)
	if n := len(v.items.list); n >= 3000 {
		t.Errorf("%d are fetched at once", n)
	}
	for range 20 {
		s.Press("G")
		if strings.Contains(s.Shown(), "value2999") {
			break
		}
		n := len(v.items.list)
		s.Until("more", func() bool {
			return len(v.items.list) > n || strings.Contains(s.Shown(), "value2999") || v.items.next == ""
		})
	}
	s.Press("G")
	s.Sees("value2999")
	s.Do(v.Search("value29", false))
	s.Until("what is found", func() bool { return strings.Contains(v.Note(), "111 of 3000") })
}

func TestLongStringsAreFetchedInParts(t *testing.T) {
	env := panetest.Env(t)
	panetest.Redis(t, env, []string{"SET", "k", strings.Repeat("line\n", 200_000)})
	s := panetest.Show(t, env, newValue(env, 0, "k"))
	v := s.Pane.(*value)
	s.Until("the first part", func() bool { return strings.Contains(v.Note(), "the first 256K of") })
	s.Press("e")
	s.Toast("only the beginning")
	s.Press("m")
	s.Until("all of it", func() bool { return len(v.text.raw) == 1_000_000 })
	s.Press("m")
	s.Toast("this is all of it")
}

func TestValuesOfALostServer(t *testing.T) {
	env := panetest.Lost(t)
	s := panetest.Show(t, env, newValue(env, 0, "k"))
	s.Until("an error", func() bool { return s.Pane.(*value).failed != nil })
	s.Press("d", "e", "enter")
	s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	s.Width, s.Height = 5, 1
	s.Shown()
}
