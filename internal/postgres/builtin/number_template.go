package builtin

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// numberTemplate is a parsed to_char template for numbers.
type numberTemplate struct {
	items     []string // 9 0 . D , G FM PR S L MI PL SG RN rn TH th V EEEE, or "=" and literal text
	pre, post int      // digits before and after the point
	multi     int      // digits after V
	zeroStart int      // place of the first 0 before the point
	zeroEnd   int
	preSign   int // digits before S
	signPre   bool
	signPost  bool
	zero      bool
	decimal   bool
	fill      bool
	bracket   bool
	plus      bool
	minus     bool
	roman     bool
	multiply  bool
	science   bool
}

var numberFields = []string{"EEEE", "FM", "MI", "PL", "PR", "RN", "SG", "TH", ",", ".", "0", "9", "B", "D", "G", "L", "S", "V"}

func matchNumberField(s string) (string, int) {
	for _, f := range numberFields {
		if strings.HasPrefix(s, f) {
			return f, len(f)
		}
		if l := strings.ToLower(f); l != f && strings.HasPrefix(s, l) {
			if f == "RN" || f == "TH" {
				return l, len(f)
			}
			return f, len(f)
		}
	}
	return "", 0
}

func templateError(text string) *pgerr.Error { return pgerr.New(pgerr.SyntaxError, "%s", text) }

func parseNumberTemplate(s string) (*numberTemplate, error) {
	t := &numberTemplate{}
	for s != "" {
		if f, n := matchNumberField(s); n > 0 {
			if err := t.field(f); err != nil {
				return nil, err
			}
			t.items = append(t.items, f)
			s = s[n:]
			continue
		}
		if s[0] == '"' {
			text, rest := quotedLiteral(s[1:])
			t.items = append(t.items, "="+text)
			s = rest
			continue
		}
		n := runeOffset(s, 1)
		if s[0] == '\\' && len(s) > 1 && s[1] == '"' {
			n = 2
			t.items = append(t.items, `="`)
		} else {
			t.items = append(t.items, "="+s[:n])
		}
		s = s[n:]
	}
	return t, nil
}

func (t *numberTemplate) field(f string) error {
	if t.science && f != "EEEE" {
		return templateError("\"EEEE\" must be the last pattern used")
	}
	switch f {
	case "9":
		switch {
		case t.bracket:
			return templateError("\"9\" must be ahead of \"PR\"")
		case t.multiply:
			t.multi++
		case t.decimal:
			t.post++
		default:
			t.pre++
		}
	case "0":
		if t.bracket {
			return templateError("\"0\" must be ahead of \"PR\"")
		}
		if !t.zero && !t.decimal {
			t.zero = true
			t.zeroStart = t.pre
		}
		if t.decimal {
			t.post++
		} else {
			t.pre++
		}
		t.zeroEnd = t.pre + t.post
	case ".", "D":
		switch {
		case t.decimal:
			return templateError("multiple decimal points")
		case t.multiply:
			return templateError("cannot use \"V\" and decimal point together")
		}
		t.decimal = true
	case "FM":
		t.fill = true
	case "S":
		switch {
		case t.signPre || t.signPost:
			return templateError("cannot use \"S\" twice")
		case t.plus || t.minus || t.bracket:
			return templateError("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together")
		case t.decimal:
			t.signPost = true
		default:
			t.signPre = true
			t.preSign = t.pre
		}
	case "MI", "PL", "SG":
		if t.signPre || t.signPost {
			return templateError("cannot use \"S\" and \"" + f + "\" together")
		}
		t.minus = t.minus || f != "PL"
		t.plus = t.plus || f != "MI"
	case "PR":
		if t.signPre || t.signPost || t.plus || t.minus {
			return templateError("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
		}
		t.bracket = true
	case "RN", "rn":
		t.roman = true
	case "V":
		if t.decimal {
			return templateError("cannot use \"V\" and decimal point together")
		}
		t.multiply = true
	case "EEEE":
		if t.science || t.fill || t.signPre || t.signPost || t.bracket || t.minus || t.plus || t.roman || t.multiply {
			return templateError("\"EEEE\" is incompatible with other formats").
				WithDetail("\"EEEE\" may only be used together with digit and decimal point patterns.")
		}
		t.science = true
	}
	return nil
}
