package param

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func newParams(t *testing.T) *Params {
	t.Helper()
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestValuesAreNormalized(t *testing.T) {
	tests := []struct{ name, set, want string }{
		{"proto-max-bulk-len", "1gb", "1073741824"},
		{"maxmemory", "100mb", "104857600"},
		{"maxmemory", "5K", "5000"},
		{"timeout", "30", "30"},
		{"maxmemory-policy", "ALLKEYS-LRU", "allkeys-lru"},
		{"latency-tracking", "NO", "no"},
		{"notify-keyspace-events", "KEA", "AKE"},
		{"notify-keyspace-events", "nKxg", "gxKn"},
		{"save", "3600 1  300 100", "3600 1 300 100"},
		{"requirepass", "a b", "a b"},
		{"hash-max-ziplist-entries", "17", "17"},
		{"client-output-buffer-limit", "normal 1mb 0 5", "normal 1048576 0 5 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
	}
	for _, tt := range tests {
		p := newParams(t)
		if err := p.Set([]Pair{{strings.ToUpper(tt.name), tt.set}}); err != nil {
			t.Errorf("%s %q: %v", tt.name, tt.set, err)
		} else if got := p.Text(tt.name); got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.name, tt.set, got, tt.want)
		}
	}
}

func TestWrongValues(t *testing.T) {
	const failed = "CONFIG SET failed (possibly related to argument '"
	tests := []struct{ name, set, want string }{
		{"nonsense", "1", "Unknown option or number of arguments for CONFIG SET - 'nonsense'"},
		{"appendonly", "no", failed + "appendonly') - the journal is always on"},
		{"port", "1", failed + "port') - can't set immutable config"},
		{"timeout", "x", failed + "timeout') - argument couldn't be parsed into an integer"},
		{"timeout", "-1", failed + "timeout') - argument must be between 0 and 2147483647 inclusive"},
		{"maxmemory", "1xb", failed + "maxmemory') - argument must be a memory value"},
		{"maxmemory", "99999999999gb", failed + "maxmemory') - argument must be a memory value"},
		{"activerehashing", "1", failed + "activerehashing') - argument must be 'yes' or 'no'"},
		{"notify-keyspace-events", "Q", failed + "notify-keyspace-events') - Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
		{"save", "1", failed + "save') - Invalid save parameters"},
	}
	for _, tt := range tests {
		err := newParams(t).Set([]Pair{{tt.name, tt.set}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s %q: got %v, want %s", tt.name, tt.set, err, tt.want)
		}
	}
}

func TestSetIsAtomic(t *testing.T) {
	p := newParams(t)
	if err := p.Set([]Pair{{"timeout", "5"}, {"maxclients", "no"}}); err == nil {
		t.Fatal("no error")
	}
	if got := p.Text("timeout"); got != "0" {
		t.Errorf("timeout became %s", got)
	}
	if err := p.Set([]Pair{{"appendonly", "yes"}}); err != nil {
		t.Errorf("setting a fixed parameter to what it is: %v", err)
	}
	if err := p.Set([]Pair{{"timeout", "5"}, {"TIMEOUT", "6"}}); err == nil {
		t.Error("a parameter was set twice")
	}
}

func TestReleasedParameterChanges(t *testing.T) {
	p := newParams(t)
	if err := p.Set([]Pair{{"appendfsync", "always"}}); err == nil {
		t.Error("a fixed parameter changed")
	}
	var heard string
	var refuse error
	p.Release("appendfsync", func() error {
		heard = p.Text("appendfsync")
		return refuse
	})
	if err := p.Set([]Pair{{"appendfsync", "always"}}); err != nil || heard != "always" || p.Text("appendfsync") != "always" {
		t.Errorf("got %v, heard %q, reads %q", err, heard, p.Text("appendfsync"))
	}
	refuse = errors.New("no")
	if err := p.Set([]Pair{{"appendfsync", "no"}}); err == nil || p.Text("appendfsync") != "always" {
		t.Errorf("after a refusal: got %v, reads %q", err, p.Text("appendfsync"))
	}
}

func TestNumberFollowsAndHooksRun(t *testing.T) {
	p := newParams(t)
	live := p.Number("timeout")
	var heard string
	p.OnChange("timeout", func(text string) { heard = text })
	if err := p.Set([]Pair{{"timeout", "7"}}); err != nil {
		t.Fatal(err)
	}
	if live.Load() != 7 || heard != "7" {
		t.Errorf("number %d, hook heard %q", live.Load(), heard)
	}
}

func TestMatchIncludesAliases(t *testing.T) {
	pairs := newParams(t).Match([]byte("hash-max-*-entries"), []byte("HASH-max-listpack-value"))
	if len(pairs) != 3 || pairs[1].Name != "HASH-max-listpack-value" || pairs[0].Name != "hash-max-listpack-entries" || pairs[2].Name != "hash-max-ziplist-entries" {
		t.Errorf("got %v", pairs)
	}
}

func TestWhatCannotBeAppliedIsNotSet(t *testing.T) {
	p := newParams(t)
	applied := 0
	p.OnApply(func() error {
		applied++
		if p.Text("tls-cert-file") == "wrong" {
			return errors.New("no such file")
		}
		return nil
	}, "tls-cert-file", "tls-key-file")
	if err := p.Set([]Pair{{"tls-cert-file", "a"}, {"tls-key-file", "b"}}); err != nil || applied != 1 {
		t.Errorf("%v, applied %d times", err, applied)
	}
	err := p.Set([]Pair{{"timeout", "9"}, {"tls-cert-file", "wrong"}})
	if want := "CONFIG SET failed (possibly related to argument 'tls-cert-file') - no such file"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if p.Text("tls-cert-file") != "a" || p.Text("timeout") != "0" || p.Int("timeout") != 0 {
		t.Errorf("%s, %s", p.Text("tls-cert-file"), p.Text("timeout"))
	}
	if err := p.Set([]Pair{{"timeout", "9"}}); err != nil || applied != 2 {
		t.Errorf("%v, applied %d times", err, applied)
	}
}

func TestChangedIsWhatClientsSaid(t *testing.T) {
	p, err := New(map[string]string{"timeout": "5", "maxmemory": "1mb"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fix("databases", "4"); err != nil { // the server says that
		t.Fatal(err)
	}
	if err := p.Recall(map[string]string{"slowlog-max-len": "9", "no-such-parameter": "1"}); err == nil || !strings.Contains(err.Error(), "no-such-parameter") {
		t.Errorf("got %v", err)
	}
	if err := p.Set([]Pair{{"timeout", "7"}, {"maxmemory", "2mb"}, {"appendonly", "yes"}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Set([]Pair{{"maxmemory", "1mb"}}); err != nil { // back to what it was
		t.Fatal(err)
	}
	if got, want := p.Changed(), map[string]string{"timeout": "7", "slowlog-max-len": "9"}; !maps.Equal(got, want) {
		t.Errorf("changed %v, want %v", got, want)
	}
}
