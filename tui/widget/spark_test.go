package widget

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestChart(t *testing.T) {
	values := []float64{100, math.NaN(), 0, 1, 2, 4, 8, 16}
	for _, c := range []struct {
		width, height int
		want          string
	}{
		{7, 1, " ▁▁▁▂▄█"},
		{10, 1, "  █ ▁▁▁▂▄█"},
		{4, 2, "   █|▂▄██"},
		{0, 3, ""},
	} {
		if got := strings.Join(Chart(values, 16, c.width, c.height), "|"); got != c.want {
			t.Errorf("%d by %d: %q, want %q", c.width, c.height, got, c.want)
		}
	}
	if got := Spark(nil, 0, 3); got != "   " {
		t.Errorf("no values: %q", got)
	}
}

func TestCeiling(t *testing.T) {
	for _, c := range []struct{ most, want float64 }{{0, 1}, {1, 1}, {1.1, 2}, {3, 5}, {6, 10}, {0.03, 0.05}, {1234, 2000}, {math.NaN(), 1}} {
		if got := Ceiling([]float64{c.most, 0}); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v: %v, want %v", c.most, got, c.want)
		}
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		part float64
		want string
	}{{0, "    "}, {1, "████"}, {0.5, "██  "}, {0.53, "██▏ "}, {7, "████"}, {math.NaN(), "    "}} {
		if got := Bar(c.part, 4); got != c.want || ansi.StringWidth(got) != 4 {
			t.Errorf("%v: %q, want %q", c.part, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{{"", 5, ""}, {"one two three", 7, "one two|three"}, {"unbreakable is", 4, "unbreakable|is"}, {"äöü äöü", 7, "äöü äöü"}} {
		if got := strings.Join(Wrap(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
