package prompt

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/prompt"
	"github.com/orbit-server/orbit/internal/redis/resp"
	"github.com/orbit-server/orbit/tui/source"
)

func TestTokens(t *testing.T) {
	names := map[class]string{wordText: "w", stringText: "s", numberText: "n", commentText: "c", nameText: "q"}
	for text, want := range map[string]string{
		`select a`:                `w[select] a`,
		`SELECT 'it''s', 1.5e3`:   `w[SELECT] s['it']s['s'], n[1.5e3]`,
		`e'a\'b' x`:               `s[e'a\'b'] x`,
		"1 -- rest\nfrom":         "n[1] c[-- rest\n]w[from]",
		`/* a */ "b c" $x$ ' $x$`: `c[/* a */] q["b c"] s[$x$ ' $x$]`,
		`'open`:                   `s['open]`,
		`$1 selected`:             `$n[1] selected`,
		"größe = 'ß'":             "größe = s['ß']",
	} {
		var b strings.Builder
		at := 0
		for _, tok := range tokens(text) {
			if n := names[tok.class]; n != "" {
				b.WriteString(n + "[" + text[at:tok.to] + "]")
			} else {
				b.WriteString(text[at:tok.to])
			}
			at = tok.to
		}
		if b.String() != want {
			t.Errorf("%s: %s, want %s", text, b.String(), want)
		}
	}
}

func TestComplete(t *testing.T) {
	w := source.Words{Relations: []string{"orders", "other.parts"}, Columns: map[string][]string{
		"orders": {"id", "customer", "created"}, "other.parts": {"part"},
	}}
	for text, want := range map[string]string{
		"sel|":                              "[select] 3",
		"SEL|":                              "[SELECT] 3",
		"select * from o|":                  "[orders other.parts] 1",
		"select c| from orders":             "[customer created case commit copy create] 1",
		"select o.c| from orders o":         "[customer created] 1",
		"select orders.i|":                  "[id] 1",
		"select x from orders where id=cu|": "[customer] 2",
		"select zz|":                        "[] 2",
	} {
		before, after, _ := strings.Cut(text, "|")
		found, typed := complete(w, before+after, before)
		if got := fmt.Sprint(found, " ", typed); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := common([]string{"created", "creation", "crest"}); got != "cre" {
		t.Errorf("common: %q", got)
	}
}

func TestPlanTree(t *testing.T) {
	lines, ok := planTree(`[{"Plan": {"Node Type": "Limit", "Total Cost": 10, "Plan Rows": 5, "Plans": [
		{"Node Type": "Hash Join", "Join Type": "Left", "Total Cost": 8, "Plan Rows": 50, "Hash Cond": "(a.x = b.x)", "Plans": [
		{"Node Type": "Seq Scan", "Relation Name": "a", "Total Cost": 2, "Plan Rows": 100, "Filter": "(y > 1)"},
		{"Node Type": "Index Scan", "Scan Direction": "Backward", "Index Name": "b_pkey", "Relation Name": "b", "Total Cost": 5, "Plan Rows": 1,
		"Actual Total Time": 0.5, "Actual Rows": 3, "Actual Loops": 2}]}]}, "Execution Time": 1.25}]`)
	want := strings.Join([]string{
		"Limit  ██████████  cost 10.00, rows 5",
		"└─ Hash Join (left)  ████████░░  cost 8.00, rows 50",
		"   │   hash cond: (a.x = b.x)",
		"   ├─ Seq Scan on a  ██░░░░░░░░  cost 2.00, rows 100",
		"   │      filter: (y > 1)",
		"   └─ Index Scan backward using b_pkey on b  █████░░░░░  0.500 ms, rows 3 (planned 1), 2 times",
		"execution 1.250 ms",
	}, "\n")
	if got := strings.Join(lines, "\n"); !ok || got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, ok := planTree("Seq Scan on a"); ok {
		t.Error("a text is no tree")
	}
}

func TestHistoryIsTheCommandLines(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := prompt.HistoryFile(prompt.SQLHistory)
	if err := os.WriteFile(path, []byte("select 1;\nselect 2;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &history{file: prompt.SQLHistory}
	if !h.take(h.load()()) {
		t.Fatal("nothing was read")
	}
	h.keep("select\n3;")
	if msg := h.save("select\n3;")(); msg != nil {
		t.Errorf("%v", msg)
	}
	for _, want := range []string{"select\n3;", "select 2;", "select 1;"} {
		if got, ok := h.move(-1, "draft"); !ok || got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if _, ok := h.move(-1, ""); ok {
		t.Error("there is something before the first")
	}
	for range 2 {
		h.move(1, "")
	}
	if got, ok := h.move(1, ""); !ok || got != "draft" {
		t.Errorf("what was typed is %q", got)
	}
	saved, err := os.ReadFile(path)
	if err != nil || string(saved) != "select 1;\nselect 2;\nselect 3;\n" {
		t.Errorf("%q, %v", saved, err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestRepliesAreShortened(t *testing.T) {
	r := resp.Reply{Kind: '%'}
	for i := range 3000 {
		r.Items = append(r.Items, resp.Reply{Kind: '$', Text: []byte(fmt.Sprint(i))})
	}
	r.Items[1].Text = []byte(strings.Repeat("x", 10_000))
	var s transcript
	s.reply(&r)
	if len(s.lines) != maxReplyItems/2+1 || !strings.Contains(s.lines[len(s.lines)-1].text, "2,000 more") {
		t.Errorf("%d lines, the last is %q", len(s.lines), s.lines[len(s.lines)-1].text)
	}
	if !strings.Contains(s.lines[0].text, "(10000 bytes)") {
		t.Errorf("the first is %.60q", s.lines[0].text)
	}
	for range 100 {
		s.add(replyLine, strings.Repeat("line\n", 100))
	}
	if len(s.lines) != maxLines {
		t.Errorf("%d lines are kept", len(s.lines))
	}
}

func TestArguments(t *testing.T) {
	for want, a := range map[string]source.Argument{
		"key":                  {Name: "key", Type: "key"},
		"field [field …]":      {Name: "field", Multiple: true},
		"[NX | XX]":            {Type: "oneof", Optional: true, Arguments: []source.Argument{{Token: "NX", Type: "pure-token"}, {Token: "XX", Type: "pure-token"}}},
		"[LIMIT offset count]": {Type: "block", Token: "LIMIT", Optional: true, Arguments: []source.Argument{{Name: "offset"}, {Name: "count"}}},
	} {
		if got := argument(a); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
