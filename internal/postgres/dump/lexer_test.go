package dump

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for text, want := range map[string]bool{
		"select 1;":                     true,
		"select 1; ":                    true,
		"select 1; -- done":             true,
		"select 1":                      false,
		"select ';":                     false,
		"select ';';":                   true,
		"select 'it''s;'":               false,
		`select ";" ;`:                  true,
		"select 1 -- ;":                 false,
		"select 1 /* ; */":              false,
		"select 1 /* ;":                 false,
		"select 1; /* ;":                false,
		"select 1; /* /* */ ; */":       true,
		"do $$ begin; end; $$":          false,
		"do $x$ $$; $x$;":               true,
		"select a$b$; ":                 true,
		"select $1;":                    true,
		"":                              false,
		";":                             true,
		"select 1;\nselect":             false,
		"select '\n;\n':: text\n;\n-- ": true,
		`select E'\';`:                  false,
		`select E'\'';`:                 true,
		`select E'''\';`:                false,
		`select e'a''\'' ;`:             true,
		`select '\';`:                   true,
		`select ee'\';`:                 true,
		"create rule r do (a; b);":      true,
		"create rule r do (a; ":         false,
	} {
		if got := Complete(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// read gives the statements of a script as "line: text", and what ended it.
func read(text string) (found []string, err error) {
	s := newScript(strings.NewReader(text))
	for {
		st, err := s.next()
		if err != nil {
			return found, err
		}
		found = append(found, string('0'+rune(st.line))+": "+st.text)
		if strings.HasPrefix(st.text, "copy") {
			data, err := io.ReadAll(s.data())
			if found = append(found, string(data)); err != nil {
				return found, err
			}
		}
	}
}

func TestScript(t *testing.T) {
	for _, row := range []struct {
		text string
		want []string
		err  string // "": the end
	}{
		{"", nil, ""},
		{"\ufeffselect 1;", []string{"1: select 1;"}, ""},
		{"-- a\n/* b\n*/ select 1\n  ; select\n2;;\n", []string{"3: select 1\n  ;", "4: select\n2;"}, ""},
		{"\\restrict x\nselect 1;\r\n\\unrestrict x\r\n", []string{"1: \\restrict x", "2: select 1;", "3: \\unrestrict x"}, ""},
		{"copy t from stdin;\n1\t;'\n\\.\nselect ';\n';", []string{"1: copy t from stdin;", "1\t;'\n", "4: select ';\n';"}, ""},
		{"copy t from stdin;\n\\.\n", []string{"1: copy t from stdin;", ""}, ""},
		{"copy t from stdin;\n1\n2", []string{"1: copy t from stdin;", "1\n"}, "line 2: the file ends in the data of the COPY before line 2"},
		{"select 1;\n\ndelete from t\n", []string{"1: select 1;"}, "line 3: the file ends in the middle of the statement that begins here"},
		{"select 1; /* x\n", []string{"1: select 1;"}, "line 1: the file ends in a comment"},
		{"select '" + strings.Repeat("x", 200_000) + "';", []string{"1: select '" + strings.Repeat("x", 200_000) + "';"}, ""},
		{"copy t from stdin;\n" + strings.Repeat("x", 70_000) + "\\.\n\\.\n", []string{"1: copy t from stdin;", strings.Repeat("x", 70_000) + "\\.\n"}, ""},
	} {
		got, err := read(row.text)
		if !slices.Equal(got, row.want) {
			t.Errorf("%.80q: got %.200q", row.text, got)
		}
		if row.err == "" && !errors.Is(err, io.EOF) || row.err != "" && (!strings.Contains(err.Error(), row.err) || !errors.Is(err, io.ErrUnexpectedEOF)) {
			t.Errorf("%.80q: %v", row.text, err)
		}
	}
}

func TestStatementAt(t *testing.T) {
	text := "select 1;\nselect ';' -- ; \n, 2; select 3;\n \n"
	for at, want := range map[int]string{
		0: "select 1;", 9: "select 1;", 10: "\nselect ';' -- ; \n, 2;", 31: "\nselect ';' -- ; \n, 2;", 33: " select 3;", len(text): " select 3;",
	} {
		if from, to := StatementAt(text, at); text[from:to] != want {
			t.Errorf("at %d: %q, want %q", at, text[from:to], want)
		}
	}
	if from, to := StatementAt("select 1; select 2", 15); from != 9 || to != 18 {
		t.Errorf("an open statement: %d to %d", from, to)
	}
}
