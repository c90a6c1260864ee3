package session

import (
	"math"
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// parse checks a value and gives it in canonical form: what SHOW would print,
// but numbers without units.
func (g *guc) parse(v string) (string, error) {
	switch g.kind {
	case gucBool:
		b, ok := parseBool(v)
		if !ok {
			return "", pgerr.New(pgerr.InvalidParameterValue, "parameter %q requires a Boolean value", g.name)
		}
		if b {
			return "on", nil
		}
		return "off", nil
	case gucInt, gucReal:
		return g.parseNumber(v)
	case gucEnum:
		return g.parseEnum(v)
	}
	return g.parseText(v)
}

func parseBool(v string) (value, ok bool) {
	if v == "" {
		return false, false
	}
	v = strings.ToLower(v)
	is := func(word string, least int) bool { return len(v) >= least && strings.HasPrefix(word, v) }
	switch {
	case is("true", 1), is("yes", 1), is("on", 2), v == "1":
		return true, true
	case is("false", 1), is("no", 1), is("off", 2), v == "0":
		return false, true
	}
	return false, false
}

func (g *guc) parseEnum(v string) (string, error) {
	v = strings.ToLower(strings.TrimSpace(v))
	if g.name == "synchronous_commit" || g.name == "constraint_exclusion" || g.name == "backslash_quote" || g.name == "compute_query_id" {
		// These take Booleans besides their words.
		switch v {
		case "true", "yes", "1":
			v = "on"
		case "false", "no", "0":
			v = "off"
		}
	}
	if v == "debug" {
		v = "debug2"
	}
	for _, o := range g.options {
		if o == v {
			return o, nil
		}
	}
	return "", g.invalid(v).WithHint("Available values: %s.", strings.Join(g.options, ", "))
}

func (g *guc) invalid(v string) *pgerr.Error {
	return pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", g.name, v)
}

// unitFactor is how many of base's unit one of a spelled unit is.
func unitFactor(base gucUnit, unit string) (float64, bool) {
	var own map[string]float64
	switch base {
	case unitMs, unitS, unitMin:
		own = map[string]float64{"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
	case unitKB, unit8KB, unitByte:
		own = map[string]float64{"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
	default:
		return 0, false
	}
	f, ok := own[unit]
	switch base {
	case unitS:
		f /= 1000
	case unitMin:
		f /= 60_000
	case unitKB:
		f /= 1 << 10
	case unit8KB:
		f /= 8 << 10
	}
	return f, ok
}

func (g *guc) parseNumber(v string) (string, error) {
	s := strings.TrimSpace(v)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || strings.IndexByte("+-.", s[end]) >= 0 ||
		(s[end]|0x20 == 'e' && end > 0 && end+1 < len(s) && strings.IndexByte("+-0123456789", s[end+1]) >= 0) ||
		(end > 0 && s[0] == '0' && strings.IndexByte("xXabcdfABCDF", s[end]) >= 0 && len(s) > 1 && s[1]|0x20 == 'x')) {
		end++
	}
	digits, unit := s[:end], strings.TrimSpace(s[end:])
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		i, ierr := strconv.ParseInt(digits, 0, 64)
		if ierr != nil {
			return "", g.invalid(v)
		}
		f = float64(i)
	}
	if unit != "" {
		factor, ok := unitFactor(g.unit, unit)
		if !ok {
			e := g.invalid(v)
			switch g.unit {
			case unitMs, unitS, unitMin:
				e = e.WithHint(`Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`)
			case unitKB, unit8KB, unitByte:
				e = e.WithHint(`Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`)
			}
			return "", e
		}
		f *= factor
	}
	if g.kind == gucInt {
		f = math.RoundToEven(f)
	}
	if math.IsNaN(f) || f < g.min || f > g.max {
		return "", pgerr.New(pgerr.InvalidParameterValue, "%s is outside the valid range for parameter %q (%s .. %s)",
			formatNumber(f)+unitSuffix(g), g.name, formatNumber(g.min), formatNumber(g.max))
	}
	return formatNumber(f), nil
}

func unitSuffix(g *guc) string {
	if g.unit == unitNone {
		return ""
	}
	return " " + unitNames[g.unit]
}

func formatNumber(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}

// show gives a canonical value as SHOW prints it, in the greatest unit that
// divides it.
func (g *guc) show(v string) string {
	if g.unit == unitNone || g.kind != gucInt {
		return v
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n <= 0 {
		return v
	}
	type step struct {
		name string
		size int64
	}
	var steps []step
	switch g.unit {
	case unitMs:
		steps = []step{{"d", 86_400_000}, {"h", 3_600_000}, {"min", 60_000}, {"s", 1000}, {"ms", 1}}
	case unitS:
		steps = []step{{"d", 86_400}, {"h", 3600}, {"min", 60}, {"s", 1}}
	case unitMin:
		steps = []step{{"d", 1440}, {"h", 60}, {"min", 1}}
	case unit8KB:
		n *= 8
		fallthrough
	case unitKB:
		steps = []step{{"TB", 1 << 30}, {"GB", 1 << 20}, {"MB", 1 << 10}, {"kB", 1}}
	case unitByte:
		steps = []step{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}}
	}
	for _, s := range steps {
		if n%s.size == 0 {
			return strconv.FormatInt(n/s.size, 10) + s.name
		}
	}
	return v
}

// parseText checks the string settings that have rules of their own.
func (g *guc) parseText(v string) (string, error) {
	switch g.name {
	case "TimeZone":
		return parseTimeZone(v)
	case "DateStyle":
		return parseDateStyle("ISO, MDY", v)
	case "client_encoding":
		return parseEncoding(v)
	case "application_name", "cluster_name":
		// PostgreSQL keeps these printable ASCII.
		b := []byte(v)
		for i, c := range b {
			if c < 32 || c > 126 {
				b[i] = '?'
			}
		}
		return string(b[:min(len(b), 63)]), nil
	case "default_table_access_method":
		if v != catalog.MethodHeap && v != catalog.MethodPersistent && v != catalog.MethodActor {
			return "", g.invalid(v).WithDetail("Table access method %q does not exist.", v)
		}
	case "default_tablespace":
		if v != "" && v != "pg_default" {
			return "", g.invalid(v).WithDetail("Tablespace %q does not exist.", v)
		}
	}
	return v, nil
}

func parseTimeZone(v string) (string, error) {
	name := strings.TrimSpace(v)
	switch strings.ToLower(name) {
	case "default", "local":
		name = "UTC"
	}
	if h, err := strconv.ParseFloat(name, 64); err == nil {
		// A bare number is hours east of UTC; PostgreSQL shows it as <+02>-02.
		if math.Abs(h) > 15 {
			return "", gucs["timezone"].invalid(v)
		}
		secs := int(math.Round(math.Abs(h) * 3600))
		sign, posix := "+", "-"
		if h < 0 {
			sign, posix = "-", "+"
		}
		at := strconv.Itoa(secs / 3600)
		if len(at) < 2 {
			at = "0" + at
		}
		if m := secs % 3600 / 60; m != 0 {
			at += ":" + strconv.Itoa(100 + m)[1:]
		}
		name = "<" + sign + at + ">" + posix + at
	}
	loc, err := types.LoadZone(name)
	if err != nil {
		return "", gucs["timezone"].invalid(v)
	}
	if strings.HasPrefix(name, "<") {
		return name, nil
	}
	return loc.String(), nil
}

// parseDateStyle applies words to a style, as DateStyle's values work: either
// half may be left out and stays.
func parseDateStyle(current, v string) (string, error) {
	style, order, ok := strings.Cut(current, ", ")
	if !ok {
		style, order = "ISO", "MDY"
	}
	for word := range strings.SplitSeq(v, ",") {
		switch w := strings.ToLower(strings.TrimSpace(word)); w {
		case "iso":
			style = "ISO"
		case "sql":
			style = "SQL"
		case "postgres", "postgresql":
			style = "Postgres"
		case "german":
			style, order = "German", "DMY"
		case "ymd":
			order = "YMD"
		case "dmy", "euro", "european", "europe":
			order = "DMY"
		case "mdy", "us", "noneuro", "noneuropean":
			order = "MDY"
		case "default":
			style, order = "ISO", "MDY"
		default:
			return "", gucs["datestyle"].invalid(v).WithDetail("Unrecognized key word: %q.", w)
		}
	}
	return style + ", " + order, nil
}

func parseEncoding(v string) (string, error) {
	switch strings.ToUpper(strings.NewReplacer("-", "", "_", "").Replace(strings.TrimSpace(v))) {
	case "UTF8", "UNICODE":
		return "UTF8", nil
	case "SQLASCII":
		return "SQL_ASCII", nil // bytes go out as they are
	case "LATIN1", "LATIN2", "LATIN9", "ISO88591", "ISO885915", "WIN1250", "WIN1251", "WIN1252", "EUCJP", "SJIS", "KOI8R", "BIG5", "GBK", "GB18030":
		return "", pgerr.New(pgerr.FeatureNotSupported, "conversion between %s and UTF8 is not supported", strings.ToUpper(v))
	}
	return "", gucs["client_encoding"].invalid(v)
}

// parseList splits a comma-separated list of names, quoted or not; ok is false
// for a syntax error.
func parseList(v string) (names []string, ok bool) {
	rest := strings.TrimSpace(v)
	if rest == "" {
		return nil, true
	}
	for {
		var name string
		if strings.HasPrefix(rest, `"`) {
			var b strings.Builder
			i := 1
			for {
				j := strings.IndexByte(rest[i:], '"')
				if j < 0 {
					return nil, false
				}
				b.WriteString(rest[i : i+j])
				i += j + 1
				if i >= len(rest) || rest[i] != '"' {
					break
				}
				b.WriteByte('"')
				i++
			}
			name, rest = b.String(), strings.TrimSpace(rest[i:])
		} else {
			i := strings.IndexAny(rest, ", \t\r\n")
			if i < 0 {
				i = len(rest)
			}
			if i == 0 {
				return nil, false
			}
			name, rest = strings.ToLower(rest[:i]), strings.TrimSpace(rest[i:])
		}
		names = append(names, name)
		if rest == "" {
			return names, true
		}
		if rest[0] != ',' {
			return nil, false
		}
		rest = strings.TrimSpace(rest[1:])
	}
}

// formatList joins names as SET's list form stores them.
func formatList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quoteIdent(n)
	}
	return strings.Join(quoted, ", ")
}

// quoteIdent writes a name as SQL, in quotes if it needs them.
func quoteIdent(n string) string {
	plain := n != ""
	for i := range len(n) {
		c := n[i]
		if !(c >= 'a' && c <= 'z' || c == '_' || i > 0 && (c >= '0' && c <= '9' || c == '$')) {
			plain = false
			break
		}
	}
	if plain {
		return n
	}
	return `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
}
