package session

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

func TestSettingValues(t *testing.T) {
	for _, c := range []struct{ name, in, canonical, shown string }{
		{"work_mem", "64MB", "65536", "64MB"},
		{"work_mem", "65537", "65537", "65537kB"},
		{"statement_timeout", "1500", "1500", "1500ms"},
		{"statement_timeout", "2min", "120000", "2min"},
		{"statement_timeout", "1.5s", "1500", "1500ms"},
		{"statement_timeout", "0", "0", "0"},
		{"effective_cache_size", "4GB", "524288", "4GB"},
		{"extra_float_digits", "3", "3", "3"},
		{"jit", "f", "off", "off"},
		{"enable_sort", "YES", "on", "on"},
		{"enable_sort", "of", "off", "off"},
		{"synchronous_commit", "true", "on", "on"},
		{"client_min_messages", "debug", "debug2", "debug2"},
		{"datestyle", "german", "German, DMY", "German, DMY"},
		{"datestyle", "ymd", "ISO, YMD", "ISO, YMD"},
		{"client_encoding", "utf-8", "UTF8", "UTF8"},
		{"timezone", "europe/berlin", "Europe/Berlin", "Europe/Berlin"},
		{"random_page_cost", "1.1", "1.1", "1.1"},
		{"application_name", "a\nbä", "a?b??", "a?b??"},
	} {
		g := lookupGUC(c.name)
		v, err := g.parse(c.in)
		if err != nil || v != c.canonical || g.show(v) != c.shown {
			t.Errorf("%s = %q: got %q (%v), shown %q; want %q, shown %q", c.name, c.in, v, err, g.show(v), c.canonical, c.shown)
		}
	}
	for _, c := range []struct{ name, in string }{
		{"work_mem", "1"},
		{"work_mem", "1s"},
		{"work_mem", "x"},
		{"statement_timeout", "-1"},
		{"statement_timeout", "1kB"},
		{"jit", "maybe"},
		{"jit", "o"},
		{"bytea_output", "base64"},
		{"timezone", "Nowhere/Land"},
		{"datestyle", "roman"},
		{"client_encoding", "KLINGON"},
		{"random_page_cost", "NaN"},
		{"statement_timeout", ""},
	} {
		if v, err := lookupGUC(c.name).parse(c.in); pgerr.Code(err) != pgerr.InvalidParameterValue {
			t.Errorf("%s = %q: got %q, %v; want 22023", c.name, c.in, v, err)
		}
	}
}

func TestDefaultsAreCanonical(t *testing.T) {
	for _, g := range gucOrder {
		if g.kind == gucString {
			continue
		}
		if v, err := g.parse(g.def); err != nil || v != g.def {
			t.Errorf("%s: default %q is %q (%v)", g.name, g.def, v, err)
		}
	}
}

func TestLists(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string
		ok   bool
	}{
		{`"$user", public`, `"$user", public`, true},
		{"A,b", "a, b", true},
		{`"a""b"`, `"a""b"`, true},
		{"", "", true},
		{"a,", "", false},
		{`"a`, "", false},
		{"a b", "", false},
	} {
		names, ok := parseList(c.in)
		if ok != c.ok || ok && formatList(names) != c.want {
			t.Errorf("%q: got %v, %v", c.in, names, ok)
		}
	}
}

// The settings against a plain model: a stack of maps.
func TestSettingsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type layer struct{ session, current map[string]string }
		clone := func(m map[string]string) map[string]string {
			c := make(map[string]string)
			for k, v := range m {
				c[k] = v
			}
			return c
		}
		var s settings
		model := layer{map[string]string{}, map[string]string{}}
		saved := []layer{{clone(model.session), clone(model.current)}}
		marks := []int{0}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "do") {
			case 0, 1, 2:
				name := rapid.SampledFrom([]string{"a.x", "a.y"}).Draw(t, "name")
				value := rapid.StringMatching("[a-c]").Draw(t, "value")
				local := rapid.Bool().Draw(t, "local")
				s.put(name, &value, local)
				model.current[name] = value
				if !local {
					model.session[name] = value
				}
			case 3:
				saved = append(saved, layer{clone(model.session), clone(model.current)})
				marks = append(marks, s.mark())
			case 4:
				n := len(saved) - 1
				model = layer{clone(saved[n].session), clone(saved[n].current)}
				s.rollback(marks[n])
				if n > 0 {
					saved, marks = saved[:n], marks[:n]
				}
			case 5:
				model.current = clone(model.session)
				s.commit()
				saved, marks = []layer{{clone(model.session), clone(model.current)}}, []int{0}
			}
			for _, name := range []string{"a.x", "a.y"} {
				got, _ := s.get(name)
				if got != model.current[name] {
					t.Fatalf("%s is %q, want %q", name, got, model.current[name])
				}
			}
		}
	})
}
