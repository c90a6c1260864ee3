package builtin

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func regexTest(fold, not bool) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		re, err := compileRegex(a[1].Str(), regexOptions{fold: fold})
		if err != nil {
			return types.Null, err
		}
		return types.Bool(re.MatchString(a[0].Str()) != not), nil
	}
}

// withFlags compiles with the flags at argument i, if there is one. global says
// whether g is allowed, else it is an error of the function named.
func withFlags(a []types.Datum, i int, global bool, fn string) (*regexp.Regexp, regexOptions, error) {
	var o regexOptions
	if i < len(a) {
		var err error
		if o, err = parseFlags(a[i].Str()); err != nil {
			return nil, o, err
		}
	}
	if o.global && !global {
		err := pgerr.New(pgerr.InvalidParameterValue, "%s does not support the \"global\" option", fn)
		if fn == "regexp_match()" {
			err = err.WithHint("Use the regexp_matches function instead.")
		}
		return nil, o, err
	}
	re, err := compileRegex(a[1].Str(), o)
	return re, o, err
}

// groups gives a match's groups, or the whole where there are none.
func groups(s string, m []int) types.Datum {
	if len(m) == 2 {
		return types.ArrayDatum(types.NewArray(types.TextOID, []types.Datum{types.Text(s[m[0]:m[1]])}))
	}
	items := make([]types.Datum, 0, len(m)/2-1)
	for i := 2; i < len(m); i += 2 {
		if m[i] < 0 {
			items = append(items, types.Null)
		} else {
			items = append(items, types.Text(s[m[i]:m[i+1]]))
		}
	}
	return types.ArrayDatum(types.NewArray(types.TextOID, items))
}

func regexpMatch(_ *Context, a []types.Datum) (types.Datum, error) {
	re, _, err := withFlags(a, 2, false, "regexp_match()")
	if err != nil {
		return types.Null, err
	}
	s := a[0].Str()
	m := re.FindStringSubmatchIndex(s)
	if m == nil {
		return types.Null, nil
	}
	return groups(s, m), nil
}

func regexpMatches(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	re, o, err := withFlags(a, 2, true, "")
	if err != nil {
		return err
	}
	s, n := a[0].Str(), 1
	if o.global {
		n = -1
	}
	for _, m := range re.FindAllStringSubmatchIndex(s, n) {
		if err := emit([]types.Datum{groups(s, m)}); err != nil {
			return err
		}
	}
	return nil
}

func regexpLike(_ *Context, a []types.Datum) (types.Datum, error) {
	re, _, err := withFlags(a, 2, false, "regexp_like()")
	if err != nil {
		return types.Null, err
	}
	return types.Bool(re.MatchString(a[0].Str())), nil
}

func splitRegex(a []types.Datum, fn string) ([]types.Datum, error) {
	re, _, err := withFlags(a, 2, false, fn)
	if err != nil {
		return nil, err
	}
	s := a[0].Str()
	var parts []types.Datum
	from := 0
	for _, m := range re.FindAllStringIndex(s, -1) {
		// An empty match at the ends does not split.
		if m[0] == m[1] && (m[0] == 0 || m[0] == len(s)) {
			continue
		}
		parts = append(parts, types.Text(s[from:m[0]]))
		from = m[1]
	}
	return append(parts, types.Text(s[from:])), nil
}

func regexpSplitToArray(_ *Context, a []types.Datum) (types.Datum, error) {
	parts, err := splitRegex(a, "regexp_split_to_array()")
	if err != nil {
		return types.Null, err
	}
	return types.ArrayDatum(types.NewArray(types.TextOID, parts)), nil
}

func regexpSplitToTable(_ *Context, a []types.Datum, emit func([]types.Datum) error) error {
	parts, err := splitRegex(a, "regexp_split_to_table()")
	if err != nil {
		return err
	}
	return emitAll(parts, emit)
}

// positive reads an argument that must be at least low.
func positive(a []types.Datum, i int, name string, low, missing int64) (int64, error) {
	if i >= len(a) {
		return missing, nil
	}
	v := a[i].Int()
	if v < low {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", name, v)
	}
	return v, nil
}

// matchesFrom finds the matches of text from a character position on, counted
// from 1; offsets are in bytes of the whole.
func matchesFrom(re *regexp.Regexp, s string, start int64, n int) [][]int {
	skip := runeOffset(s, int(min(start-1, int64(len(s)))))
	if start-1 > int64(utf8.RuneCountInString(s)) {
		return nil
	}
	ms := re.FindAllStringSubmatchIndex(s[skip:], n)
	for _, m := range ms {
		for i := range m {
			if m[i] >= 0 {
				m[i] += skip
			}
		}
	}
	return ms
}

func regexpCount(_ *Context, a []types.Datum) (types.Datum, error) {
	start, err := positive(a, 2, "start", 1, 1)
	if err != nil {
		return types.Null, err
	}
	re, _, err := withFlags(a, 3, false, "regexp_count()")
	if err != nil {
		return types.Null, err
	}
	return types.Int(int64(len(matchesFrom(re, a[0].Str(), start, -1)))), nil
}

// regexpFind finds match number n; m is nil if there are fewer, or the group
// asked for took no part.
func regexpFind(a []types.Datum, flagsAt, groupAt int, fn string) (m []int, err error) {
	start, err := positive(a, 2, "start", 1, 1)
	if err != nil {
		return nil, err
	}
	n, err := positive(a, 3, "n", 1, 1)
	if err != nil {
		return nil, err
	}
	group, err := positive(a, groupAt, "subexpr", 0, 0)
	if err != nil {
		return nil, err
	}
	re, _, err := withFlags(a, flagsAt, false, fn)
	if err != nil {
		return nil, err
	}
	ms := matchesFrom(re, a[0].Str(), start, int(min(n, 1<<30)))
	if int64(len(ms)) < n || group > int64(re.NumSubexp()) {
		return nil, nil
	}
	m = ms[n-1][2*group : 2*group+2]
	if m[0] < 0 {
		return nil, nil
	}
	return m, nil
}

func regexpInstr(_ *Context, a []types.Datum) (types.Datum, error) {
	end := 0
	if len(a) > 4 {
		if v := a[4].Int(); v != 0 && v != 1 {
			return types.Null, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", "endoption", v)
		}
		end = int(a[4].Int())
	}
	m, err := regexpFind(a, 5, 6, "regexp_instr()")
	if err != nil || m == nil {
		return types.Int(0), err
	}
	return types.Int(int64(utf8.RuneCountInString(a[0].Str()[:m[end]])) + 1), nil
}

func regexpSubstr(_ *Context, a []types.Datum) (types.Datum, error) {
	m, err := regexpFind(a, 4, 5, "regexp_substr()")
	if err != nil || m == nil {
		return types.Null, err
	}
	return types.Text(a[0].Str()[m[0]:m[1]]), nil
}

// substringByRegex is substring(text from pattern): the first group, or the whole.
func substringByRegex(_ *Context, a []types.Datum) (types.Datum, error) {
	re, err := compileRegex(a[1].Str(), regexOptions{})
	if err != nil {
		return types.Null, err
	}
	s := a[0].Str()
	m := re.FindStringSubmatchIndex(s)
	if m == nil {
		return types.Null, nil
	}
	if len(m) > 2 {
		m = m[2:]
	}
	if m[0] < 0 {
		return types.Null, nil
	}
	return types.Text(s[m[0]:m[1]]), nil
}

// replaceRegex replaces match n (0: all) from a position on. In the
// replacement, \1 to \9 are groups, \& the whole match.
func replaceRegex(re *regexp.Regexp, s, by string, start, n int64) (types.Datum, error) {
	limit := int(n)
	if n == 0 {
		limit = -1
	}
	ms := matchesFrom(re, s, start, limit)
	if n > 0 {
		if int64(len(ms)) < n {
			return types.Text(s), nil
		}
		ms = ms[n-1:]
	}
	var b []byte
	from := 0
	for _, m := range ms {
		b = append(b, s[from:m[0]]...)
		b = appendReplacement(b, by, s, m)
		from = m[1]
		if len(b) > maxText {
			return types.Null, tooLong()
		}
	}
	return types.Bytes(append(b, s[from:]...)), nil
}

func appendReplacement(b []byte, by, s string, m []int) []byte {
	for i := 0; i < len(by); i++ {
		if by[i] != '\\' || i+1 == len(by) {
			b = append(b, by[i])
			continue
		}
		i++
		switch c := by[i]; {
		case c == '&':
			b = append(b, s[m[0]:m[1]]...)
		case c >= '1' && c <= '9':
			if g := int(c-'0') * 2; g < len(m) && m[g] >= 0 {
				b = append(b, s[m[g]:m[g+1]]...)
			}
		case c == '\\':
			b = append(b, '\\')
		default:
			b = append(b, '\\', c)
		}
	}
	return b
}

func regexpReplace(_ *Context, a []types.Datum) (types.Datum, error) {
	if len(a) > 3 {
		if f := a[3].Str(); f != "" && f[0] >= '0' && f[0] <= '9' {
			return types.Null, pgerr.New(pgerr.InvalidParameterValue,
				"invalid regular expression option: \"%s\"", f[:1]).
				WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
		}
	}
	re, o, err := withFlags(a, 3, true, "")
	if err != nil {
		return types.Null, err
	}
	n := int64(1)
	if o.global {
		n = 0
	}
	return replaceRegex(re, a[0].Str(), a[2].Str(), 1, n)
}

// regexpReplaceAt has the start, the number of the match and flags.
func regexpReplaceAt(_ *Context, a []types.Datum) (types.Datum, error) {
	start, err := positive(a, 3, "start", 1, 1)
	if err != nil {
		return types.Null, err
	}
	n, err := positive(a, 4, "n", 0, 1)
	if err != nil {
		return types.Null, err
	}
	re, o, err := withFlags(a, 5, true, "")
	if err != nil {
		return types.Null, err
	}
	if o.global && len(a) <= 4 {
		n = 0
	}
	return replaceRegex(re, a[0].Str(), a[2].Str(), start, n)
}

// similarToRegex turns a SIMILAR TO pattern into an ARE. escape "" means none.
func similarToRegex(pattern, escape string) (string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return "", pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	var sb strings.Builder
	sb.WriteString("^(?:")
	inBracket, afterEscape, quotes := false, false, 0
	for i := 0; i < len(pattern); {
		_, size := utf8.DecodeRuneInString(pattern[i:])
		ch := pattern[i : i+size]
		i += size
		switch {
		case afterEscape:
			afterEscape = false
			if ch == `"` && !inBracket {
				// escape-double-quote marks the part that substring takes.
				switch quotes {
				case 0:
					sb.WriteString("){1,1}?(")
				case 1:
					sb.WriteString("){1,1}(?:")
				default:
					return "", pgerr.New("2200C",
						"SQL regular expression may not contain more than two escape-double-quote separators")
				}
				quotes++
				continue
			}
			sb.WriteString(`\` + ch)
		case ch == escape:
			afterEscape = true
		case inBracket:
			if ch == `\` {
				sb.WriteByte('\\')
			}
			sb.WriteString(ch)
			inBracket = ch != "]"
		case ch == "[":
			sb.WriteString(ch)
			inBracket = true
		case ch == "%":
			sb.WriteString(".*")
		case ch == "_":
			sb.WriteByte('.')
		case ch == "(":
			sb.WriteString("(?:")
		case ch == `\` || ch == "." || ch == "^" || ch == "$":
			sb.WriteString(`\` + ch)
		default:
			sb.WriteString(ch)
		}
	}
	sb.WriteString(")$")
	return sb.String(), nil
}

func similarToEscape(_ *Context, a []types.Datum) (types.Datum, error) {
	esc := `\`
	if len(a) > 1 {
		esc = a[1].Str()
	}
	s, err := similarToRegex(a[0].Str(), esc)
	return types.Text(s), err
}

// similarEscape is the older form, not strict: a NULL escape is a backslash.
func similarEscape(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	esc := `\`
	if !a[1].IsNull() {
		esc = a[1].Str()
	}
	s, err := similarToRegex(a[0].Str(), esc)
	return types.Text(s), err
}

// substringSimilar is substring(text similar pattern escape char).
func substringSimilar(c *Context, a []types.Datum) (types.Datum, error) {
	re, err := similarToRegex(a[1].Str(), a[2].Str())
	if err != nil {
		return types.Null, err
	}
	return substringByRegex(c, []types.Datum{a[0], types.Text(re)})
}

func init() {
	for _, t := range []string{"text", "name"} {
		Provide(map[string]Func{
			t + "regexeq": regexTest(false, false), t + "regexne": regexTest(false, true),
			t + "icregexeq": regexTest(true, false), t + "icregexne": regexTest(true, true),
		})
	}
	for fn, names := range map[string][]string{
		"match": {"regexp_match", "regexp_match_no_flags"},
		"like":  {"regexp_like", "regexp_like_no_flags"},
		"split": {"regexp_split_to_array", "regexp_split_to_array_no_flags"},
		"count": {"regexp_count", "regexp_count_no_flags", "regexp_count_no_start"},
		"instr": {
			"regexp_instr", "regexp_instr_no_subexpr", "regexp_instr_no_flags", "regexp_instr_no_endoption",
			"regexp_instr_no_n", "regexp_instr_no_start",
		},
		"substr": {
			"regexp_substr", "regexp_substr_no_subexpr", "regexp_substr_no_flags", "regexp_substr_no_n",
			"regexp_substr_no_start",
		},
		"replace":   {"textregexreplace", "textregexreplace_noopt"},
		"replaceAt": {"textregexreplace_extended", "textregexreplace_extended_no_flags", "textregexreplace_extended_no_n"},
		"similar":   {"similar_to_escape_1", "similar_to_escape_2"},
	} {
		code := map[string]Func{
			"match": regexpMatch, "like": regexpLike, "split": regexpSplitToArray, "count": regexpCount,
			"instr": regexpInstr, "substr": regexpSubstr, "replace": regexpReplace, "replaceAt": regexpReplaceAt,
			"similar": similarToEscape,
		}[fn]
		for _, name := range names {
			provide(name, implementation{fn: code})
		}
	}
	Provide(map[string]Func{
		"similar_escape": similarEscape, "textregexsubstr": substringByRegex, "substring(text,text,text)": substringSimilar,
	})
	ProvideSet(map[string]SetFunc{
		"regexp_matches": regexpMatches, "regexp_matches_no_flags": regexpMatches,
		"regexp_split_to_table": regexpSplitToTable, "regexp_split_to_table_no_flags": regexpSplitToTable,
	})
}
