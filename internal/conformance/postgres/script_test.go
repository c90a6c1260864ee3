package main

import (
	"reflect"
	"strings"
	"testing"
)

// cutText shows a script's parts: lines by commas, an asterisk for those that count.
func cutText(script, expected string) []string {
	var out []string
	for _, p := range cut(script, expected) {
		text := strings.Join(p.lines, "|")
		if p.counts {
			text = "*" + text
		}
		out = append(out, text)
	}
	return out
}

func TestAScriptIsCutWherePsqlSends(t *testing.T) {
	for _, c := range []struct {
		name, script, expected string
		want                   []string
	}{
		{"comments go with the next", "-- a\n\nselect 1;\nselect\n 2;\n-- end\n", "", []string{"*-- a||select 1;", "*select| 2;", "-- end"}},
		{"quotations", "select ';' \";\" $$;$$ $a$;$$;$a$;\nselect E'\\';';\n", "", []string{"*select ';' \";\" $$;$$ $a$;$$;$a$;", `*select E'\';';`}},
		{"a quotation over lines", "select 'a;\n\n-- b';\n", "", []string{"*select 'a;||-- b';"}},
		{"comments in comments", "/* a /* ; */ ;\n*/ select 1;\n", "", []string{"*/* a /* ; */ ;|*/ select 1;"}},
		{"parentheses", "create rule r as (a;\nb);\n", "", []string{"*create rule r as (a;|b);"}},
		{"a function's body", "create function f() begin atomic\nselect case when 1 then 2 end;\nend;\n", "", []string{"*create function f() begin atomic|select case when 1 then 2 end;|end;"}},
		{"statements of one line", "begin; select\n1; commit;\n", "", []string{"*begin; select|1; commit;"}},
		{"psql's own commands", "\\set a 1\n\\d t\nselect 1 \\gset\nselect \\if true\n 1 \\endif\n;\n", "", []string{`\set a 1`, `*\d t`, `*select 1 \gset`, `*select \if true| 1 \endif|;`}},
		{"a joined query", "select 1\\; select 2;\n", "", []string{`*select 1\; select 2;`}},
		{
			"nonconforming strings", "set standard_conforming_strings = off;\nselect 'a\\';';\nselect U&'\\';\n", "",
			[]string{"*set standard_conforming_strings = off;", `*select 'a\';';`, `*select U&'\';`},
		},
		{"data of COPY", "copy t from stdin;\n1;\n2\n\\.\nselect 1;\n", "copy t from stdin;\nselect 1;\n", []string{`*copy t from stdin;|1;|2|\.`, "*select 1;"}},
		{
			"no data of COPY", "copy t from stdin;\nselect 1;\ncopy t from stdin;\n1\n\\.\n",
			"copy t from stdin;\nERROR:  no\nselect 1;\ncopy t from stdin;\n",
			[]string{"*copy t from stdin;", "*select 1;", `*copy t from stdin;|1|\.`},
		},
		{"what is not shown", "\\set ECHO none\nselect 1;\n\\set ECHO all\nselect 2;\n", "", []string{`*\set ECHO none|select 1;|\set ECHO all`, "*select 2;"}},
	} {
		if got := cutText(c.script, c.expected); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestPartsAreJudgedByWhatTheyShow(t *testing.T) {
	script := "\\set a 1\nselect 1;\nselect 2;\nselect 3;\nselect 4;\n"
	expected := "\\set a 1\nselect 1;\n one \nselect 2;\n two\nselect 3;\n three\nselect 4;\n four\n"
	parts := cut(script, expected)
	if got, want := strings.Count(marked(parts), marker), 5; got != want {
		t.Fatalf("%d markers, want %d", got, want)
	}
	shown := "-- part 0\n\\set a 1\n-- part 1\nselect 1;\none\n-- part 2\nselect 2;\nERROR:  relation \"x\" has 7 of them\n-- part 3\nselect 3;\n three\nfour\n"
	r := judge(parts, shownBy(shown), []string{expected})
	want := map[string]int{`relation "…" has N of them`: 1, "(another result)": 1, "(not reached)": 1}
	if r.Passed != 1 || r.Of != 4 || r.ran != 3 || !reflect.DeepEqual(r.messages, want) {
		t.Errorf("passed %d of %d, ran %d, messages %v; want 1 of 4, 3 and %v", r.Passed, r.Of, r.ran, r.messages, want)
	}
	// A variant counts as a whole.
	variant := "\\set a 1\nselect 1;\none\nselect 2;\nERROR:  relation \"x\" has 7 of them\nselect 3;\n"
	if r := judge(parts, shownBy(shown), []string{expected, variant}); r.Passed != 2 || r.Of != 4 {
		t.Errorf("with a variant %d of %d passed, want 2 of 4", r.Passed, r.Of)
	}
}
