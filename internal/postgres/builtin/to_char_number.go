package builtin

import (
	"math"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// numberWriter fills a number into a template.
type numberWriter struct {
	t         *numberTemplate
	number    string // digits, with a point
	at        int
	sign      byte
	signDone  bool
	spaces    int // places of the template before the number's first digit
	count     int
	cur       int
	last      int // last digit that counts with FM, -1 for all
	inNumber  bool
	bracket   bool
	signAfter bool
	out       []byte
}

func (t *numberTemplate) write(number string, negative bool) string {
	w := &numberWriter{t: t, number: number, sign: '+', last: -1, bracket: t.bracket, signAfter: t.signPost}
	if negative {
		w.sign = '-'
	}
	whole, _, _ := strings.Cut(number, ".")
	if t.roman {
		return w.all()
	}
	switch {
	case len(whole) < t.pre:
		w.spaces = t.pre - len(whole)
	case len(whole) > t.pre:
		w.number = strings.Repeat("#", t.pre) + "." + strings.Repeat("#", t.post)
	}
	if t.plus || t.minus {
		w.signDone = !t.plus || t.minus
	} else {
		if w.sign != '-' && t.fill {
			w.bracket = false
		}
		w.signDone = w.sign == '+' && t.fill && !t.signPre && !t.signPost
		if t.signPre && t.pre == t.preSign {
			w.signAfter = true
		}
	}
	w.count = t.post + t.pre - 1
	if t.fill && t.decimal {
		w.last = lastRelevant(w.number)
		if w.last >= 0 && t.zeroEnd > w.spaces {
			w.last = max(w.last, min(len(w.number)-1, t.zeroEnd-w.spaces))
		}
	}
	if !w.signDone && w.spaces == 0 {
		w.count++
	}
	return w.all()
}

// lastRelevant is the last digit after the point that is not zero, or the point.
func lastRelevant(s string) int {
	p := strings.IndexByte(s, '.')
	if p < 0 {
		return -1
	}
	last := p
	for i := p + 1; i < len(s); i++ {
		if s[i] != '0' {
			last = i
		}
	}
	return last
}

func (w *numberWriter) all() string {
	t := w.t
	for _, item := range t.items {
		switch item {
		case "9", "0", ".", "D":
			if !t.roman {
				w.digit(item)
			}
		case ",", "G":
			if w.inNumber {
				w.out = append(w.out, ',')
			} else {
				w.blank()
			}
		case "L":
			w.out = append(w.out, ' ')
		case "RN", "rn":
			w.writeRoman(item)
		case "TH", "th":
			if !t.roman && !t.decimal && w.sign == '+' && w.number != "" && w.number[0] != '#' {
				w.out = append(w.out, ordinalSuffix(w.number, item)...)
			}
		case "MI":
			if w.sign == '-' {
				w.out = append(w.out, '-')
			} else {
				w.blank()
			}
		case "PL":
			if w.sign == '+' {
				w.out = append(w.out, '+')
			} else {
				w.blank()
			}
		case "SG":
			w.out = append(w.out, w.sign)
		default:
			if item[0] == '=' {
				w.out = append(w.out, item[1:]...)
			}
		}
	}
	return string(w.out)
}

func (w *numberWriter) blank() {
	if !w.t.fill {
		w.out = append(w.out, ' ')
	}
}

// leadingZero tells the 0 of 0.1, which 9.9 shows as a blank.
func (w *numberWriter) leadingZero() bool {
	return !w.t.zero && w.at == 0 && strings.HasPrefix(w.number, "0") && w.t.post != 0
}

func (w *numberWriter) lastIsPoint() bool { return w.last >= 0 && w.number[w.last] == '.' }

func (w *numberWriter) writeSign() {
	t := w.t
	if w.signDone || w.cur < w.spaces && (!t.zero || t.zeroStart != w.cur) || w.leadingZero() && !w.lastIsPoint() {
		return
	}
	switch {
	case t.signPre || t.signPost:
		if !w.signAfter {
			w.out = append(w.out, w.sign)
			w.signDone = true
		}
	case w.bracket:
		if w.sign == '+' {
			w.out = append(w.out, ' ')
		} else {
			w.out = append(w.out, '<')
		}
		w.signDone = true
	case w.sign == '+':
		w.blank()
		w.signDone = true
	default:
		w.out = append(w.out, '-')
		w.signDone = true
	}
}

func (w *numberWriter) digit(item string) {
	t := w.t
	w.inNumber = false
	w.writeSign()
	switch {
	case w.cur < w.spaces && (!t.zero || t.zeroStart > w.cur):
		w.blank()
	case t.zero && w.cur < w.spaces:
		w.out = append(w.out, '0')
		w.inNumber = true
	default:
		w.place(item)
	}
	end := w.count
	if w.spaces > 0 {
		end++
	}
	if t.decimal {
		end++
	}
	if w.last >= 0 && w.last == w.at {
		end = w.cur
	}
	if w.cur+1 == end {
		switch {
		case w.signDone && w.bracket:
			if w.sign == '+' {
				w.out = append(w.out, ' ')
			} else {
				w.out = append(w.out, '>')
			}
		case (t.signPre || t.signPost) && w.signAfter:
			w.out = append(w.out, w.sign)
		}
	}
	w.cur++
}

// place writes the number's next character.
func (w *numberWriter) place(item string) {
	if w.at >= len(w.number) {
		return
	}
	c := w.number[w.at]
	switch {
	case c == '.':
		if !w.lastIsPoint() || w.t.fill {
			w.out = append(w.out, '.')
		}
	case w.last >= 0 && w.at > w.last && item != "0":
	case w.leadingZero():
		if !w.t.fill {
			w.out = append(w.out, ' ')
		} else if w.lastIsPoint() {
			w.out = append(w.out, '0')
		}
	default:
		w.out = append(w.out, c)
		w.inNumber = true
	}
	w.at++
}

var romanDigits = []struct {
	value int
	text  string
}{
	{1000, "M"},
	{900, "CM"},
	{500, "D"},
	{400, "CD"},
	{100, "C"},
	{90, "XC"},
	{50, "L"},
	{40, "XL"},
	{10, "X"},
	{9, "IX"},
	{5, "V"},
	{4, "IV"},
	{1, "I"},
}

func (w *numberWriter) writeRoman(item string) {
	n, err := strconv.Atoi(w.number)
	s := strings.Repeat("#", 15)
	if err == nil && n >= 1 && n <= 3999 && w.sign == '+' {
		s = ""
		for _, d := range romanDigits {
			for n >= d.value {
				s += d.text
				n -= d.value
			}
		}
	}
	if item == "rn" {
		s = strings.ToLower(s)
	}
	if !w.t.fill {
		s = strings.Repeat(" ", max(15-len(s), 0)) + s
	}
	w.out = append(w.out, s...)
}

// scientific writes d.dddde+xx, with a blank for the plus sign.
func scientific(n *numeric, digits int) (string, error) {
	if types.NumericIsNaN(n) || types.NumericIsInf(n) {
		return " #." + strings.Repeat("#", digits+4), nil
	}
	f := types.NumericString(n)
	neg := strings.HasPrefix(f, "-")
	f = strings.TrimPrefix(f, "-")
	whole, frac, _ := strings.Cut(f, ".")
	all := strings.TrimLeft(whole+frac, "0")
	exp := len(whole) - 1 - (len(whole+frac) - len(all))
	if all == "" {
		all, exp = "0", 0
	}
	m, err := types.ParseNumeric(all)
	if err != nil {
		return "", err
	}
	// Round to the digits wanted: 9.99 may become 10.0.
	shift := len(all) - 1 - digits
	if shift > 0 {
		if m, err = types.NumericRound(m, -shift); err != nil {
			return "", err
		}
	}
	rounded := types.NumericString(m)
	exp += len(rounded) - len(all)
	rounded += strings.Repeat("0", max(digits+1-len(rounded), 0))
	s := rounded[:1]
	if digits > 0 {
		s += "." + rounded[1:digits+1]
	}
	sign := "+"
	if exp < 0 {
		sign, exp = "-", -exp
	}
	lead := " "
	if neg {
		lead = "-"
	}
	return lead + s + "e" + sign + zeroPad(exp, 2), nil
}

// numberToChar is to_char of a numeric; digits, where not 0, is how many a float
// is sure of, and no more are shown.
func numberToChar(n *numeric, template string, digits int) (types.Datum, error) {
	if template == "" {
		return types.Text(""), nil
	}
	t, err := parseNumberTemplate(template)
	if err != nil {
		return types.Null, err
	}
	if t.science {
		s, err := scientific(n, t.post)
		return types.Text(s), err
	}
	if t.multiply {
		by, err := types.NumericPower(types.NumericFromInt(10), types.NumericFromInt(int64(t.multi)))
		if err != nil {
			return types.Null, err
		}
		if n, err = types.NumericMul(n, by); err != nil {
			return types.Null, err
		}
		t.pre += t.multi
	}
	if digits > 0 && !types.NumericIsNaN(n) && !types.NumericIsInf(n) {
		whole, _, _ := strings.Cut(types.NumericString(types.NumericAbs(n)), ".")
		t.post = min(t.post, max(digits-len(whole), 0))
	}
	if n, err = types.NumericRound(n, t.post); err != nil {
		return types.Null, err
	}
	s := types.NumericString(n)
	neg := strings.HasPrefix(s, "-")
	return types.Text(t.write(strings.TrimPrefix(s, "-"), neg)), nil
}

// floatToChar shows no more digits than the type is sure of.
func floatToChar(digits int) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		v := a[0].Float()
		if math.IsNaN(v) || math.IsInf(v, 0) {
			n := types.NumericNaN()
			if !math.IsNaN(v) {
				n = types.NumericInf(v < 0)
			}
			return numberToChar(n, a[1].Str(), 0)
		}
		whole := len(strconv.FormatFloat(math.Abs(v), 'f', 0, 64))
		n, err := types.ParseNumeric(strconv.FormatFloat(v, 'f', max(digits-whole, 0), 64))
		if err != nil {
			return types.Null, err
		}
		if t, err := parseNumberTemplate(a[1].Str()); err == nil && t.science {
			if n, err = types.ParseNumeric(strconv.FormatFloat(v, 'e', t.post, 64)); err != nil {
				return types.Null, err
			}
		}
		return numberToChar(n, a[1].Str(), digits)
	}
}

func intToChar(_ *Context, a []types.Datum) (types.Datum, error) {
	return numberToChar(types.NumericFromInt(a[0].Int()), a[1].Str(), 0)
}

func init() {
	Provide(map[string]Func{
		"numeric_to_char": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return numberToChar(a[0].Numeric(), a[1].Str(), 0)
		},
		"int4_to_char": intToChar, "int8_to_char": intToChar,
		"float4_to_char": floatToChar(6), "float8_to_char": floatToChar(15), "numeric_to_number": toNumber,
	})
}
