package types

import (
	"math"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// Limits of arrays, from PostgreSQL's array.h.
const (
	maxArrayDims  = 6
	maxArrayItems = 1 << 27
)

// NewArray makes a one-dimensional array with subscripts from 1.
func NewArray(elem OID, items []Datum) *Array {
	a := &Array{Elem: elem, Items: items}
	if len(items) > 0 {
		a.Dims = []Dim{{Length: len(items), Lower: 1}}
	}
	return a
}

func malformedArray(s, detail string, args ...any) error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "malformed array literal: \"%s\"", s).WithDetail(detail, args...)
}

// arrayParser reads an array literal.
type arrayParser struct {
	s      string
	i      int
	elem   OID
	typmod Typmod
	f      *Format
	items  []Datum
	dims   []int // length of each dimension, -1 until its first sub-array ends
	leaf   int   // depth at which elements stand, 0 until the first
}

// parseArray reads {1,2}, {{1,2},{3,4}}, [0:1]={1,2}.
func parseArray(s string, elem OID, typmod Typmod, f *Format) (*Array, error) {
	p := &arrayParser{s: s, elem: elem, typmod: typmod, f: f}
	p.space()
	lower, given, err := p.bounds()
	if err != nil {
		return nil, err
	}
	if p.i >= len(s) || s[p.i] != '{' {
		if given != nil {
			return nil, malformedArray(s, "Array contents must start with \"{\".")
		}
		return nil, malformedArray(s, "Array value must start with \"{\" or dimension information.")
	}
	if err := p.level(1); err != nil {
		return nil, err
	}
	p.space()
	if p.i < len(s) {
		return nil, malformedArray(s, "Junk after closing right brace.")
	}
	a := &Array{Elem: elem, Items: p.items}
	if len(p.items) > 0 {
		for _, n := range p.dims {
			a.Dims = append(a.Dims, Dim{Length: n, Lower: 1})
		}
	}
	if given == nil {
		return a, nil
	}
	if len(given) != len(a.Dims) {
		return nil, malformedArray(s, "Specified array dimensions do not match array contents.")
	}
	for i := range given {
		if given[i] != a.Dims[i].Length {
			return nil, malformedArray(s, "Specified array dimensions do not match array contents.")
		}
		a.Dims[i].Lower = lower[i]
	}
	return a, nil
}

func (p *arrayParser) space() {
	for p.i < len(p.s) && isSpace(p.s[p.i]) {
		p.i++
	}
}

// bounds reads [l:u]... = before the braces; lengths is nil if there is none.
func (p *arrayParser) bounds() (lower, lengths []int, err error) {
	for p.i < len(p.s) && p.s[p.i] == '[' {
		if len(lower) == maxArrayDims {
			return nil, nil, tooManyDims(maxArrayDims + 1)
		}
		end := strings.IndexByte(p.s[p.i:], ']')
		if end < 0 {
			return nil, nil, malformedArray(p.s, "Missing \"%s\" after array dimensions.", "]")
		}
		lo, hi, ranged := strings.Cut(p.s[p.i+1:p.i+end], ":")
		if !ranged {
			lo, hi = "1", lo
		}
		l, err1 := strconv.ParseInt(lo, 10, 32)
		h, err2 := strconv.ParseInt(hi, 10, 32)
		if err1 != nil || err2 != nil {
			return nil, nil, malformedArray(p.s, "\"[\" must introduce explicitly-specified array dimensions.")
		}
		if h < l {
			return nil, nil, pgerr.New(pgerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		if h == math.MaxInt32 {
			return nil, nil, pgerr.New(pgerr.ProgramLimitExceeded, "array upper bound is too large: %d", h)
		}
		lower = append(lower, int(l))
		lengths = append(lengths, int(h-l)+1)
		p.i += end + 1
		p.space()
	}
	if lengths == nil {
		return nil, nil, nil
	}
	if p.i >= len(p.s) || p.s[p.i] != '=' {
		return nil, nil, malformedArray(p.s, "Missing \"%s\" after array dimensions.", "=")
	}
	p.i++
	p.space()
	return lower, lengths, nil
}

func tooManyDims(n int) error {
	return pgerr.New(pgerr.ProgramLimitExceeded,
		"number of array dimensions (%d) exceeds the maximum allowed (%d)", n, maxArrayDims)
}

// level reads one pair of braces, at a depth counted from 1.
func (p *arrayParser) level(depth int) error {
	if depth > maxArrayDims {
		return tooManyDims(depth)
	}
	if len(p.dims) < depth {
		if p.leaf != 0 && depth > p.leaf {
			return p.mismatch()
		}
		p.dims = append(p.dims, -1)
	}
	p.i++
	p.space()
	n := 0
	if p.i < len(p.s) && p.s[p.i] == '}' {
		if depth > 1 {
			return malformedArray(p.s, "Unexpected \"%c\" character.", '}')
		}
		p.i++
		return p.close(depth, 0)
	}
	for {
		p.space()
		switch {
		case p.i >= len(p.s):
			return malformedArray(p.s, "Unexpected end of input.")
		case p.s[p.i] == '{':
			if p.leaf != 0 && depth >= p.leaf {
				return p.mismatch()
			}
			if err := p.level(depth + 1); err != nil {
				return err
			}
		default:
			if p.leaf == 0 {
				p.leaf = depth
			}
			if p.leaf != depth || len(p.dims) > depth {
				return p.mismatch()
			}
			if err := p.element(); err != nil {
				return err
			}
		}
		n++
		p.space()
		switch {
		case p.i >= len(p.s):
			return malformedArray(p.s, "Unexpected end of input.")
		case p.s[p.i] == ',':
			p.i++
		case p.s[p.i] == '}':
			p.i++
			return p.close(depth, n)
		case p.s[p.i] == '{' || p.s[p.i] == '"':
			if p.s[p.i] == '"' {
				return malformedArray(p.s, "Unexpected array element.")
			}
			return malformedArray(p.s, "Unexpected \"%c\" character.", p.s[p.i])
		default:
			return malformedArray(p.s, "Unexpected array element.")
		}
	}
}

func (p *arrayParser) mismatch() error {
	return malformedArray(p.s, "Multidimensional arrays must have sub-arrays with matching dimensions.")
}

// close ends a level of n elements: all of one depth have the same number.
func (p *arrayParser) close(depth, n int) error {
	if p.dims[depth-1] >= 0 && p.dims[depth-1] != n {
		return p.mismatch()
	}
	p.dims[depth-1] = n
	return nil
}

func (p *arrayParser) element() error {
	text, quoted, err := p.elementText()
	if err != nil {
		return err
	}
	if len(p.items) >= maxArrayItems {
		return pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxArrayItems)
	}
	if !quoted && equalFold(text, "null") {
		p.items = append(p.items, Null)
		return nil
	}
	d, err := Input(p.elem, text, p.typmod, p.f)
	if err != nil {
		return err
	}
	p.items = append(p.items, d)
	return nil
}

// elementText reads one element; blanks around it do not count, those within
// and escaped ones do.
func (p *arrayParser) elementText() (text string, quoted bool, err error) {
	if p.s[p.i] == '"' {
		text, err = p.quotedText()
		return text, true, err
	}
	from := p.i
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case ',', '}':
			text = strings.TrimRight(p.s[from:p.i], " \t\n\v\f\r")
			if text == "" {
				return "", false, malformedArray(p.s, "Unexpected \"%c\" character.", c)
			}
			return text, false, nil
		case '{':
			return "", false, malformedArray(p.s, "Unexpected \"%c\" character.", c)
		case '"':
			return "", false, malformedArray(p.s, "Unexpected array element.")
		case '\\':
			return p.escapedText(from)
		default:
			p.i++
		}
	}
	return "", false, malformedArray(p.s, "Unexpected end of input.")
}

// escapedText reads an unquoted element that has a backslash.
func (p *arrayParser) escapedText(from int) (string, bool, error) {
	b := []byte(p.s[from:p.i])
	keep := 0 // trailing blanks before this index are escaped, and stay
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case ',', '}':
			end := len(b)
			for end > keep && isSpace(b[end-1]) {
				end--
			}
			return string(b[:end]), true, nil
		case '{':
			return "", false, malformedArray(p.s, "Unexpected \"%c\" character.", c)
		case '"':
			return "", false, malformedArray(p.s, "Unexpected array element.")
		case '\\':
			p.i++
			if p.i >= len(p.s) {
				return "", false, malformedArray(p.s, "Unexpected end of input.")
			}
			b = append(b, p.s[p.i])
			keep = len(b)
		default:
			b = append(b, c)
		}
		p.i++
	}
	return "", false, malformedArray(p.s, "Unexpected end of input.")
}

func (p *arrayParser) quotedText() (string, error) {
	p.i++
	from := p.i
	var b []byte
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case '"':
			p.i++
			if b == nil {
				return p.s[from : p.i-1], nil
			}
			return string(b), nil
		case '\\':
			if b == nil {
				b = append(make([]byte, 0, p.i-from+8), p.s[from:p.i]...)
			}
			p.i++
			if p.i < len(p.s) {
				b = append(b, p.s[p.i])
			}
		default:
			if b != nil {
				b = append(b, p.s[p.i])
			}
		}
		p.i++
	}
	return "", malformedArray(p.s, "Unexpected end of input.")
}

// appendArray writes an array literal.
func appendArray(dst []byte, a *Array, f *Format) []byte {
	if len(a.Items) == 0 {
		return append(dst, '{', '}')
	}
	for _, d := range a.Dims {
		if d.Lower == 1 {
			continue
		}
		for _, d := range a.Dims {
			dst = append(dst, '[')
			dst = strconv.AppendInt(dst, int64(d.Lower), 10)
			dst = append(dst, ':')
			dst = strconv.AppendInt(dst, int64(d.Lower+d.Length-1), 10)
			dst = append(dst, ']')
		}
		dst = append(dst, '=')
		break
	}
	dst, _ = appendArrayLevel(dst, a, a.Items, 0, f)
	return dst
}

func appendArrayLevel(dst []byte, a *Array, items []Datum, dim int, f *Format) ([]byte, []Datum) {
	dst = append(dst, '{')
	for i := range a.Dims[dim].Length {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dim+1 < len(a.Dims) {
			dst, items = appendArrayLevel(dst, a, items, dim+1, f)
			continue
		}
		dst = appendArrayItem(dst, a.Elem, items[0], f)
		items = items[1:]
	}
	return append(dst, '}'), items
}

func appendArrayItem(dst []byte, elem OID, d Datum, f *Format) []byte {
	if d.IsNull() {
		return append(dst, "NULL"...)
	}
	from := len(dst)
	dst = AppendText(dst, elem, d, f)
	if !needsQuotes(dst[from:]) {
		return dst
	}
	text := string(dst[from:])
	return appendQuoted(dst[:from], text)
}

func appendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

func needsQuotes(text []byte) bool {
	if len(text) == 0 || len(text) == 4 && equalFold(string(text), "null") {
		return true
	}
	for _, c := range text {
		switch c {
		case '"', '\\', '{', '}', ',':
			return true
		}
		if isSpace(c) {
			return true
		}
	}
	return false
}

// parseVector reads int2vector and oidvector: numbers with blanks between.
func parseVector(oid OID, s string) (*Array, error) {
	elem := ElemOf(oid)
	var items []Datum
	for _, w := range strings.Fields(s) {
		d, err := Input(elem, w, -1, nil)
		if err != nil {
			return nil, err
		}
		items = append(items, d)
	}
	return NewVector(elem, items), nil
}

// NewVector makes an int2vector or oidvector, whose subscripts start at 0.
func NewVector(elem OID, items []Datum) *Array {
	return &Array{Elem: elem, Items: items, Dims: []Dim{{Length: len(items)}}}
}

func appendVector(dst []byte, a *Array) []byte {
	for i, d := range a.Items {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = strconv.AppendInt(dst, d.Int(), 10)
	}
	return dst
}
