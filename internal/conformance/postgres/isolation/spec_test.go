package isolation

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

const spec = `# a comment
setup { CREATE TABLE t (); }
setup { VACUUM t; }
teardown { DROP TABLE t; }
session s1
setup { BEGIN; }
step a { SELECT 1; }
step b { COMMIT; }
session "s 2"
step c { SELECT 2; }
`

func TestWithoutPermutationsAllAreRun(t *testing.T) {
	s, err := Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, steps := range s.Permutations {
		var names []string
		for _, step := range steps {
			names = append(names, step.Name)
		}
		got = append(got, names)
	}
	if want := [][]string{{"a", "b", "c"}, {"a", "c", "b"}, {"c", "a", "b"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("permutations %v, want %v", got, want)
	}
	if len(s.Setup) != 2 || s.Teardown != "DROP TABLE t;" || s.Sessions[1].Name != "s 2" || s.Sessions[0].Setup != "BEGIN;" {
		t.Errorf("read %+v", s)
	}
}

func TestPermutationsNameStepsAndTheirBlockers(t *testing.T) {
	s, err := Parse(spec + "permutation a c(*, b, a notices 2) b\n")
	if err != nil {
		t.Fatal(err)
	}
	c := s.Permutations[0][1]
	if c.SQL != "SELECT 2;" || c.session != 1 {
		t.Errorf("step %+v", c)
	}
	want := []*blocker{{once: true}, {step: "b"}, {step: "a", notices: 2}}
	if !reflect.DeepEqual(c.blockers, want) {
		t.Errorf("blockers %+v, want %+v", c.blockers, want)
	}
}

func TestBadSpecsAreErrors(t *testing.T) {
	for _, text := range []string{"setup", "setup {", "session s step \"a", "session s step a { } permutation b", "session s step a { } permutation a(a)", "$"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestResultsArePrintedAsLibpqPrintsThem(t *testing.T) {
	var out bytes.Buffer
	for _, o := range []outcome{
		{table: true, fields: []string{"id", "v"}, rows: [][]string{{"1", "long"}}},
		{table: true, fields: []string{"id"}},
		{},
		{err: errors.New("closed")},
	} {
		o.print(&out)
	}
	want := "id|v\n--+----\n1|long\n(1 row)\n\nid\n--\n(0 rows)\n\n" +
		"server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\n\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}
