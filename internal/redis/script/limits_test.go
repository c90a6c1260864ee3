package script

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// echo is a host whose commands reply OK.
type echo struct{}

func (echo) Call([][]byte, int) []byte { return []byte("+OK\r\n") }

func (echo) Replicates(bool)                        {}
func (echo) Allowed([][]byte) (allowed, known bool) { return true, true }

// evaluate runs a script and returns its reply or its error.
func evaluate(t testing.TB, e *Engine, source string) string {
	t.Helper()
	s, err := e.Script([]byte(source), false)
	if err != nil {
		return err.Error()
	}
	var out resp.Writer
	if err := e.Eval(s, &Call{Host: echo{}, Out: &out}); err != nil {
		return err.Error()
	}
	return string(out.Buf)
}

// What would exhaust the stack, the memory or the compiler ends in an error, and
// the engine goes on.
func TestHostileScripts(t *testing.T) {
	e := New(Options{MemoryLimit: 64 << 20})
	for name, source := range map[string]string{
		"recursion":             `local function f() return 1 + f() end return f()`,
		"recursion by __index":  `local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x`,
		"recursion by pcall":    `local function f() local ok, e = pcall(f) error(e) end f()`,
		"recursion by tostring": `local t = setmetatable({}, {}) getmetatable(t).__tostring = function(t) return tostring(t) end return tostring(t)`,
		"rep":                   `return string.rep('x', 1e12)`,
		"rep of rep":            `return (('x'):rep(1e6)):rep(1e6)`,
		"doubling":              `local s = 'x' while true do s = s .. s end`,
		"wide concat":           `local s = ('x'):rep(1e8) return s..s..s..s..s..s..s`,
		"table of strings":      `local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end`,
		"growing table":         `local t = {} while true do t[#t + 1] = {} end`,
		"large index":           `local t = {} for i = 1, 1e6 do local u = {} u[16e6] = 1 t[i] = u end`,
		"concat of a table":     `local t = {} local s = ('x'):rep(1e6) for i = 1, 1000 do t[i] = s end return table.concat(t)`,
		"gsub":                  `return (('x'):rep(1e6):gsub('x', ('y'):rep(1e4)))`,
		"gsub by function":      `local s = ('y'):rep(1e6) return (('x'):rep(1e4):gsub('x', function() return s end))`,
		"json":                  `local s = ('x'):rep(1e7) local t = {} for i = 1, 1000 do t[i] = s end return cjson.encode(t)`,
		"msgpack":               `local s = ('x'):rep(1e7) local t = {} for i = 1, 1000 do t[i] = s end return cmsgpack.pack(t)`,
		"unpack":                `return unpack({}, 1, 1e8)`,
		"reply":                 `local s = ('x'):rep(1e7) local t = {} for i = 1, 1000 do t[i] = s end return t`,
		"coroutines":            `local t = {} while true do t[#t + 1] = coroutine.create(function() coroutine.yield() end) coroutine.resume(t[#t]) end`,
		"parentheses":           `return ` + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000),
		"sums":                  `return 1` + strings.Repeat("+1", 20000),
		"nots":                  `return ` + strings.Repeat("not ", 20000) + "1",
		"tables":                `return ` + strings.Repeat("{", 20000) + strings.Repeat("}", 20000),
		"elseifs":               `if false then ` + strings.Repeat("elseif false then ", 20000) + "end",
		"locals":                strings.Repeat("local a = 1 ", 300),
		"long":                  strings.Repeat(" ", maxSource+1),
		"deep json":             `return cjson.decode(('['):rep(1e6))`,
		"deep msgpack":          `return cmsgpack.unpack(('\145'):rep(1e6))`,
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GC() // the limit is on what a run adds to the heap
			if got := evaluate(t, e, source); !strings.HasPrefix(got, "ERR ") && name != "parentheses" {
				t.Errorf("got %.100q", got)
			}
			if got := evaluate(t, e, `return 'well'`); got != "$4\r\nwell\r\n" {
				t.Errorf("afterwards: %q", got)
			}
		})
	}
}

func TestKill(t *testing.T) {
	e := New(Options{})
	for _, source := range []string{
		`while true do end`,
		`local function f() while true do redis.call('ping') end end while true do pcall(f) end`,
		`coroutine.wrap(function() while true do end end)()`,
		`while true do xpcall(function() while true do end end, function() while true do end end) end`,
	} {
		done := make(chan string)
		go func() { done <- evaluate(t, e, source) }()
		for e.Current() == nil {
			time.Sleep(time.Millisecond)
		}
		if err := e.Kill(true); !errors.Is(err, ErrBusyScript) {
			t.Errorf("killed as a function: %v", err)
		}
		if err := e.Kill(false); err != nil {
			t.Fatal(err)
		}
		if got := <-done; !strings.Contains(got, "Script killed by user with SCRIPT KILL") {
			t.Errorf("%s: %s", source, got)
		}
	}
	if err := e.Kill(false); !errors.Is(err, ErrNotBusy) {
		t.Errorf("with nothing to kill: %v", err)
	}
}

func TestAScriptThatWroteCannotBeKilled(t *testing.T) {
	e := New(Options{})
	done := make(chan string)
	go func() { done <- evaluate(t, e, `while true do end`) }()
	for e.Current() == nil {
		time.Sleep(time.Millisecond)
	}
	e.Current().Wrote()
	if err := e.Kill(false); !errors.Is(err, ErrUnkillable) {
		t.Errorf("got %v", err)
	}
	e.Abort("ERR stopped")
	if got := <-done; !strings.HasPrefix(got, "ERR stopped") {
		t.Errorf("got %s", got)
	}
}

// Scripts of EVAL make room for each other; those that were loaded stay.
func TestCacheIsBounded(t *testing.T) {
	e := New(Options{CacheLimit: 100_000})
	kept, err := e.Script([]byte("return 'kept'"), true)
	if err != nil {
		t.Fatal(err)
	}
	first, err := e.Script([]byte("return 'first'"), false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if _, err := e.Script([]byte("return '"+strings.Repeat("x", 10_000)+string(rune('a'+i))+"'"), false); err != nil {
			t.Fatal(err)
		}
	}
	if e.Find(kept.SHA) == nil || e.Find(first.SHA) != nil {
		t.Error("the wrong scripts were dropped")
	}
	if n, size := e.Cached(); n > 12 || size > 120_000 {
		t.Errorf("%d scripts of %d bytes are cached", n, size)
	}
}

// One run must not see what another left behind.
func TestRunsAreApart(t *testing.T) {
	e := New(Options{})
	for _, row := range [][2]string{
		{`setfenv(0, {x = 1})`, ""},
		{`return x`, "nonexistent global variable 'x'"},
		{`setfenv(1, {}) y = 1 return y`, ":1"},
		{`return y`, "nonexistent global variable 'y'"},
		{`string.foo = 1`, "readonly"},
		{`table.insert(cjson, 1)`, "readonly"},
		{`table.sort(redis)`, "readonly"},
		{`getmetatable('').__index = {}`, "readonly"},
		{`getmetatable(redis).__index = {}`, "readonly"},
		{`rawset(getmetatable(_G), '__index', {})`, "readonly"},
		{`getfenv(1).x = 1`, "readonly"},
		{`getfenv(redis.call).x = 1`, "readonly"},
		{`getfenv(0).x = 1`, "readonly"},
		{`coroutine.wrap(function() z = 1 end)()`, "readonly"},
		{`return {KEYS[1], ARGV[1]}`, "*0"},
		{`KEYS.x = 1 return KEYS.x`, ":1"},
		{`return KEYS.x`, "$-1"},
	} {
		if got := evaluate(t, e, row[0]); !strings.Contains(got, row[1]) {
			t.Errorf("%s: %s", row[0], got)
		}
	}
}
