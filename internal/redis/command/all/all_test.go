package all

import (
	"slices"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command"
)

// Every spec must say what COMMAND INFO, COMMAND DOCS and the docs page show.
func TestSpecsAreComplete(t *testing.T) {
	registry, err := Registry()
	if err != nil {
		t.Fatal(err)
	}
	types := []string{"string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof", "block"}
	var checkArgs func(name string, args []command.Arg)
	checkArgs = func(name string, args []command.Arg) {
		for _, arg := range args {
			if arg.Name == "" || !slices.Contains(types, arg.Type) {
				t.Errorf("%s: argument %q has type %q", name, arg.Name, arg.Type)
			}
			if (arg.Type == "oneof" || arg.Type == "block") != (len(arg.Args) > 0) {
				t.Errorf("%s: argument %q of type %q has %d parts", name, arg.Name, arg.Type, len(arg.Args))
			}
			checkArgs(name, arg.Args)
		}
	}
	for _, top := range registry.All() {
		for _, spec := range append([]*command.Spec{top}, top.Sub...) {
			name := spec.FullName()
			if spec.Summary == "" || spec.Since == "" || spec.Group == "" || spec.Complexity == "" || spec.Arity == 0 {
				t.Errorf("%s: summary, since, group, complexity or arity is missing", name)
			}
			if len(spec.Categories) == 0 {
				t.Errorf("%s: no category", name)
			}
			if fast := slices.Contains(spec.Categories, "fast"); fast != spec.Has(command.Fast) || fast == slices.Contains(spec.Categories, "slow") {
				t.Errorf("%s: flags and categories %v disagree about fast", name, spec.Categories)
			}
			if spec.Has(command.Write) && spec.Has(command.ReadOnly) {
				t.Errorf("%s: write and readonly", name)
			}
			checkArgs(name, spec.Args)
		}
	}
}
