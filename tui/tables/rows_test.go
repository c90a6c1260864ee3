package tables

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/server"
	"github.com/orbit-server/orbit/tui/keymap"
	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/state"
	"github.com/orbit-server/orbit/tui/theme"
)

// screen is a pane as the App would drive it, one message after the other, and what it
// asked the App for.
type screen struct {
	t     *testing.T
	env   *pane.Env
	q     *source.SQL
	p     pane.Pane
	asked []tea.Msg
}

// open opens an empty directory offline and runs some statements in it.
func open(t *testing.T, statements string, readOnly bool) *screen {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.Flags(flags)
	if err := flags.Set("data-dir", filepath.Join(t.TempDir(), "data")); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	srv, client, err := server.Offline(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	src := source.New(client, c.DataDir, false)
	t.Cleanup(func() {
		if err := errors.Join(src.Close(), srv.Shutdown(context.Background())); err != nil {
			t.Error(err)
		}
	})
	if _, err := src.Database(mainDatabase, false).Session().Run(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
	env := &pane.Env{Source: src, Theme: theme.New(true, false), Keys: keymap.New(), State: &state.State{}, ReadOnly: readOnly}
	return &screen{t: t, env: env, q: src.Database(mainDatabase, readOnly)}
}

// show shows a table.
func (s *screen) show(table string) {
	s.p = newRelation(s.env, s.q, "public", table)
	s.do(s.p.Init())
}

// do runs a command and all that follows from it.
func (s *screen) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	if v := reflect.ValueOf(msg); v.IsValid() && v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			one, _ := v.Index(i).Interface().(tea.Cmd)
			s.do(one)
		}
		return
	}
	switch msg := msg.(type) {
	case nil:
	case pane.Confirm, pane.Prompt, pane.Choose, pane.Toast, pane.Open, pane.Back:
		s.asked = append(s.asked, msg)
	default:
		var next tea.Cmd
		s.p, next = s.p.Update(msg)
		s.do(next)
	}
}

func (s *screen) press(keys ...string) {
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		if code, special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "end": tea.KeyEnd, "home": tea.KeyHome, "right": tea.KeyRight, "down": tea.KeyDown}[k]; special {
			msg = tea.KeyPressMsg{Code: code}
		}
		var cmd tea.Cmd
		s.p, cmd = s.p.Update(msg)
		s.view()
		s.do(cmd)
		s.view()
	}
}

func (s *screen) view() string { return ansi.Strip(s.p.View(60, 12)) }

// last is the last that was asked of the App.
func last[T any](s *screen) (asked T) {
	s.t.Helper()
	for i := len(s.asked) - 1; i >= 0; i-- {
		if a, ok := s.asked[i].(T); ok {
			return a
		}
	}
	s.t.Fatalf("no %T in %v", asked, s.asked)
	return asked
}

func (s *screen) sees(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if v := s.view(); !strings.Contains(v, text) {
			s.t.Errorf("%q is not seen in\n%s", text, v)
		}
	}
}

// TestScrollsToTheEndAndBack scrolls a table page by page. TUI_ROWS makes it larger;
// what it took is logged.
func TestScrollsToTheEndAndBack(t *testing.T) {
	n := 5000
	if text := os.Getenv("TUI_ROWS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, fmt.Sprintf(`create table t (id int primary key, v text); insert into t select i, 'value ' || i from generate_series(1, %d) i`, n), false)
	s.show("t")
	r, ok := s.p.(*relation)
	if !ok {
		t.Fatal("not a relation")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := 0
	for _, c := range []struct{ key, at string }{{"pgdown", strconv.Itoa(n)}, {"pgup", "1"}} {
		begun, presses := time.Now(), 0
		for first := ""; first != r.rows.grid.Current().ID; presses++ {
			first = r.rows.grid.Current().ID
			s.press(c.key)
			most = max(most, len(r.rows.grid.Loaded()))
		}
		if at := r.rows.grid.Current().Cells[0].Text; at != c.at {
			t.Fatalf("%s ends at row %s, not %s\n%s", c.key, at, c.at, s.view())
		}
		t.Logf("%d rows, %d presses of %s in %s", n, presses, c.key, time.Since(begun))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d rows at most were loaded; the heap grew by %d KiB", most, (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>10)
	if most > 1500 {
		t.Errorf("%d rows were loaded at a time", most)
	}
	begun := time.Now()
	s.press("end")
	s.sees(fmt.Sprintf("value %d", n))
	s.press("home")
	s.sees("value 1 ")
	t.Logf("to the end and back at once in %s", time.Since(begun))
}

func TestSortFilterAndTabs(t *testing.T) {
	s := open(t, `create table t (id int primary key, v text, n int); insert into t select i, 'v' || i, i % 7 from generate_series(1, 50) i;
		create index t_n on t (n); create view few as select id from t where id < 3`, false)
	s.show("t")
	s.press("right", "right", "s")
	s.sees("n ▲", "│ v7")
	s.press("s")
	s.sees("n ▼", "│ v6")
	r := s.p.(*relation)
	s.do(r.Search("n = 3 and id > 20", true))
	s.sees("where n = 3 and id > 20", "v24")
	if !strings.HasSuffix(r.Note(), "of 4") {
		t.Errorf("note: %s", r.Note())
	}
	s.do(r.Search("n = nothing", true))
	s.sees("where n = nothing", "          ▲", `column "nothing" does not exist`, "v24")
	s.press("esc")
	s.sees("where n = 3 and id > 20", "v24")
	s.do(r.Search("", true))
	s.press("t")
	s.sees("column", "integer", "primary 1")
	s.press("t")
	s.sees("t_pkey", "t_n", "primary key")
	s.press("t")
	s.sees("v48")
	s.show("few")
	s.press("e")
	if toast := last[pane.Toast](s); !strings.Contains(toast.Text, "view") {
		t.Errorf("toast: %s", toast.Text)
	}
	s.press("t", "t", "t")
	s.sees("SELECT")
}

func TestEditInsertDelete(t *testing.T) {
	s := open(t, `create table t (id int primary key, v text); insert into t values (1, 'one'), (2, null), (3, 'NULL'); create table loose (x int); insert into loose values (1)`, false)
	s.show("t")
	s.sees("‹NULL›", "│ NULL ")
	s.press("right", "e")
	prompt := last[pane.Prompt](s)
	if prompt.Initial != "one" {
		t.Errorf("prompt: %+v", prompt)
	}
	s.do(prompt.Done("it's"))
	confirm := last[pane.Confirm](s)
	if !strings.Contains(confirm.Detail, `update "public"."t" set "v" = $1 where "id" = $2`) || !strings.Contains(confirm.Detail, "$1 = 'it''s'") {
		t.Errorf("detail: %s", confirm.Detail)
	}
	s.sees("one")
	s.do(confirm.Yes)
	s.sees("it's")
	s.press("N")
	s.do(last[pane.Confirm](s).Yes)
	s.sees("1 │ ‹NULL›")
	s.press("down", " ", " ", "d")
	confirm = last[pane.Confirm](s)
	if confirm.Count != 2 {
		t.Errorf("%d rows are deleted", confirm.Count)
	}
	s.do(confirm.Yes)
	if v := s.view(); strings.Contains(v, "2 │ ‹NULL›") || strings.Contains(v, "3 │ NULL") {
		t.Errorf("they are still there\n%s", v)
	}
	s.press("i")
	form := last[pane.Open](s).Pane
	table := s.p
	s.p = form
	s.press("enter")
	s.do(last[pane.Prompt](s).Done("7"))
	s.do(s.p.(*draft).save())
	s.do(last[pane.Confirm](s).Yes)
	last[pane.Back](s)
	s.p = table
	s.do(s.p.Init())
	s.sees("7 │ ‹NULL›")
	s.show("loose")
	s.press("d")
	if toast := last[pane.Toast](s); !strings.Contains(toast.Text, "no primary key") {
		t.Errorf("toast: %s", toast.Text)
	}
}

func TestReadOnly(t *testing.T) {
	s := open(t, `create table t (id int primary key); insert into t values (1)`, true)
	s.show("t")
	for _, k := range []string{"e", "N", "d", "i", "D"} {
		s.asked = nil
		s.press(k)
		if toast := last[pane.Toast](s); !strings.Contains(toast.Text, "read-only") || len(s.asked) != 1 {
			t.Errorf("%s: %v", k, s.asked)
		}
	}
}

func TestRowsAreCopied(t *testing.T) {
	rel := &source.Relation{Schema: "public", Name: "t", Kind: 'r', Columns: []source.Column{
		{Name: "id", OID: 23, Number: true}, {Name: "v", OID: 25}, {Name: "twice", OID: 23, Generated: true}, {Name: "j", OID: 3802},
	}}
	row := []source.Value{{Text: "1"}, {Text: "it's\ta"}, {Text: "2"}, {Null: true}}
	for form, want := range []string{
		"1\tit's\\ta\t2\t\n", `{"id":1,"v":"it's\ta","twice":2,"j":null}` + "\n", `INSERT INTO "public"."t" ("id", "v", "j") VALUES (1, 'it''s` + "\t" + `a', NULL);` + "\n",
	} {
		var b strings.Builder
		if err := writeRow(&b, rel, row, form); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v", rowForms[form], b.String(), err)
		}
	}
}
