package widget

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

func TestViewerForms(t *testing.T) {
	for _, c := range []struct {
		value string
		form  Form
		want  string
	}{
		{"some\ntext", Plain, "some      \ntext      \n          "},
		{`{"a":[1,true]}`, JSON, "{         \n  \"a\": [  \n    1,    "},
		{"[not json", Plain, "[not json \n          \n          "},
		{"\xff\x00ab", Hex, "00000000  \n          \n          "},
		{"", Plain, "          \n          \n          "},
	} {
		v := NewViewer(ViewerStyles{})
		v.Set([]byte(c.value))
		if got := v.View(10, 3); v.Form() != c.form || got != c.want {
			t.Errorf("%q: form %d\n%s", c.value, v.Form(), got)
		}
	}
}

func TestViewerHex(t *testing.T) {
	v := NewViewer(ViewerStyles{})
	v.Set([]byte("binary\x00value, and more"))
	want := "00000000  62 69 6e 61 72 79 00 76  61 6c 75 65 2c 20 61 6e  binary·value, an\n" +
		"00000010  64 20 6d 6f 72 65                                 d more          "
	if got := v.View(76, 2); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	v.NextForm()
	if v.Form() != Plain {
		t.Errorf("form %d after Hex", v.Form())
	}
	v.NextForm()
	if v.Form() != Hex {
		t.Errorf("form %d, though it is no JSON", v.Form())
	}
}

func TestViewerSearches(t *testing.T) {
	v := NewViewer(ViewerStyles{Match: lipgloss.NewStyle().Underline(true), CurrentMatch: lipgloss.NewStyle().Reverse(true)})
	var b bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&b, "line %d%s\n", i, map[bool]string{true: " Needle"}[i%100 == 50])
	}
	v.Set(b.Bytes())
	v.View(40, 10)
	if n := v.Search("needle"); n != 10 {
		t.Fatalf("%d matches", n)
	}
	for _, want := range []string{"line 50 ", "line 150 ", "line 250 "} {
		if view := v.View(40, 10); !strings.Contains(ansi.Strip(view), want) || !strings.Contains(view, "\x1b[7mNeedle\x1b[m") {
			t.Errorf("%s is not in\n%s", want, view)
		}
		v.NextMatch(1)
	}
	v.NextMatch(-4)
	if view := v.View(40, 10); !strings.Contains(view, "line 950 ") {
		t.Errorf("around the beginning:\n%s", view)
	}
	if v.Search("nothing"); !strings.Contains(v.Place(), "not found") {
		t.Errorf("place: %s", v.Place())
	}
}

func TestViewerWrapsAndIsAlwaysOfTheSizeAskedFor(t *testing.T) {
	for _, value := range []string{
		strings.Repeat("日本語 text \x1b[31m ", 50), `{"key with \"quotes\"": ["` + strings.Repeat("long ", 40) + `", -1.5e9, null]}`, "\x00\x01",
	} {
		v := NewViewer(ViewerStyles{Key: lipgloss.NewStyle().Bold(true), Number: lipgloss.NewStyle().Faint(true)})
		v.Set([]byte(value))
		for range 2 {
			for width := 2; width < 90; width += 7 {
				for range 3 {
					lines := strings.Split(v.View(width, 4), "\n")
					for _, l := range lines {
						if w := ansi.StringWidth(l); w != width || len(lines) != 4 {
							t.Fatalf("%d cells: %q is %d, one of %d lines", width, l, w, len(lines))
						}
					}
					v.Down(1)
					v.Right(3)
				}
			}
			v.Wrap()
		}
	}
}

func TestViewerJSONColours(t *testing.T) {
	s := lipgloss.NewStyle()
	v := NewViewer(ViewerStyles{Key: s.Bold(true), String: s.Italic(true), Number: s.Faint(true), Literal: s.Underline(true)})
	v.Set([]byte(`{"a":"b\"c","n":-1e9,"t":true}`))
	want := strings.Join([]string{
		"{                   ",
		"  \x1b[1m\"a\"\x1b[m: \x1b[3m\"b\\\"c\"\x1b[m,      ",
		"  \x1b[1m\"n\"\x1b[m: \x1b[2m-1e9\x1b[m,        ",
		"  \x1b[1m\"t\"\x1b[m: \x1b[4;4mtrue\x1b[m         ",
		"}                   ",
	}, "\n")
	if got := v.View(20, 5); strings.ReplaceAll(got, "\x1b[4;4m", "\x1b[4m") != strings.ReplaceAll(want, "\x1b[4;4m", "\x1b[4m") {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func BenchmarkViewer(b *testing.B) {
	v := NewViewer(ViewerStyles{Key: lipgloss.NewStyle().Bold(true)})
	v.Set([]byte("[" + strings.Repeat(`{"name":"value","n":1},`, 50_000) + "0]"))
	v.View(200, 50)
	for b.Loop() {
		v.Down(1)
		v.View(200, 50)
	}
}
