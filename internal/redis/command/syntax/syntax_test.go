package syntax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command"
	"github.com/orbit-server/orbit/internal/redis/command/syntax"
)

// set is SET's grammar, the richest of the everyday ones.
type set struct {
	key, value []byte
	cond       int
	get, keep  bool
	ex, px     int64
}

func parseSet(args [][]byte) (set, error) {
	var s set
	err := syntax.Parse(args,
		syntax.Bytes(&s.key),
		syntax.Bytes(&s.value),
		syntax.Options(
			syntax.OneOf(syntax.Choice(&s.cond, "NX", "XX")),
			syntax.Flag("GET", &s.get),
			syntax.OneOf(
				syntax.Named("EX", syntax.Int(&s.ex)),
				syntax.Named("PX", syntax.Int(&s.px)),
				syntax.Flag("KEEPTTL", &s.keep),
			),
		))
	return s, err
}

func words(line string) [][]byte {
	var args [][]byte
	for _, word := range strings.Fields(line) {
		args = append(args, []byte(word))
	}
	return args
}

func TestOptionsInAnyOrderAndCase(t *testing.T) {
	s, err := parseSet(words("k v get Px 100 nx"))
	if err != nil {
		t.Fatal(err)
	}
	if string(s.key) != "k" || string(s.value) != "v" || s.cond != 1 || !s.get || s.px != 100 || s.ex != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for line, want := range map[string]error{
		"k":                command.ErrSyntax,
		"k v bogus":        command.ErrSyntax,
		"k v EX":           command.ErrSyntax,
		"k v EX ten":       command.ErrNotInteger,
		"k v EX 1 PX 1":    command.ErrSyntax,
		"k v EX 1 KEEPTTL": command.ErrSyntax,
		"k v NX GET":       nil,
		"k v EX 1 EX 2":    nil,
	} {
		if _, err := parseSet(words(line)); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", line, err, want)
		}
	}
}

func TestCountedAndRest(t *testing.T) {
	bad := command.ErrNumKeys
	var keys, rest [][]byte
	if err := syntax.Parse(words("2 a b c"), syntax.Counted(&keys, bad), syntax.Rest(&rest)); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || len(rest) != 1 {
		t.Errorf("got %d keys and %d more", len(keys), len(rest))
	}
	for line, want := range map[string]error{"0 a": bad, "x a": command.ErrNotInteger, "3 a b": command.ErrSyntax} {
		if err := syntax.Parse(words(line), syntax.Counted(&keys, bad)); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", line, err, want)
		}
	}
}
