package differential

import (
	"strconv"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/command"
)

func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// keys are few, so that commands meet; the first letter says of which type most
// are.
var keys = map[string][]string{
	"string":      {"s1", "s2", "s3"},
	"bitmap":      {"s2", "b1", "b2"},
	"hyperloglog": {"p1", "p2", "s3"},
	"list":        {"l1", "l2"},
	"hash":        {"h1", "h2"},
	"set":         {"t1", "t2", "t3"},
	"sorted-set":  {"z1", "z2"},
	"geo":         {"g1", "g2"},
	"stream":      {"x1", "x2"},
}

// anyKey are all of them, and some that are odd.
var anyKey = []string{
	"s1", "s2", "s3", "b1", "p1", "l1", "l2", "h1", "h2", "t1", "t2", "t3", "z1", "z2", "x1", "x2", "none", "", "\xff\x80", "w_1", "w_a",
}

func (g *generator) keyOf(group string) string {
	if group == "geo" && g.IntN(20) == 0 {
		return g.pick("s1", "l1", "none") // a score that is no place is not specified
	}
	if of := keys[group]; of != nil && g.IntN(20) > 0 {
		return of[g.IntN(len(of))]
	}
	return anyKey[g.IntN(len(anyKey))]
}

func (g *generator) pattern() string {
	return g.pick("*", "s*", "?1", "[a-z]1", "h[^1]", "*a*", "none", "", "\\*", "[", "[b-", "1*")
}

// values are what strings, elements, members and fields are made of.
func (g *generator) text() string {
	switch g.IntN(12) {
	case 0:
		return strconv.Itoa(g.IntN(40) - 5)
	case 1:
		return g.pick("", "\r\n\x00", "\xff", "007", "+1", "-0", " 1", "1 ", "1e3", "3.0", "0x10", "nan", "inf", "-inf")
	case 2:
		return g.pick("9223372036854775807", "-9223372036854775808", "9223372036854775808", "4294967296", "-32769", "1.5", "0.1", "-2.25")
	case 3:
		return strings.Repeat(g.pick("x", "y", "1"), 12+g.IntN(80))
	case 4:
		return g.pick("hello world", "foobar", "ohmytext", "mynewtext", "A", "Z")
	}
	return g.pick("a", "b", "c", "d", "e", "f", "g", "h")
}

func (g *generator) integer() string {
	switch g.IntN(14) {
	case 0:
		return g.pick("9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809", "2147483648", "-2147483649")
	case 1:
		return g.pick("", "x", "1.5", " 1", "01", "+1", "-0", "1e2", "0x1")
	case 2:
		return strconv.Itoa(g.IntN(1000) - 500)
	}
	return strconv.Itoa(g.IntN(12) - 4)
}

func (g *generator) float() string {
	switch g.IntN(10) {
	case 0:
		return g.pick("inf", "-inf", "+inf", "Infinity", "1e300", "-1e300", "1e-300", "17976931348623157e292")
	case 1:
		return g.pick("", "x", "nan", " 1", "1 ", "0x10", "+2", "1.", ".5")
	case 2:
		return strconv.FormatFloat(g.NormFloat64()*1000, 'g', -1, 64)
	case 3:
		return g.pick("0.1", "0.2", "3.3333333333333335", "-1.5", "1e10", "123456789012345678", "1e17", "1e21", "0.0001", "0.00001")
	}
	return strconv.Itoa(g.IntN(12) - 4)
}

func (g *generator) entryID() string {
	switch g.IntN(12) {
	case 0:
		return g.pick("0", "0-0", "1-*", "5-*", "x", "1-x", "-", "+", "$", ">", "", "18446744073709551615-18446744073709551615", "18446744073709551616", "1-1-1")
	case 1:
		return g.pick("(", "") + strconv.Itoa(g.IntN(g.stream+2))
	}
	n := g.IntN(g.stream + 2)
	return strconv.Itoa(n) + "-" + strconv.Itoa(g.IntN(3))
}

// byName are the values of arguments whose name says more than their type.
var byName = map[string]func(g *generator) string{
	"rank":      func(g *generator) string { return g.pick("0", "1", "2", "-1", "-2", "x") },
	"score":     (*generator).float,
	"increment": increment,
	"start":     bound,
	"stop":      bound,
	"end":       bound,
	"min":       bound,
	"max":       bound,
	"pattern":   (*generator).pattern,
	"encoding":  bitEncoding,
	"operation": func(g *generator) string { return g.pick("AND", "OR", "XOR", "NOT", "and", "nand") },
	"longitude": func(g *generator) string {
		return g.pick("13.361389", "15.087269", "2.35", "-122.4", "0", "180", "-180.1", "x")
	},
	"latitude": func(g *generator) string {
		return g.pick("38.115556", "37.502669", "48.85", "37.77", "0", "85", "86", "x")
	},
	"radius":    func(g *generator) string { return g.pick("100", "200", "0", "20000", "2000.5", "-1", "x", "1e7") },
	"width":     func(g *generator) string { return g.pick("100", "400", "20000", "-1", "x") },
	"height":    func(g *generator) string { return g.pick("100", "400", "20000", "-1", "x") },
	"threshold": func(g *generator) string { return g.pick("0", "1", "3", "5-0", "10", "-1", "x") },
	"id":        (*generator).entryID,
	"group":     func(g *generator) string { return g.pick("g1", "g1", "g2", "") },
	"groupname": func(g *generator) string { return g.pick("g1", "g1", "g2", "") },
	"consumer":  func(g *generator) string { return g.pick("c1", "c2", "c3", "") },
	"timeout":   func(g *generator) string { return g.pick("0", "0.1", "1", "-1", "x", "1e20", "inf") },
	"db":        database,
	"index1":    database,
	"index2":    database,
	"count":     func(g *generator) string { return g.pick("0", "1", "2", "3", "5", "100", "-1", "-3", g.integer()) },
	"channel":   func(g *generator) string { return g.pick("c1", "c2") },
	"seconds":   lifetime,
	"pivot":     (*generator).text,
	"min-idle-time": func(g *generator) string {
		return g.pick("0", "0", "0", "1000000000", "-1", "x")
	},
	"milliseconds":         lifetime,
	"ms":                   func(g *generator) string { return g.pick("0", "100000000", "-1", "x") },
	"weight":               (*generator).float,
	"destination-db":       database,
	"entries_added":        func(g *generator) string { return g.pick("0", "3", "10", "100", "-1", "x") },
	"entries_read":         func(g *generator) string { return g.pick("0", "1", "3", "-1", "-2", "x") },
	"max_deleted_entry_id": (*generator).entryID,
	"last-id":              (*generator).entryID,
	"unix-time-seconds": func(g *generator) string {
		return g.pick("4000000000", "4000000001", "33177117420", "1", "0", "-1", "x", "9223372036854775807")
	},
	"unix-time-milliseconds": func(g *generator) string {
		return g.pick("4000000000000", "4000000001000", "33177117420000", "1", "0", "-1", "x", "9223372036854775807")
	},
}

func database(g *generator) string { return g.pick("0", "1", "1", "2", "15", "16", "-1", "x") }

// lifetime is more than a day even in milliseconds, and hardly twice the same:
// which of two equal ones ends later depends on the moment.
func lifetime(g *generator) string {
	switch g.IntN(10) {
	case 0:
		return g.pick("0", "-1", "x", "9223372036854775807", "-9223372036854775808", "1.5", "")
	}
	return strconv.FormatInt(100_000_000+g.Int64N(1_000_000_000_000), 10)
}

func increment(g *generator) string {
	if g.IntN(2) == 0 {
		return g.float()
	}
	return strings.TrimPrefix(g.integer(), "-0") // there is no negative zero among our scores
}

func bitEncoding(g *generator) string {
	return g.pick("u8", "i8", "u4", "i5", "u1", "i64", "u63", "u64", "i1", "i65", "u0", "x8", "i16", "u32")
}

// bound is one end of a range: of indexes, scores, strings or entries.
func bound(g *generator) string {
	switch g.spec.Group {
	case "stream":
		return g.pick("-", "+", g.pick("(", "")+g.entryID(), g.entryID())
	case "sorted-set", "geo":
	default:
		return g.integer()
	}
	switch g.IntN(6) {
	case 0:
		return g.pick("-", "+", "[a", "(b", "[c", "(e", "[", "(", "a", "[\xff")
	case 1:
		return g.pick("-inf", "+inf", "(1", "(-inf", "inf", "(x", "nan", "(")
	case 2:
		return g.float()
	}
	if strings.Contains(g.spec.Name, "lex") {
		return g.pick("-", "+", "[", "(") + g.pick("", "a", "b", "c", "d", "e")
	}
	return strconv.Itoa(g.IntN(14) - 5)
}

// value is what an argument may hold.
func (g *generator) value(a *command.Arg) string {
	switch a.Type {
	case "key":
		return g.keyOf(g.group(a))
	case "unix-time", "integer", "double", "string", "pattern":
	}
	switch name := g.spec.Name; {
	case a.Name == "numkeys":
		g.numkeys = 1 + g.IntN(3)
		return g.pick(strconv.Itoa(g.numkeys), strconv.Itoa(g.numkeys), strconv.Itoa(g.numkeys), strconv.Itoa(g.numkeys), "0", "-1", "x", "5")
	case name == "xadd" && a.Name == "id" && g.IntN(8) > 0:
		g.stream++
		return strconv.Itoa(g.stream) + "-" + strconv.Itoa(g.IntN(2))
	case strings.HasPrefix(name, "xread") && a.Name == "milliseconds":
		return g.pick("0", "1", "-1", "x")
	case strings.HasPrefix(name, "xread") && a.Name == "id":
		return g.pick(">", ">", "0", "$", g.entryID())
	case g.spec.Group == "bitmap" && a.Name == "offset":
		return g.pick("0", "7", "8", "100", "#1", "#3", "-1", "x", "4294967296", strconv.Itoa(g.IntN(200)))
	case name == "setrange" && a.Name == "offset":
		return g.pick("0", "1", "5", "20", "-1", "x", "536870912", "100")
	case g.spec.Group == "bitmap" && a.Name == "value", g.spec.Group == "bitmap" && a.Name == "bit":
		return g.pick("0", "1", "1", "2", "x", "-3", "200")
	case strings.HasPrefix(name, "sort") && a.Name == "pattern":
		return g.pick("*", "w_*", "h1->*", "h*->a", "nosort", "#", "*->", "none", "s*")
	}
	if made := byName[a.Name]; made != nil {
		return made(g)
	}
	switch a.Type {
	case "integer", "unix-time":
		return g.integer()
	case "double":
		return g.float()
	}
	if g.spec.Group == "geo" {
		return g.pick("Palermo", "Catania", "Paris", "a", "b", "none")
	}
	return g.text()
}

// group is the group of keys that an argument most likely means.
func (g *generator) group(a *command.Arg) string {
	switch g.spec.Group {
	case "generic", "transactions":
		return ""
	case "sorted-set":
		if g.numkeys > 0 && g.IntN(4) == 0 { // ZUNION and its like take sets too
			return "set"
		}
	case "geo":
		if strings.HasPrefix(a.Name, "dest") {
			return "sorted-set"
		}
	}
	return g.spec.Group
}
