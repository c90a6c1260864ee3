package script

import (
	"regexp"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua's own messages that scripts, clients and their tests know in Lua's
// words.
var (
	callMessage = "attempt to call a non-function object"
	indexText   = regexp.MustCompile(`attempt to index a non-table object\(([a-z]+)\) with key '([^']*)'`)
	operateText = regexp.MustCompile(`cannot perform (\w+) operation between (\w+) and (\w+)`)
	argText     = regexp.MustCompile(`bad argument #(\d+) to ([^\s']+) \(`)
)

// luaText words an error message as Lua does.
func luaText(s string) string {
	switch {
	case strings.Contains(s, callMessage):
		return strings.Replace(s, callMessage, "attempt to call a nil value", 1)
	case strings.Contains(s, "attempt to index a non-table"):
		return indexText.ReplaceAllString(s, "attempt to index field '?' (a $1 value)")
	case strings.Contains(s, "cannot perform"):
		return operateText.ReplaceAllStringFunc(s, func(m string) string {
			parts := operateText.FindStringSubmatch(m)
			culprit := parts[2]
			if culprit == "number" {
				culprit = parts[3]
			}
			return "attempt to perform arithmetic on a " + culprit + " value"
		})
	case strings.Contains(s, "bad argument #"):
		return argText.ReplaceAllString(s, "bad argument #$1 to '$2' (")
	}
	return s
}

// called describes what the function fn tried to call in a line, as Lua does; ""
// if the line calls more than one thing.
func called(fn *lua.FunctionProto, line int) string {
	name := ""
	for _, call := range fn.DbgCalls {
		if call.Pc >= len(fn.DbgSourcePositions) || fn.DbgSourcePositions[call.Pc] != line {
			continue
		}
		if name != "" && name != call.Name {
			return ""
		}
		name = call.Name
	}
	switch {
	case name == "" || name == "?":
		return ""
	case slices.ContainsFunc(fn.DbgLocals, func(l *lua.DbgLocalInfo) bool { return l.Name == name }):
		return "local '" + name + "' "
	case slices.Contains(fn.DbgUpvalues, name):
		return "upvalue '" + name + "' "
	}
	// A global that does not exist is an error before it is called.
	return "field '" + name + "' "
}
