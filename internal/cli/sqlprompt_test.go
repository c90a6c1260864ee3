package cli

import "testing"

func TestEndsStatement(t *testing.T) {
	for text, want := range map[string]bool{
		"select 1;":            true,
		"select 1; ":           true,
		"select 1; -- done":    true,
		"select 1":             false,
		"select ';":            false,
		"select ';';":          true,
		"select 'it''s;'":      false,
		`select ";" ;`:         true,
		"select 1 -- ;":        false,
		"select 1 /* ; */":     false,
		"select 1 /* ;":        false,
		"do $$ begin; end; $$": false,
		"do $x$ $$; $x$;":      true,
		"select $1;":           true,
		"":                     false,
		";":                    true,
	} {
		if got := endsStatement(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestPositionOfAnError(t *testing.T) {
	if got := position("select 1,\n  x from t", 14); got != "\nLINE 2:   x from t\n           ^" {
		t.Errorf("got %q", got)
	}
}
