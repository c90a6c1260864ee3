package builtin

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// toNumber is to_number: the template says where digits, sign and point stand.
func toNumber(_ *Context, a []types.Datum) (types.Datum, error) {
	template, s := a[1].Str(), a[0].Str()
	if template == "" {
		return types.Null, nil
	}
	t, err := parseNumberTemplate(template)
	if err != nil {
		return types.Null, err
	}
	if t.roman {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported, "\"RN\" not supported for input")
	}
	if t.science {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported, "\"EEEE\" not supported for input")
	}
	var digits []byte
	neg, point := false, false
	sign := func() {
		for s != "" && (s[0] == ' ' || s[0] == '-' || s[0] == '+' || s[0] == '<' || s[0] == '>') {
			neg = neg || s[0] == '-' || s[0] == '<'
			s = s[1:]
		}
	}
	for _, item := range t.items {
		if s == "" {
			break
		}
		switch item {
		case "9", "0":
			sign()
			switch {
			case s == "":
			case s[0] >= '0' && s[0] <= '9':
				digits = append(digits, s[0])
				s = s[1:]
			case s[0] == '.' && t.decimal && !point:
				digits, point, s = append(digits, '.'), true, s[1:]
				if s != "" && s[0] >= '0' && s[0] <= '9' {
					digits = append(digits, s[0])
					s = s[1:]
				}
			}
		case ".", "D":
			if s[0] == '.' && !point {
				digits, point, s = append(digits, '.'), true, s[1:]
			}
		case ",", "G":
			if s[0] == ',' {
				s = s[1:]
			}
		case "S", "MI", "PL", "SG", "PR":
			sign()
		case "FM", "B", "V":
		case "L":
			if s[0] < '0' || s[0] > '9' {
				s = s[runeOffset(s, 1):]
			}
		default:
			n := runeOffset(s, len([]rune(strings.TrimPrefix(item, "="))))
			if lead := s[0]; item[0] != '=' || lead < '0' || lead > '9' {
				s = s[n:]
			}
		}
	}
	sign()
	text := string(digits)
	if strings.Trim(text, ".") == "" {
		text = ""
	}
	n, err := types.ParseNumeric(text)
	if err != nil {
		if text == "" {
			text = " "
		}
		return types.Null, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type numeric: \"%s\"", text)
	}
	if neg {
		n = types.NumericNeg(n)
	}
	if t.multiply {
		by, err := types.NumericPower(types.NumericFromInt(10), types.NumericFromInt(int64(-t.multi)))
		if err != nil {
			return types.Null, err
		}
		return numericResult(types.NumericMul(n, by))
	}
	return types.NumericDatum(n), nil
}
