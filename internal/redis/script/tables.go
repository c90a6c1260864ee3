package script

import (
	"math"
	"math/rand/v2"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// setTable guards what modifies tables and bounds what joins them.
func (v *vm) setTable(t *lua.LTable) {
	for _, name := range []string{"insert", "remove", "sort"} {
		f := builtin(t, name)
		t.RawSetString(name, v.l.NewFunction(func(l *lua.LState) int {
			v.writable(l, 1)
			return f(l)
		}))
	}
	t.RawSetString("concat", v.l.NewFunction(tableConcat))
}

// builtin is gopher-lua's own function of a library.
func builtin(t *lua.LTable, name string) lua.LGFunction {
	f, ok := t.RawGetString(name).(*lua.LFunction)
	if !ok {
		panic("gopher-lua has no function " + name)
	}
	return f.GFunction
}

func tableConcat(l *lua.LState) int {
	t, sep := l.CheckTable(1), l.OptString(2, "")
	from, to := l.OptInt(3, 1), l.OptInt(4, t.Len())
	var b strings.Builder
	for i := from; i <= to; i++ {
		x := t.RawGetInt(i)
		if !isText(x) {
			l.RaiseError("invalid value (%s) at index %d in table for 'concat'", x.Type(), i)
		}
		s := text(x)
		if b.Len()+len(s)+len(sep) > maxString {
			tooLong(l)
		}
		b.WriteString(s)
		if i != to {
			b.WriteString(sep)
		} else {
			break
		}
	}
	l.Push(lua.LString(b.String()))
	return 1
}

// eachPair calls f for the pairs of a table in the order of next: gopher-lua's
// own ForEach has none.
func eachPair(t *lua.LTable, f func(key, value lua.LValue)) {
	for key, value := t.Next(lua.LNil); key != lua.LNil; key, value = t.Next(key) {
		f(key, value)
	}
}

// prng is redis-server's lrand48, so that a seed gives the same numbers there.
type prng struct{ x uint64 }

const randMax = 1<<31 - 1

func (p *prng) seed(n int32) { p.x = uint64(uint32(n))<<16 | 0x330e }

func (p *prng) next() int32 {
	p.x = (p.x*0x5deece66d + 0xb) & (1<<48 - 1)
	return int32(p.x >> 17)
}

func (v *vm) setMath(t *lua.LTable) {
	v.random.seed(int32(rand.Uint32()))
	t.RawSetString("random", v.l.NewFunction(v.mathRandom))
	t.RawSetString("randomseed", v.l.NewFunction(func(l *lua.LState) int {
		v.random.seed(int32(checkInteger(l, 1)))
		return 0
	}))
}

func (v *vm) mathRandom(l *lua.LState) int {
	r := float64(v.random.next()%randMax) / randMax
	low, high := int64(1), int64(0)
	switch l.GetTop() {
	case 0:
		l.Push(lua.LNumber(r))
		return 1
	case 1:
		high = checkInteger(l, 1)
		if high < 1 {
			l.ArgError(1, "interval is empty")
		}
	case 2:
		low, high = checkInteger(l, 1), checkInteger(l, 2)
		if low > high {
			l.ArgError(2, "interval is empty")
		}
	default:
		l.RaiseError("wrong number of arguments")
	}
	l.Push(lua.LNumber(math.Floor(r*float64(high-low+1)) + float64(low)))
	return 1
}
