package acl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// commands is a small table: get 0, set 1, config 2 with get 3 and set 4, ping 5.
func commands() *Table {
	return NewTable([]*Command{
		{ID: 0, Name: "get", Categories: []string{"read", "fast"}},
		{ID: 1, Name: "set", Categories: []string{"write", "slow"}},
		{ID: 2, Name: "config", Categories: []string{"slow"}, Sub: []*Command{
			{ID: 3, Name: "config|get", Categories: []string{"admin", "slow"}},
			{ID: 4, Name: "config|set", Categories: []string{"admin", "slow"}},
		}},
		{ID: 5, Name: "ping", Categories: []string{"connection", "fast"}},
	})
}

func TestRulesAreDescribedByRulesThatMakeThem(t *testing.T) {
	for rules, want := range map[string]string{
		"":                           "off resetchannels -@all",
		"+@all -@admin":              "off resetchannels +@all -@admin",
		"+@slow -config|set":         "off resetchannels -@all +@write +config -config|set",
		"+config|get +ping|x":        "off resetchannels -@all +config|get +ping|x",
		"on nopass ~a %R~b %W~b &c":  "on nopass ~a ~b resetchannels &c -@all",
		"allcommands -get +get":      "off resetchannels +@all",
		"(+get ~k) (&* +@all)":       "off resetchannels -@all (~k resetchannels -@all +@read) (&* +@all)",
		"+ping|X -ping":              "off resetchannels -@all",
		"~* &* +@all reset":          "off sanitize-payload resetchannels -@all",
		"(+get) clearselectors %RW~": "off ~ resetchannels -@all",
	} {
		u := New(commands())
		for _, from := range []string{rules, want} {
			if err := u.Set("x", append([]string{"reset", "skip-sanitize-payload"}, strings.Fields(from)...)); err != nil {
				t.Fatalf("%s: %v", from, err)
			}
			got := strings.Replace(u.Get("x").Describe(), " skip-sanitize-payload", "", 1)
			if got != "user x "+want {
				t.Errorf("%s: got %s, want %s", from, got, want)
			}
		}
	}
}

func TestAnySelectorAllowsAll(t *testing.T) {
	u := New(commands())
	if err := u.Set("x", strings.Fields("+get ~a %R~r* (+set %W~w* &c) (+@all allkeys -ping)")); err != nil {
		t.Fatal(err)
	}
	x := u.Get("x")
	check := func(id int, access Access, channel bool, args ...string) Denial {
		r := &Request{ID: id, Keys: func([][]byte) []Key { return []Key{{1, access}} }}
		for _, arg := range args {
			r.Args = append(r.Args, []byte(arg))
		}
		if channel {
			r.Keys, r.FirstChannel, r.LastChannel = nil, 1, 1
		}
		denial, _ := x.Check(r)
		return denial
	}
	if x.Unlimited() || check(0, Read, false, "get", "r1") != Allowed || check(1, Write, false, "set", "any") != Allowed {
		t.Error("denied what is allowed, or unlimited")
	}
	if err := u.Set("x", []string{"clearselectors", "(+set", "%W~w*", "&c)"}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		want    Denial
		id      int
		access  Access
		channel bool
		arg     string
	}{
		{Allowed, 0, Read, false, "r1"},
		{DeniedKey, 0, Read | Write, false, "r1"},
		{DeniedKey, 0, Read, false, "w1"},
		{Allowed, 1, Write, false, "w1"},
		{DeniedKey, 1, Read | Write, false, "w1"},
		{DeniedKey, 1, Write, false, "a"}, // ~a is another selector's
		{Allowed, 1, 0, true, "c"},
		{DeniedChannel, 1, 0, true, "d"},
		{DeniedCommand, 5, 0, false, "a"},
	} {
		if got := check(tt.id, tt.access, tt.channel, "cmd", tt.arg); got != tt.want {
			t.Errorf("command %d, access %d, %s: %s, want %s", tt.id, tt.access, tt.arg, got, tt.want)
		}
	}
}

func TestPasswords(t *testing.T) {
	u := New(commands())
	login := func(name, password string) bool {
		_, ok := u.Authenticate([]byte(name), []byte(password))
		return ok
	}
	if err := u.Set("x", []string{">one", ">two\x00"}); err != nil {
		t.Fatal(err)
	}
	if login("x", "one") || login("nobody", "") {
		t.Error("a user that is off, or is not, logs in")
	}
	if err := u.Set("x", []string{"on"}); err != nil {
		t.Fatal(err)
	}
	if !login("x", "one") || !login("x", "two\x00") || login("x", "two") || login("x", "") {
		t.Error("wrong passwords")
	}
	u.SetDefaultPassword("p")
	if !login("default", "p") || login("default", "") || !u.Default().NeedsPassword() {
		t.Error("requirepass")
	}
}

func TestWrongRulesChangeNothing(t *testing.T) {
	u := New(commands())
	if err := u.Set("x", []string{"on", "+get"}); err != nil {
		t.Fatal(err)
	}
	before := u.Get("x").Describe()
	if err := u.Set("x", []string{"off", "+@all", "nonsense"}); err == nil || u.Get("x").Describe() != before {
		t.Errorf("%v, %s", err, u.Get("x").Describe())
	}
}

func TestLogCountsLikeDenialsTogether(t *testing.T) {
	var l Log
	at := time.Unix(1000, 0)
	add := func(object string, after time.Duration) {
		l.Add(Entry{Reason: DeniedKey, Context: "toplevel", Object: object, User: "u", Created: at.Add(after)}, 4)
	}
	add("a", 0)
	add("b", time.Second)
	add("a", 2*time.Second)
	add("a", 63*time.Second) // too late
	add(strings.Repeat("x", 1<<20), 64*time.Second)
	var got []string
	for _, e := range l.Newest(10) {
		got = append(got, fmt.Sprintf("%d:%.1s:%d", e.ID, e.Object, e.Count))
		if len(e.Object) > maxObject {
			t.Errorf("%d bytes are kept", len(e.Object))
		}
	}
	if text := strings.Join(got, " "); text != "3:x:1 2:a:1 0:a:2 1:b:1" {
		t.Errorf("got %s", text)
	}
	for i := range 10 {
		add(fmt.Sprint(i), time.Hour)
	}
	if n := len(l.Newest(100)); n != 4 {
		t.Errorf("%d entries", n)
	}
}

func TestSaveReplacesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(path, []byte("user old on"), 0o640); err != nil {
		t.Fatal(err)
	}
	u := New(commands())
	if err := u.Save(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	if err := u.Load(path); err != nil || strings.Join(u.Names(), " ") != "default" {
		t.Errorf("%v, %v", err, u.Names())
	}
	if err := u.Save(filepath.Join(path, "no", "such")); err == nil {
		t.Error("no error")
	}
	left, err := filepath.Glob(path + ".*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Rules come from whoever may change users, and files from anywhere.
func FuzzRules(f *testing.F) {
	f.Add("on >p +get ~a %RW~b &c (+set ~d) reset")
	f.Add("( +@all ) +config|get -config|set +ping|x !ab <x #y")
	f.Fuzz(func(t *testing.T, text string) {
		u := New(commands())
		if err := u.Set("x", strings.Split(text, " ")); err != nil {
			return
		}
		line := u.Get("x").Describe()
		v := New(commands())
		if err := v.Set("x", strings.Split(line, " ")[2:]); err != nil || v.Get("x").Describe() != line {
			t.Errorf("%q is described by %q, which makes %q, %v", text, line, v.Get("x").Describe(), err)
		}
	})
}
