package acl

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// Why a rule is refused, in redis-server's words.
var (
	errUnknown  = errors.New("Unknown command or category name in ACL")
	errSyntax   = errors.New("Syntax error")
	errAllKeys  = errors.New("Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns")
	errAllChans = errors.New("Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels")
	errNoSuch   = errors.New("The password you are trying to remove from the user does not exist")
	errHash     = errors.New("The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters")
	errFirstArg = errors.New("Allowing first-arg of a subcommand is not supported")
)

// Access is what may be, or is, done with a key.
type Access uint8

// Kinds of access. A command that only asks whether a key exists has neither.
const (
	Read Access = 1 << iota
	Write
)

// keyPattern allows access to the keys that match.
type keyPattern struct {
	pattern string
	access  Access
}

func (p keyPattern) String() string {
	switch p.access {
	case Read:
		return "%R~" + p.pattern
	case Write:
		return "%W~" + p.pattern
	}
	return "~" + p.pattern
}

// selector is one set of permissions: a command is allowed if one selector of
// its user allows all of it.
type selector struct {
	allKeys, allChannels bool
	// allCommands skips the test of the command; any command that is taken away
	// clears it.
	allCommands bool
	// open says that commands were taken away from all, not added to none.
	open     bool
	commands commandSet
	// firstArgs are the first arguments with which a command is allowed that else
	// is not, by the command's ID.
	firstArgs map[int][]string
	keys      []keyPattern
	channels  []string
}

func newSelector(t *Table, allChannels bool) *selector {
	return &selector{allChannels: allChannels, commands: make(commandSet, t.words)}
}

func (s *selector) clone() *selector {
	c := *s
	c.commands, c.keys, c.channels = slices.Clone(s.commands), slices.Clone(s.keys), slices.Clone(s.channels)
	c.firstArgs = maps.Clone(s.firstArgs)
	for id, args := range c.firstArgs {
		c.firstArgs[id] = slices.Clone(args)
	}
	return &c
}

// unlimited reports whether the selector allows everything.
func (s *selector) unlimited() bool { return s.allKeys && s.allChannels && s.allCommands }

// apply changes the selector by one rule.
func (s *selector) apply(t *Table, rule string) error {
	switch strings.ToLower(rule) {
	case "allkeys", "~*":
		s.allKeys, s.keys = true, nil
		return nil
	case "resetkeys":
		s.allKeys, s.keys = false, nil
		return nil
	case "allchannels", "&*":
		s.allChannels, s.channels = true, nil
		return nil
	case "resetchannels":
		s.allChannels, s.channels = false, nil
		return nil
	case "allcommands", "+@all":
		s.setAll(true)
		return nil
	case "nocommands", "-@all":
		s.setAll(false)
		return nil
	}
	switch {
	case rule[0] == '~' || rule[0] == '%':
		return s.addKeys(rule)
	case rule[0] == '&':
		return s.addChannels(rule[1:])
	case strings.HasPrefix(rule, "+@"):
		return s.setCategory(t, rule[2:], true)
	case strings.HasPrefix(rule, "-@"):
		return s.setCategory(t, rule[2:], false)
	case rule[0] == '+' && strings.Contains(rule, "|"):
		return s.addArgument(t, rule[1:])
	case rule[0] == '+' || rule[0] == '-':
		c := t.find(rule[1:])
		if c == nil {
			return errUnknown
		}
		s.set(c, rule[0] == '+')
		return nil
	}
	return errSyntax
}

func (s *selector) setAll(allowed bool) {
	s.commands.fill(allowed)
	s.allCommands, s.open, s.firstArgs = allowed, allowed, nil
}

// set allows or denies a command and all its subcommands.
func (s *selector) set(c *Command, allowed bool) {
	s.commands.put(c, allowed)
	delete(s.firstArgs, c.ID)
	for _, sub := range c.Sub {
		s.commands.put(sub, allowed)
	}
	s.allCommands = s.allCommands && allowed
}

func (s *selector) setCategory(t *Table, name string, allowed bool) error {
	bit := categoryBit(name)
	if bit == 0 {
		return errUnknown
	}
	for _, c := range t.list {
		if c.categories&bit != 0 {
			s.set(c, allowed)
		}
	}
	return nil
}

// addArgument allows a subcommand, or a command with one first argument.
func (s *selector) addArgument(t *Table, name string) error {
	at := strings.LastIndexByte(name, '|')
	c, argument := t.find(name[:at]), name[at+1:]
	switch {
	case c == nil:
		return errUnknown
	case c.parent != nil:
		return errFirstArg
	case argument == "":
		return errSyntax
	case len(c.Sub) > 0:
		sub := t.find(name)
		if sub == nil {
			return errUnknown
		}
		s.set(sub, true)
		return nil
	}
	if slices.ContainsFunc(s.firstArgs[c.ID], func(have string) bool { return strings.EqualFold(have, argument) }) {
		return nil
	}
	if s.firstArgs == nil {
		s.firstArgs = make(map[int][]string)
	}
	s.firstArgs[c.ID] = append(s.firstArgs[c.ID], argument)
	return nil
}

// addKeys adds ~pattern, %R~pattern, %W~pattern or %RW~pattern.
func (s *selector) addKeys(rule string) error {
	if s.allKeys {
		return errAllKeys
	}
	p := keyPattern{access: Read | Write, pattern: rule[1:]}
	if rule[0] == '%' {
		kinds, pattern, _ := strings.Cut(rule[1:], "~")
		p = keyPattern{pattern: pattern}
		for _, kind := range []byte(strings.ToUpper(kinds)) {
			access := Access(0)
			switch kind {
			case 'R':
				access = Read
			case 'W':
				access = Write
			}
			if access == 0 || p.access&access != 0 {
				return errSyntax
			}
			p.access |= access
		}
		if p.access == 0 {
			return errSyntax
		}
	}
	if hasSpaces(p.pattern) {
		return errSyntax
	}
	for i := range s.keys {
		if s.keys[i].pattern == p.pattern {
			s.keys[i].access |= p.access
			return nil
		}
	}
	s.keys = append(s.keys, p)
	return nil
}

func (s *selector) addChannels(pattern string) error {
	switch {
	case s.allChannels:
		return errAllChans
	case hasSpaces(pattern):
		return errSyntax
	case !slices.Contains(s.channels, pattern):
		s.channels = append(s.channels, pattern)
	}
	return nil
}

// hasSpaces reports what names and patterns may not hold, so that rules can be
// cut at blanks.
func hasSpaces(text string) bool { return strings.ContainsAny(text, " \t\n\v\f\r\x00") }
