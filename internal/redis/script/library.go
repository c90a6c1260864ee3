package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// loadTimeout is how long the code of a library may run when it is loaded.
const loadTimeout = 500 * time.Millisecond

// Library is a set of functions that were loaded together.
type Library struct {
	Name      string
	Code      []byte
	Functions map[string]*Function
}

// Function is a function of a library.
type Function struct {
	Name        string
	Description *string
	Flags       Flags

	vm       *vm
	callback *lua.LFunction
}

// libraries is a consistent set: no two functions share a name, whatever its
// case. It is guarded by
// Engine.mu and replaced, not modified, where a change may fail half way.
type libraries struct {
	byName    map[string]*Library
	functions map[string]*Function
}

func newLibraries() *libraries {
	return &libraries{byName: make(map[string]*Library), functions: make(map[string]*Function)}
}

func (s *libraries) clone() *libraries {
	return &libraries{byName: maps.Clone(s.byName), functions: maps.Clone(s.functions)}
}

func (s *libraries) remove(lib *Library) {
	for name := range lib.Functions {
		delete(s.functions, strings.ToLower(name))
	}
	delete(s.byName, lib.Name)
}

func (s *libraries) add(lib *Library) error {
	for name := range lib.Functions {
		if s.functions[strings.ToLower(name)] != nil {
			return fmt.Errorf("ERR Function %s already exists", name)
		}
	}
	for name, f := range lib.Functions {
		s.functions[strings.ToLower(name)] = f
	}
	s.byName[lib.Name] = lib
	return nil
}

// Policy says what a restored library does to those that are there.
type Policy uint8

// Policies of FUNCTION RESTORE.
const (
	Append  Policy = iota // a name that is taken is an error
	Replace               // it takes the place of the one of its name
	Flush                 // all others go
)

// Function is the function of that name, nil if there is none.
func (e *Engine) Function(name string) *Function {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.libs.functions[strings.ToLower(name)]
}

// Libraries lists the libraries by name.
func (e *Engine) Libraries() []*Library {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.SortedFunc(maps.Values(e.libs.byName), func(a, b *Library) int { return strings.Compare(a.Name, b.Name) })
}

// Change is a set of libraries that is not in force yet.
type Change struct {
	// Set are the libraries to be stored, Deleted the names of those to go.
	Set     []*Library
	Deleted []string

	next *libraries
}

// TakenError says that there is a library of that name already.
type TakenError string

func (e TakenError) Error() string { return "ERR Library '" + string(e) + "' already exists" }

// Commit puts a change in force.
func (e *Engine) Commit(c *Change) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.libs = c.next
}

// Load runs the code of libraries, and returns what it changes. Nothing is in
// force before Commit.
func (e *Engine) Load(codes [][]byte, policy Policy) (*Change, error) {
	e.mu.Lock()
	old := e.libs
	e.mu.Unlock()
	c := &Change{next: old.clone()}
	if policy == Flush {
		c.next = newLibraries()
		c.Deleted = slices.Sorted(maps.Keys(old.byName))
	}
	for _, code := range codes {
		lib, err := e.library(code, c.next, policy)
		if err != nil {
			return nil, err
		}
		c.Set = append(c.Set, lib)
		c.Deleted = slices.DeleteFunc(c.Deleted, func(name string) bool { return name == lib.Name })
	}
	return c, nil
}

// Delete removes a library.
func (e *Engine) Delete(name string) (*Change, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	lib := e.libs.byName[name]
	if lib == nil {
		return nil, errors.New("ERR Library not found")
	}
	c := &Change{next: e.libs.clone(), Deleted: []string{name}}
	c.next.remove(lib)
	return c, nil
}

// library makes a library of code and adds it to the set.
func (e *Engine) library(code []byte, set *libraries, policy Policy) (*Library, error) {
	engine, name, rest, err := libraryShebang(code)
	if err != nil {
		return nil, errors.New("ERR " + err.Error())
	}
	if !validName(name) {
		return nil, errors.New("ERR " + nameRule)
	}
	if !strings.EqualFold(engine, "lua") {
		return nil, fmt.Errorf("ERR Engine '%s' not found", engine)
	}
	old := set.byName[name]
	if old != nil && policy != Replace {
		return nil, TakenError(name)
	}
	lib := &Library{Name: name, Code: slices.Clone(code), Functions: make(map[string]*Function)}
	if err := e.register(lib, rest); err != nil {
		return nil, err
	}
	if old != nil {
		set.remove(old)
	}
	return lib, set.add(lib)
}

// register runs a library's code in a Lua state of its own, which lets it keep
// what its functions share, and goes when the library does.
func (e *Engine) register(lib *Library, code []byte) error {
	proto, err := compile(code, "user_function")
	if err != nil {
		return errors.New("ERR Error compiling function: " + err.Error())
	}
	v := newVM(e.opts)
	ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
	defer cancel()
	r := &Running{cancel: cancel}
	defer guardHeap(v.limit, r)()
	fn := v.l.NewFunctionFromProto(proto)
	fn.Env = v.env
	v.environmentMeta.RawSetString("__index", v.libraryAPI)
	v.load = lib
	_, err = v.run(ctx, fn)
	v.load = nil
	v.environmentMeta.RawSetString("__index", v.globals)
	for _, f := range lib.Functions {
		f.vm = v
	}
	switch {
	case err == nil:
	case r.reason() != "":
		return errors.New(r.reason())
	case ctx.Err() != nil:
		return errors.New("ERR Error registering functions: FUNCTION LOAD timeout")
	default:
		message := luaText(err.Error())
		if t, ok := thrown(err).(*lua.LTable); ok {
			message = stringField(t, "err")
		}
		return errors.New("ERR Error registering functions: " + message)
	}
	if len(lib.Functions) == 0 {
		return errors.New("ERR No functions registered")
	}
	return nil
}

// registerFunction is redis.register_function.
func (v *vm) registerFunction(l *lua.LState) int {
	if v.load == nil {
		raise(l, "redis.register_function can only be called on FUNCTION LOAD command")
	}
	f := &Function{}
	switch l.GetTop() {
	case 1:
		f.named(l)
	case 2:
		f.positional(l)
	default:
		raise(l, "wrong number of arguments to redis.register_function")
	}
	if !validName(f.Name) {
		raise(l, nameRule)
	}
	if v.load.Functions[f.Name] != nil {
		raise(l, "Function already exists in the library")
	}
	v.load.Functions[f.Name] = f
	return 0
}

func (f *Function) positional(l *lua.LState) {
	name := l.Get(1)
	if !isText(name) {
		raise(l, "first argument to redis.register_function must be a string")
	}
	callback, ok := l.Get(2).(*lua.LFunction)
	if !ok {
		raise(l, "second argument to redis.register_function must be a function")
	}
	f.Name, f.callback = text(name), callback
}

func (f *Function) named(l *lua.LState) {
	args, ok := l.Get(1).(*lua.LTable)
	if !ok {
		raise(l, "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).")
	}
	named := false
	eachPair(args, func(key, value lua.LValue) {
		if !isText(key) {
			raise(l, "named argument key given to redis.register_function is not a string")
		}
		switch strings.ToLower(text(key)) {
		case "function_name":
			if !isText(value) {
				raise(l, "function_name argument given to redis.register_function must be a string")
			}
			f.Name, named = text(value), true
		case "description":
			if !isText(value) {
				raise(l, "description argument given to redis.register_function must be a string")
			}
			description := text(value)
			f.Description = &description
		case "callback":
			if f.callback, ok = value.(*lua.LFunction); !ok {
				raise(l, "callback argument given to redis.register_function must be a function")
			}
		case "flags":
			f.Flags = readFlags(l, value)
		default:
			raise(l, "unknown argument given to redis.register_function")
		}
	})
	if !named {
		raise(l, "redis.register_function must get a function name argument")
	}
	if f.callback == nil {
		raise(l, "redis.register_function must get a callback argument")
	}
}

func readFlags(l *lua.LState, value lua.LValue) Flags {
	list, ok := value.(*lua.LTable)
	if !ok {
		raise(l, "flags argument to redis.register_function must be a table representing function flags")
	}
	var flags Flags
	for i := 1; list.RawGetInt(i) != lua.LNil; i++ {
		name := list.RawGetInt(i)
		flag, ok := flagOf(strings.ToLower(text(name)))
		if !ok || !isText(name) {
			raise(l, "unknown flag given")
		}
		flags |= flag
	}
	return flags
}

// Call runs a function. An error is the reply.
func (e *Engine) Call(f *Function, c *Call) error {
	v := f.vm
	_, err := e.run(v, f.Name, true, c, f.callback, v.array(c.Keys), v.array(c.Args))
	return err
}
