package script

import (
	"encoding/binary"
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// structFunctions is Roberto Ierusalimschy's struct library.
var structFunctions = map[string]lua.LGFunction{"pack": structPack, "unpack": structUnpack, "size": structSize}

const (
	maxIntegerSize = 32 // bytes
	nativeAlign    = 8
	// maxResults is how many values struct.unpack and cmsgpack.unpack return.
	maxResults = 8000
)

// structFormat walks a format.
type structFormat struct {
	l     *lua.LState
	fmt   string
	at    int
	big   bool
	align int
}

func newStructFormat(l *lua.LState) *structFormat {
	return &structFormat{l: l, fmt: l.CheckString(1), align: 1}
}

func (f *structFormat) more() bool { return f.at < len(f.fmt) }

func (f *structFormat) number(otherwise int) int {
	if f.at >= len(f.fmt) || f.fmt[f.at] < '0' || f.fmt[f.at] > '9' {
		return otherwise
	}
	n := 0
	for ; f.at < len(f.fmt) && f.fmt[f.at] >= '0' && f.fmt[f.at] <= '9'; f.at++ {
		if n > (math.MaxInt32-9)/10 {
			f.l.RaiseError("integral size overflow")
		}
		n = n*10 + int(f.fmt[f.at]-'0')
	}
	return n
}

// next takes an option, its size, and the padding before it at position pos.
func (f *structFormat) next(pos int) (option byte, size, padding int) {
	option = f.fmt[f.at]
	f.at++
	switch option {
	case 'B', 'b', 'x':
		size = 1
	case 'H', 'h':
		size = 2
	case 'f':
		size = 4
	case 'L', 'l', 'T', 'd':
		size = 8
	case 'c':
		return option, f.number(1), 0
	case 'i', 'I':
		size = f.number(4)
		if size > maxIntegerSize {
			f.l.RaiseError("integral size %d is larger than limit of %d", size, maxIntegerSize)
		}
	}
	if size > 0 {
		align := min(size, f.align)
		padding = (align - pos&(align-1)) & (align - 1)
	}
	return option, size, padding
}

// control obeys an option that is no value.
func (f *structFormat) control(option byte) {
	switch option {
	case ' ':
	case '>':
		f.big = true
	case '<':
		f.big = false
	case '!':
		n := f.number(nativeAlign)
		if n <= 0 || n&(n-1) != 0 {
			f.l.RaiseError("alignment %d is not a power of 2", n)
		}
		f.align = n
	default:
		f.l.ArgError(1, "invalid format option '"+string(option)+"'")
	}
}

// appendInteger writes the lowest bytes of n; wider integers are filled with
// zeros, as the original's unsigned shifts do.
func (f *structFormat) appendInteger(b []byte, n uint64, size int) []byte {
	for i := range size {
		shift := i
		if f.big {
			shift = size - 1 - i
		}
		if shift >= 8 {
			b = append(b, 0)
		} else {
			b = append(b, byte(n>>(8*shift)))
		}
	}
	return b
}

func (f *structFormat) integer(b string, signed bool) float64 {
	var n uint64
	for i := range len(b) {
		c := b[len(b)-1-i]
		if f.big {
			c = b[i]
		}
		n = n<<8 | uint64(c)
	}
	if !signed || len(b) == 0 {
		return float64(n)
	}
	if bits := uint(len(b)) * 8; bits < 64 && n>>(bits-1) != 0 {
		n |= math.MaxUint64 << bits
	}
	return float64(int64(n))
}

func (f *structFormat) order() binary.AppendByteOrder {
	if f.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func structPack(l *lua.LState) int {
	f := newStructFormat(l)
	var b []byte
	arg := 2
	for f.more() {
		option, size, padding := f.next(len(b))
		if len(b)+size+padding > maxString {
			tooLong(l)
		}
		b = append(b, make([]byte, padding)...)
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			x := checkNumber(l, arg)
			n := uint64(toInteger(x))
			if x >= 1<<63 {
				n = uint64(x)
			}
			b = f.appendInteger(b, n, size)
			arg++
		case 'x':
			b = append(b, 0)
		case 'f':
			b = f.order().AppendUint32(b, math.Float32bits(float32(checkNumber(l, arg))))
			arg++
		case 'd':
			b = f.order().AppendUint64(b, math.Float64bits(checkNumber(l, arg)))
			arg++
		case 'c', 's':
			s := structText(l, arg)
			arg++
			if size == 0 {
				size = len(s)
			}
			if len(s) < size {
				l.ArgError(arg, "string too short")
			}
			if len(b)+size > maxString {
				tooLong(l)
			}
			b = append(b, s[:size]...)
			if option == 's' {
				b = append(b, 0)
			}
		default:
			f.control(option)
		}
	}
	l.Push(lua.LString(b))
	return 1
}

func structText(l *lua.LState, arg int) string {
	if x := l.Get(arg); isText(x) {
		return text(x)
	}
	return l.CheckString(arg)
}

func structUnpack(l *lua.LState) int {
	f := newStructFormat(l)
	data := l.CheckString(2)
	pos := l.OptInt(3, 1) - 1
	if pos < 0 {
		l.ArgError(3, "offset must be 1 or greater")
	}
	n := 0
	for f.more() {
		option, size, padding := f.next(pos)
		pos += padding
		if size > len(data) || pos > len(data)-size {
			l.ArgError(2, "data string too short")
		}
		if n++; n > maxResults {
			l.RaiseError("too many results")
		}
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			l.Push(lua.LNumber(f.integer(data[pos:pos+size], option >= 'a')))
		case 'f':
			bits := byteOrder(f.big).Uint32([]byte(data[pos : pos+4]))
			l.Push(lua.LNumber(math.Float32frombits(bits)))
		case 'd':
			bits := byteOrder(f.big).Uint64([]byte(data[pos : pos+8]))
			l.Push(lua.LNumber(math.Float64frombits(bits)))
		case 'c':
			if size == 0 {
				length, ok := l.Get(-1).(lua.LNumber)
				if n == 1 || !ok {
					l.RaiseError("format 'c0' needs a previous size")
				}
				l.Pop(1)
				n--
				if length < 0 || length > lua.LNumber(len(data)-pos) {
					l.ArgError(2, "data string too short")
				}
				size = int(length)
			}
			l.Push(lua.LString(data[pos : pos+size]))
		case 's':
			size = strings.IndexByte(data[pos:], 0) + 1
			if size == 0 {
				l.RaiseError("unfinished string in data")
			}
			l.Push(lua.LString(data[pos : pos+size-1]))
		default:
			n--
			if option != 'x' {
				f.control(option)
			}
		}
		pos += size
	}
	l.Push(lua.LNumber(pos + 1))
	return n + 1
}

func byteOrder(big bool) binary.ByteOrder {
	if big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func structSize(l *lua.LState) int {
	f := newStructFormat(l)
	pos := 0
	for f.more() {
		option, size, padding := f.next(pos)
		pos += padding
		switch {
		case option == 's':
			l.ArgError(1, "option 's' has no fixed size")
		case option == 'c' && size == 0:
			l.ArgError(1, "option 'c0' has no fixed size")
		case (option|0x20 < 'a' || option|0x20 > 'z') && (option < '0' || option > '9'):
			f.control(option)
		}
		pos += size
	}
	l.Push(lua.LNumber(pos))
	return 1
}
