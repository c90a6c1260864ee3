package script

import (
	"bytes"
	"fmt"
	"strings"
)

// Flags are what a script's first line, or the registration of a function, says
// of it.
type Flags uint8

// Flags, in the order that FUNCTION LIST shows them.
const (
	NoWrites Flags = 1 << iota
	AllowOOM
	AllowStale
	NoCluster
	AllowCrossSlot
	// Compatible is a script without such a line: all is allowed and checked
	// command by command.
	Compatible
)

// flagNames are the names of the flags, by bit.
var flagNames = [...]string{"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"}

// Names are the names of the flags set.
func (f Flags) Names() []string {
	var names []string
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

func flagOf(name string) (Flags, bool) {
	for i, known := range flagNames {
		if known == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// shebang cuts the first line off, which keeps its line feed in rest so that
// line numbers stay right. ok is false when the line does not end.
func shebang(body []byte) (words []string, rest []byte, ok bool) {
	end := bytes.IndexByte(body, '\n')
	if end < 0 {
		return nil, nil, false
	}
	return strings.Fields(string(body[:end])), body[end:], true
}

// evalShebang reads the first line of a script, if it has one.
func evalShebang(body []byte) (Flags, []byte, error) {
	if !bytes.HasPrefix(body, []byte("#!")) {
		return Compatible, body, nil
	}
	words, rest, ok := shebang(body)
	if !ok {
		return 0, nil, fmt.Errorf("Invalid script shebang")
	}
	if len(words) == 0 {
		return 0, nil, fmt.Errorf("Invalid engine in script shebang")
	}
	if words[0] != "#!lua" {
		return 0, nil, fmt.Errorf("Unexpected engine in script shebang: %s", words[0])
	}
	var flags Flags
	for _, word := range words[1:] {
		list, ok := strings.CutPrefix(word, "flags=")
		if !ok {
			return 0, nil, fmt.Errorf("Unknown lua shebang option: %s", word)
		}
		if list == "" {
			continue
		}
		for _, name := range strings.Split(list, ",") {
			flag, ok := flagOf(name)
			if !ok {
				return 0, nil, fmt.Errorf("Unexpected flag in script shebang: %s", name)
			}
			flags |= flag
		}
	}
	return flags, rest, nil
}

// libraryShebang reads the first line of a library.
func libraryShebang(code []byte) (engine, name string, rest []byte, err error) {
	if !bytes.HasPrefix(code, []byte("#!")) {
		return "", "", nil, fmt.Errorf("Missing library metadata")
	}
	words, rest, ok := shebang(code)
	if !ok || len(words) == 0 {
		return "", "", nil, fmt.Errorf("Invalid library metadata")
	}
	named := false
	for _, word := range words[1:] {
		if len(word) < 5 || !strings.EqualFold(word[:5], "name=") {
			return "", "", nil, fmt.Errorf("Invalid metadata value given: %s", word)
		}
		if named {
			return "", "", nil, fmt.Errorf("Invalid metadata value, name argument was given multiple times")
		}
		name, named = unquoteWord(word[5:]), true
	}
	if !named {
		return "", "", nil, fmt.Errorf("Library name was not given")
	}
	return words[0][2:], name, rest, nil
}

// unquoteWord takes the quotes off a word that has them.
func unquoteWord(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// validName reports whether a library or function may be named so.
func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

const nameRule = "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
