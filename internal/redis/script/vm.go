package script

import (
	"context"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const (
	callDepth    = 10000   // calls within calls
	registryMax  = 1 << 18 // values on the stacks of one thread
	registryStep = 4096
)

func init() {
	// A table's array part is filled up to an index set: this bounds what one
	// assignment can allocate. Larger indexes go to the hash part.
	lua.MaxArrayIndex = 1 << 24
}

// vm is a Lua state and what scripts see in it. It is used by one goroutine at
// a time.
type vm struct {
	l *lua.LState
	// globals is what scripts find under global names; env, an empty table that
	// refuses to be written, is what they have for it.
	globals, env *lua.LTable
	// locked holds the tables that scripts cannot modify: empty ones that stand
	// for others.
	locked map[*lua.LTable]*lua.LTable
	// call is the run under way, nil when there is none.
	call *call
	// load is the library being loaded, nil when there is none.
	load   *Library
	random prng
	// protected counts the pcalls under way.
	protected int
	log       Logger
	version   string
	limit     uint64 // bytes that one run may add to the heap
	api       *lua.LTable
	libraryAPI,
	environmentMeta *lua.LTable
}

func newVM(o Options) *vm {
	l := lua.NewState(lua.Options{
		SkipOpenLibs: true, CallStackSize: callDepth, MinimizeStackMemory: true,
		RegistrySize: 1024, RegistryMaxSize: registryMax, RegistryGrowStep: registryStep,
	})
	v := &vm{l: l, locked: make(map[*lua.LTable]*lua.LTable), log: o.Log, version: o.Version, limit: o.MemoryLimit}
	for _, open := range []lua.LGFunction{lua.OpenBase, lua.OpenTable, lua.OpenString, lua.OpenMath, lua.OpenCoroutine} {
		l.Push(l.NewFunction(open))
		l.Call(0, 0)
	}
	all := l.G.Global
	v.globals = l.NewTable()
	for _, name := range []string{
		"assert", "ipairs", "rawequal", "select", "type", "newproxy", "_VERSION",
	} {
		v.globals.RawSetString(name, all.RawGetString(name))
	}
	v.setBase()
	opened := make(map[string]*lua.LTable)
	for _, name := range []string{"string", "table", "math", "coroutine"} {
		t, ok := all.RawGetString(name).(*lua.LTable)
		if !ok {
			panic("gopher-lua has no library " + name)
		}
		opened[name] = t
	}
	v.setString(opened["string"])
	v.setTable(opened["table"])
	v.setMath(opened["math"])
	for _, name := range []string{"table", "math", "coroutine"} {
		v.library(name, opened[name])
	}
	v.library("bit", v.functions(bitFunctions))
	v.library("cjson", v.newJSON())
	v.library("cmsgpack", v.functions(msgpackFunctions))
	v.library("struct", v.functions(structFunctions))
	v.library("os", v.functions(map[string]lua.LGFunction{"clock": osClock}))
	v.api = v.redisAPI()
	v.library("redis", v.api)

	v.libraryAPI = l.NewTable()
	v.libraryAPI.RawSetString("redis", v.lock(v.loadAPI()))
	for _, t := range []*lua.LTable{v.globals, v.libraryAPI} {
		meta := l.NewTable()
		meta.RawSetString("__index", l.NewFunction(noSuchGlobal))
		t.Metatable = meta
	}
	v.env, v.environmentMeta = v.guard(v.globals)
	v.globals.RawSetString("_G", v.env)
	l.G.Global = v.env
	l.Env = v.env
	return v
}

func (v *vm) functions(list map[string]lua.LGFunction) *lua.LTable {
	t := v.l.NewTable()
	for name, f := range list {
		t.RawSetString(name, v.l.NewFunction(f))
	}
	return t
}

// library sets a global table that scripts cannot modify.
func (v *vm) library(name string, t *lua.LTable) {
	v.globals.RawSetString(name, v.lock(t))
}

// lock returns a table through which t can be read and not modified.
func (v *vm) lock(t *lua.LTable) *lua.LTable {
	guard, _ := v.guard(t)
	return guard
}

// guard is lock; it also returns the metatable that does it.
func (v *vm) guard(t *lua.LTable) (guard, meta *lua.LTable) {
	guard = v.l.NewTable()
	meta = v.l.NewTable()
	meta.RawSetString("__index", t)
	meta.RawSetString("__newindex", v.l.NewFunction(refuseWrite))
	shown := v.l.NewTable() // what getmetatable returns
	shown.Metatable = meta
	v.locked[shown] = v.l.NewTable()
	meta.RawSetString("__metatable", shown)
	guard.Metatable = meta
	v.locked[guard] = t
	return guard, meta
}

// readable is the table behind a locked one.
func (v *vm) readable(t *lua.LTable) *lua.LTable {
	if behind := v.locked[t]; behind != nil {
		return behind
	}
	return t
}

// writable raises an error if the argument is a locked table.
func (v *vm) writable(l *lua.LState, n int) *lua.LTable {
	t := l.CheckTable(n)
	if v.locked[t] != nil {
		l.Error(lua.LString(readonlyMessage), 0) // without a place, as from C
	}
	return t
}

const readonlyMessage = "Attempt to modify a readonly table"

func refuseWrite(l *lua.LState) int {
	l.RaiseError(readonlyMessage)
	return 0
}

func noSuchGlobal(l *lua.LState) int {
	l.RaiseError("Script attempted to access nonexistent global variable '%s'", text(l.Get(2)))
	return 0
}

// run calls a function and returns its first result. ctx ends it early.
func (v *vm) run(ctx context.Context, fn *lua.LFunction, args ...lua.LValue) (result lua.LValue, err error) {
	l := v.l
	l.SetContext(ctx)
	l.Env = v.env
	v.protected = 0
	defer func() {
		l.RemoveContext()
		l.SetTop(0)
	}()
	l.Push(fn)
	for _, arg := range args {
		l.Push(arg)
	}
	if err := l.PCall(len(args), 1, l.NewFunction(v.located)); err != nil {
		return nil, err
	}
	return l.Get(-1), nil
}

// located is the error handler of a run: it makes any error a table that tells
// where it was raised.
func (v *vm) located(l *lua.LState) int {
	raised := l.Get(1)
	t, ok := raised.(*lua.LTable)
	if !ok || v.locked[t] != nil {
		t = l.NewTable()
		t.RawSetString("err", lua.LString("ERR "+luaText(nameCalled(l, text(raised)))))
	}
	for level := 1; level <= 3; level++ {
		dbg, ok := l.GetStack(level)
		if !ok {
			break
		}
		if _, err := l.GetInfo("Sl", dbg, lua.LNil); err != nil || dbg.What == "Go" || dbg.CurrentLine < 0 {
			continue
		}
		t.RawSetString("source", lua.LString("@"+dbg.Source))
		t.RawSetString("line", lua.LNumber(dbg.CurrentLine))
		break
	}
	l.Push(t)
	return 1
}

// nameCalled tells in the message what was called that is no function. It is
// called by an error handler.
func nameCalled(l *lua.LState, message string) string {
	at := strings.Index(message, callMessage)
	dbg, ok := l.GetStack(1)
	if at < 0 || !ok {
		return message
	}
	value, err := l.GetInfo("flS", dbg, lua.LNil)
	fn, ok := value.(*lua.LFunction)
	if err != nil || !ok || fn.IsG {
		return message
	}
	what := called(fn.Proto, dbg.CurrentLine)
	if what == "" {
		return message
	}
	return message[:at] + "attempt to call " + what + "(a nil value)"
}
