package tables

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/panetest"
	"github.com/orbit-server/orbit/tui/source"
)

// screen is a table's.
type screen struct {
	*panetest.Screen
	q *source.SQL
}

// open opens an empty directory and runs some statements in it.
func open(t *testing.T, statements string, readOnly bool) *screen {
	t.Helper()
	env := panetest.Env(t)
	panetest.SQL(t, env, statements)
	env.ReadOnly = readOnly
	return &screen{panetest.Show(t, env, newList(env, NewWorld(env), pane.MainDatabase, "public")), env.Source.Database(pane.MainDatabase, readOnly)}
}

// show shows a table.
func (s *screen) show(table string) {
	s.Open(newRelation(s.Env(), s.q, "public", table))
	s.Settle()
}

// press presses keys, one when what the one before began has ended.
func (s *screen) press(keys ...string) {
	for _, k := range keys {
		s.Press(k)
		s.Settle()
	}
}

func (s *screen) do(cmd tea.Cmd) {
	s.Do(cmd)
	s.Settle()
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
	r, ok := s.Pane.(*relation)
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
			t.Fatalf("%s ends at row %s, not %s\n%s", c.key, at, c.at, s.Shown())
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
	s.Sees(fmt.Sprintf("value %d", n))
	s.press("home")
	s.Sees("value 1 ")
	t.Logf("to the end and back at once in %s", time.Since(begun))
}

func TestSortFilterAndTabs(t *testing.T) {
	s := open(t, `create table t (id int primary key, v text, n int); insert into t select i, 'v' || i, i % 7 from generate_series(1, 50) i;
		create index t_n on t (n); create view few as select id from t where id < 3`, false)
	s.show("t")
	s.press("right", "right", "s")
	s.Sees("n ▲", "│ v7")
	s.press("s")
	s.Sees("n ▼", "│ v6")
	r := s.Pane.(*relation)
	s.do(r.Search("n = 3 and id > 20", true))
	s.Sees("where n = 3 and id > 20", "v24")
	if !strings.HasSuffix(r.Note(), "of 4") {
		t.Errorf("note: %s", r.Note())
	}
	s.do(r.Search("n = nothing", true))
	s.Sees("where n = nothing", "          ▲", `column "nothing" does not exist`, "v24")
	s.press("esc")
	s.Sees("where n = 3 and id > 20", "v24")
	s.do(r.Search("", true))
	s.press("t")
	s.Sees("column", "integer", "primary 1")
	s.press("t")
	s.Sees("t_pkey", "t_n", "primary key")
	s.press("t")
	s.Sees("v48")
	s.show("few")
	s.press("e")
	if toast := panetest.Last[pane.Toast](s.Screen); !strings.Contains(toast.Text, "view") {
		t.Errorf("toast: %s", toast.Text)
	}
	s.press("t", "t", "t")
	s.Sees("SELECT")
}

func TestEditInsertDelete(t *testing.T) {
	s := open(t, `create table t (id int primary key, v text); insert into t values (1, 'one'), (2, null), (3, 'NULL'); create table loose (x int); insert into loose values (1)`, false)
	s.show("t")
	s.Sees("‹NULL›", "│ NULL ")
	s.press("right", "e")
	prompt := panetest.Last[pane.Prompt](s.Screen)
	if prompt.Initial != "one" {
		t.Errorf("prompt: %+v", prompt)
	}
	s.do(prompt.Done("it's"))
	confirm := panetest.Last[pane.Confirm](s.Screen)
	if !strings.Contains(confirm.Detail, `update "public"."t" set "v" = $1 where "id" = $2`) || !strings.Contains(confirm.Detail, "$1 = 'it''s'") {
		t.Errorf("detail: %s", confirm.Detail)
	}
	s.Sees("one")
	s.do(confirm.Yes)
	s.Sees("it's")
	s.press("N")
	s.do(panetest.Last[pane.Confirm](s.Screen).Yes)
	s.Sees("1 │ ‹NULL›")
	s.press("down", "space", "space", "d")
	confirm = panetest.Last[pane.Confirm](s.Screen)
	if confirm.Count != 2 {
		t.Errorf("%d rows are deleted", confirm.Count)
	}
	s.do(confirm.Yes)
	if v := s.Shown(); strings.Contains(v, "2 │ ‹NULL›") || strings.Contains(v, "3 │ NULL") {
		t.Errorf("they are still there\n%s", v)
	}
	s.press("i")
	form := panetest.Last[pane.Open](s.Screen).Pane
	table := s.Pane
	s.Open(form)
	s.press("enter")
	s.do(panetest.Last[pane.Prompt](s.Screen).Done("7"))
	s.do(s.Pane.(*draft).save())
	s.do(panetest.Last[pane.Confirm](s.Screen).Yes)
	panetest.Last[pane.Back](s.Screen)
	s.Open(table)
	s.Sees("7 │ ‹NULL›")
	s.show("loose")
	s.press("d")
	if toast := panetest.Last[pane.Toast](s.Screen); !strings.Contains(toast.Text, "no primary key") {
		t.Errorf("toast: %s", toast.Text)
	}
}

func TestReadOnly(t *testing.T) {
	s := open(t, `create table t (id int primary key); insert into t values (1)`, true)
	s.show("t")
	for _, k := range []string{"e", "N", "d", "i", "D"} {
		s.Asked = nil
		s.press(k)
		if toast := panetest.Last[pane.Toast](s.Screen); !strings.Contains(toast.Text, "read-only") || len(s.Asked) != 0 {
			t.Errorf("%s: %v", k, s.Asked)
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
