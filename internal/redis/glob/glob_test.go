package glob

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "abc", true},
		{"a*c", "abbbc", true},
		{"a*c", "abbbd", false},
		{"a*b*c", "aXbYbZc", true},
		{"**a**", "bab", true},
		{"h?llo", "hello", true},
		{"h?llo", "hllo", false},
		{"?", "", false},
		{"h[ae]llo", "hallo", true},
		{"h[ae]llo", "hillo", false},
		{"h[^e]llo", "hallo", true},
		{"h[^e]llo", "hello", false},
		{"h[a-b]llo", "hbllo", true},
		{"h[b-a]llo", "hbllo", true},
		{"h[a-b]llo", "hcllo", false},
		{`a\*b`, "a*b", true},
		{`a\*b`, "aXb", false},
		{`a\`, `a\`, true},
		{`[\]]`, "]", true},
		{`[a\-z]`, "-", true},
		{`[a\-z]`, "b", false},
		{"[abc", "c", true},
		{"[]a", "a", false},
		{"user:*:name", "user:12:name", true},
		{"a", "A", false},
	}
	for _, tt := range tests {
		if got := Match([]byte(tt.pattern), []byte(tt.s)); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
	if !MatchFold([]byte("AbC[D-F]*"), []byte("aBceXYZ")) {
		t.Error("MatchFold minds the case")
	}
}

func TestHostilePatternStaysCheap(t *testing.T) {
	pattern := strings.Repeat("a*", 2000) + "b"
	if Match([]byte(pattern), []byte(strings.Repeat("a", 20000))) {
		t.Error("matched")
	}
}

func TestPrefix(t *testing.T) {
	for pattern, want := range map[string]string{"user:*": "user:", `a\*b?`: "a*b", "*": "", "[ab]c": ""} {
		if got, exact := Prefix([]byte(pattern)); string(got) != want || exact {
			t.Errorf("Prefix(%q) = %q, %v", pattern, got, exact)
		}
	}
	if got, exact := Prefix([]byte(`plain\?`)); string(got) != "plain?" || !exact {
		t.Errorf("got %q, %v", got, exact)
	}
}
