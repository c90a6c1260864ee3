package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// concatAny joins the text forms of its arguments, NULLs left out. With a
// separator, that is the first argument.
func concatAny(separated bool) func(args []types.OID, ret types.OID) Func {
	return func(args []types.OID, _ types.OID) Func {
		return func(c *Context, a []types.Datum) (types.Datum, error) {
			sep, from := "", 0
			if separated {
				if a[0].IsNull() {
					return types.Null, nil
				}
				sep, from = a[0].Str(), 1
			}
			var b []byte
			first := true
			for i := from; i < len(a); i++ {
				if a[i].IsNull() {
					continue
				}
				if !first {
					b = append(b, sep...)
				}
				first = false
				b = types.AppendText(b, args[i], a[i], c.format())
				if len(b) > maxText {
					return types.Null, tooLong()
				}
			}
			return types.Bytes(b), nil
		}
	}
}

// catAny is text || any and any || text.
func catAny(args []types.OID, _ types.OID) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		b := types.AppendText(nil, args[0], a[0], c.format())
		return types.Bytes(types.AppendText(b, args[1], a[1], c.format())), nil
	}
}

// QuoteLiteral writes a SQL string literal.
func QuoteLiteral(s string) string {
	var sb strings.Builder
	if strings.IndexByte(s, '\\') >= 0 {
		sb.WriteByte('E')
	}
	sb.WriteByte('\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			sb.WriteByte(s[i])
		}
		sb.WriteByte(s[i])
	}
	sb.WriteByte('\'')
	return sb.String()
}

// QuoteIdent writes an identifier, with quotes where it needs them.
func QuoteIdent(s string) string {
	safe := s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] == '_')
	for i := 0; safe && i < len(s); i++ {
		c := s[i]
		safe = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
	}
	if safe && !reservedWords[s] {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func quoteLiteralAny(null string) func(args []types.OID, ret types.OID) Func {
	return func(args []types.OID, _ types.OID) Func {
		return func(c *Context, a []types.Datum) (types.Datum, error) {
			if a[0].IsNull() {
				if null == "" {
					return types.Null, nil
				}
				return types.Text(null), nil
			}
			return types.Text(QuoteLiteral(types.Output(args[0], a[0], c.format()))), nil
		}
	}
}

// formatSpec is one %[position$][-][width]type of format().
type formatSpec struct {
	position int // 0: the next
	left     bool
	width    int
	starPos  int // -1: no star, 0: the next argument, else its position
	kind     byte
}

func formatError(format string, args ...any) error {
	return pgerr.New(pgerr.InvalidParameterValue, format, args...)
}

// parseSpec reads what follows a % sign.
func parseSpec(s string) (spec formatSpec, rest string, err error) {
	spec.starPos = -1
	number := func() (int, bool) {
		n, i := 0, 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' && n < 1<<24 {
			n = n*10 + int(s[i]-'0')
			i++
		}
		s = s[i:]
		return n, i > 0
	}
	short := func() (formatSpec, string, error) {
		return spec, "", pgerr.New(pgerr.InvalidParameterValue, "unterminated format() type specifier").
			WithHint("For a single \"%%\" use \"%%%%\".")
	}
	if n, ok := number(); ok {
		switch {
		case s == "":
			return short()
		case s[0] == '$':
			if n == 0 {
				return spec, "", formatError("format specifies argument 0, but arguments are numbered from 1")
			}
			spec.position = n
			s = s[1:]
		default:
			spec.width = n
		}
	}
	for s != "" && s[0] == '-' {
		spec.left = true
		s = s[1:]
	}
	if s != "" && s[0] == '*' {
		s = s[1:]
		n, ok := number()
		spec.starPos = n
		if ok {
			if s == "" || s[0] != '$' {
				return spec, "", formatError("width argument position must be ended by \"$\"")
			}
			s = s[1:]
		}
	} else if n, ok := number(); ok {
		spec.width = n
	}
	if s == "" {
		return short()
	}
	spec.kind = s[0]
	switch spec.kind {
	case 's', 'I', 'L':
		return spec, s[1:], nil
	}
	_, size := utf8.DecodeRuneInString(s)
	return spec, "", pgerr.New(pgerr.InvalidParameterValue,
		"unrecognized format() type specifier \"%s\"", s[:size]).WithHint("For a single \"%%\" use \"%%%%\".")
}

func formatText(args []types.OID, _ types.OID) Func {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		var b []byte
		next := 1
		take := func(position int) (int, error) {
			if position == 0 {
				position = next
			}
			next = position + 1
			if position >= len(a) {
				return 0, formatError("too few arguments for format()")
			}
			return position, nil
		}
		s := a[0].Str()
		for s != "" {
			i := strings.IndexByte(s, '%')
			if i < 0 {
				b = append(b, s...)
				break
			}
			b = append(b, s[:i]...)
			s = s[i+1:]
			if strings.HasPrefix(s, "%") {
				b = append(b, '%')
				s = s[1:]
				continue
			}
			spec, rest, err := parseSpec(s)
			if err != nil {
				return types.Null, err
			}
			s = rest
			if spec.starPos >= 0 {
				at, err := take(spec.starPos)
				if err != nil {
					return types.Null, err
				}
				w, err := types.Input(types.Int4OID, types.Output(args[at], a[at], c.format()), -1, nil)
				if err != nil {
					return types.Null, err
				}
				spec.width = int(w.Int())
				if spec.width < 0 {
					spec.left, spec.width = true, -spec.width
				}
			}
			at, err := take(spec.position)
			if err != nil {
				return types.Null, err
			}
			text, err := formatArg(c, spec.kind, args[at], a[at])
			if err != nil {
				return types.Null, err
			}
			missing := spec.width - utf8.RuneCountInString(text)
			if missing > 0 && len(b)+missing > maxText {
				return types.Null, tooLong()
			}
			if missing > 0 && !spec.left {
				b = append(b, strings.Repeat(" ", missing)...)
			}
			b = append(b, text...)
			if missing > 0 && spec.left {
				b = append(b, strings.Repeat(" ", missing)...)
			}
		}
		return types.Bytes(b), nil
	}
}

func formatArg(c *Context, kind byte, oid types.OID, d types.Datum) (string, error) {
	if d.IsNull() {
		switch kind {
		case 'I':
			return "", pgerr.New(pgerr.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
		case 'L':
			return "NULL", nil
		}
		return "", nil
	}
	s := types.Output(oid, d, c.format())
	switch kind {
	case 'I':
		return QuoteIdent(s), nil
	case 'L':
		return QuoteLiteral(s), nil
	}
	return s, nil
}

func countNulls(null bool) func(args []types.OID, ret types.OID) Func {
	return func([]types.OID, types.OID) Func {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			n := int64(0)
			for _, d := range a {
				if d.IsNull() == null {
					n++
				}
			}
			return types.Int(n), nil
		}
	}
}

func init() {
	provideBind(map[string]func(args []types.OID, ret types.OID) Func{
		"text_concat": concatAny(false), "text_concat_ws": concatAny(true),
		"textanycat(text,anynonarray)": catAny, "anytextcat(anynonarray,text)": catAny,
		"quote_literal(anyelement)": quoteLiteralAny(""), "quote_nullable(anyelement)": quoteLiteralAny("NULL"),
		"text_format": formatText, "text_format_nv": formatText,
		"pg_num_nulls": countNulls(true), "pg_num_nonnulls": countNulls(false),
		"pg_typeof": func(args []types.OID, _ types.OID) Func {
			return func(*Context, []types.Datum) (types.Datum, error) { return types.Int(int64(args[0])), nil }
		},
	})
	Provide(map[string]Func{
		"quote_ident": text1(QuoteIdent), "quote_literal": text1(QuoteLiteral),
		"quote_nullable": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].IsNull() {
				return types.Text("NULL"), nil
			}
			return types.Text(QuoteLiteral(a[0].Str())), nil
		},
	})
}
