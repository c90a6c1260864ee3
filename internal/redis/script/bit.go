package script

import (
	"math"
	"math/bits"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// bitFunctions is LuaJIT's BitOp: operations on 32-bit integers.
var bitFunctions = map[string]lua.LGFunction{
	"tobit":   bitUnary(func(a int32) int32 { return a }),
	"bnot":    bitUnary(func(a int32) int32 { return ^a }),
	"bswap":   bitUnary(func(a int32) int32 { return int32(bits.ReverseBytes32(uint32(a))) }),
	"band":    bitFold(func(a, b int32) int32 { return a & b }),
	"bor":     bitFold(func(a, b int32) int32 { return a | b }),
	"bxor":    bitFold(func(a, b int32) int32 { return a ^ b }),
	"lshift":  bitShift(func(a int32, n uint32) int32 { return a << n }),
	"rshift":  bitShift(func(a int32, n uint32) int32 { return int32(uint32(a) >> n) }),
	"arshift": bitShift(func(a int32, n uint32) int32 { return a >> n }),
	"rol":     bitShift(func(a int32, n uint32) int32 { return int32(bits.RotateLeft32(uint32(a), int(n))) }),
	"ror":     bitShift(func(a int32, n uint32) int32 { return int32(bits.RotateLeft32(uint32(a), -int(n))) }),
	"tohex":   bitHex,
}

// bitArg takes a number modulo 2^32, rounded as the hardware does.
func bitArg(l *lua.LState, n int) int32 {
	f := math.RoundToEven(checkNumber(l, n))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return int32(uint32(int64(math.Mod(f, 1<<32))))
}

func bitUnary(f func(int32) int32) lua.LGFunction {
	return func(l *lua.LState) int {
		l.Push(lua.LNumber(f(bitArg(l, 1))))
		return 1
	}
}

func bitFold(f func(a, b int32) int32) lua.LGFunction {
	return func(l *lua.LState) int {
		result := bitArg(l, 1)
		for i := 2; i <= l.GetTop(); i++ {
			result = f(result, bitArg(l, i))
		}
		l.Push(lua.LNumber(result))
		return 1
	}
}

func bitShift(f func(a int32, n uint32) int32) lua.LGFunction {
	return func(l *lua.LState) int {
		l.Push(lua.LNumber(f(bitArg(l, 1), uint32(bitArg(l, 2))&31)))
		return 1
	}
}

func bitHex(l *lua.LState) int {
	const lower, upper = "0123456789abcdef", "0123456789ABCDEF"
	x := uint32(bitArg(l, 1))
	n, digits := int32(8), lower
	if l.Get(2) != lua.LNil {
		n = bitArg(l, 2)
	}
	if n < 0 {
		n, digits = -n, upper
	}
	if n > 8 || n < 0 {
		n = 8
	}
	var b strings.Builder
	for i := n - 1; i >= 0; i-- {
		b.WriteByte(digits[x>>(4*uint32(i))&15])
	}
	l.Push(lua.LString(b.String()))
	return 1
}
