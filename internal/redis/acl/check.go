package acl

import (
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/glob"
)

// Denial is why something was not allowed. Their order is that of redis-server:
// of the denials of several selectors the greatest is told.
type Denial uint8

// Reasons of denials.
const (
	Allowed Denial = iota
	DeniedCommand
	DeniedKey
	DeniedAuth
	DeniedChannel
)

// String is the reason as ACL LOG tells it.
func (d Denial) String() string {
	return [...]string{"allowed", "command", "key", "auth", "channel"}[d]
}

// Key is an argument that is a key, and what the command does with it.
type Key struct {
	Pos    int
	Access Access
}

// Request is a command that a user wants to run.
type Request struct {
	// ID is the command's; Exempt says that any user may run it (AUTH).
	ID     int
	Exempt bool
	Args   [][]byte
	// Keys finds the keys among Args; nil: the command has none.
	Keys func(args [][]byte) []Key
	// FirstChannel to LastChannel are the positions of channels, 0 if it has none;
	// Pattern says that they are patterns.
	FirstChannel, LastChannel int
	Pattern                   bool

	keys  []Key
	known bool // keys were found
}

func (r *Request) findKeys() []Key {
	if !r.known {
		r.known = true
		r.keys = r.Keys(r.Args)
	}
	return r.keys
}

// Check reports whether the user may run a command, and if not, the position of
// the argument because of which.
func (u *User) Check(r *Request) (Denial, int) {
	worst, at := DeniedCommand, 0
	for _, s := range u.perms.Load().selectors {
		denial, pos := s.check(r)
		if denial == Allowed {
			return Allowed, 0
		}
		if denial > worst || denial == worst && pos > at {
			worst, at = denial, pos
		}
	}
	return worst, at
}

// ReadsAllKeys reports whether one selector allows a command and to read any key:
// what SORT needs for the keys that its patterns name.
func (u *User) ReadsAllKeys(r *Request) bool {
	return slices.ContainsFunc(u.perms.Load().selectors, func(s *selector) bool {
		denial, _ := s.check(r)
		return denial == Allowed && (s.allKeys || slices.ContainsFunc(s.keys, func(p keyPattern) bool {
			return p.pattern == "*" && p.access&Read != 0
		}))
	})
}

func (s *selector) check(r *Request) (Denial, int) {
	if !s.allCommands && !r.Exempt && !s.commands.hasID(r.ID) && !s.allowsArgument(r) {
		return DeniedCommand, 0
	}
	if !s.allKeys && r.Keys != nil {
		for _, key := range r.findKeys() {
			if !s.allowsKey(r.Args[key.Pos], key.Access) {
				return DeniedKey, key.Pos
			}
		}
	}
	if !s.allChannels && r.FirstChannel > 0 {
		for pos := r.FirstChannel; pos <= r.LastChannel && pos < len(r.Args); pos++ {
			if !allowsChannel(s.channels, r.Args[pos], r.Pattern) {
				return DeniedChannel, pos
			}
		}
	}
	return Allowed, 0
}

func (s *selector) allowsArgument(r *Request) bool {
	return len(r.Args) > 1 && slices.ContainsFunc(s.firstArgs[r.ID], func(arg string) bool {
		return strings.EqualFold(arg, string(r.Args[1]))
	})
}

func (s *selector) allowsKey(key []byte, access Access) bool {
	return slices.ContainsFunc(s.keys, func(p keyPattern) bool {
		return p.access&access == access && glob.Match([]byte(p.pattern), key)
	})
}

// allowsChannel: a pattern to subscribe to must be allowed literally.
func allowsChannel(patterns []string, name []byte, isPattern bool) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if isPattern {
			return p == string(name)
		}
		return glob.Match([]byte(p), name)
	})
}
