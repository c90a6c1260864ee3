package acl

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// User is somebody whom clients authenticate as. Its permissions change; the User
// stays the same until it is deleted.
type User struct {
	name  string
	table *Table
	perms atomic.Pointer[permissions]
	// unlimited says that the user may do everything: the one thing that is looked
	// up for each command.
	unlimited atomic.Bool
}

// Superuser makes a user who may do everything and is none of Users: the server's
// own. redis-server calls it so.
func Superuser() *User {
	u := &User{name: "(superuser)"}
	u.perms.Store(&permissions{enabled: true})
	u.unlimited.Store(true)
	return u
}

// Name is the user's name.
func (u *User) Name() string { return u.name }

// Unlimited reports whether the user may run any command on any key and channel.
func (u *User) Unlimited() bool { return u.unlimited.Load() }

// NeedsPassword reports whether new connections must authenticate when the user
// is the default one.
func (u *User) NeedsPassword() bool {
	p := u.perms.Load()
	return !p.noPass || !p.enabled
}

// NoPass reports whether any password is right.
func (u *User) NoPass() bool { return u.perms.Load().noPass }

func (u *User) publish(p *permissions) {
	u.perms.Store(p)
	u.unlimited.Store(slices.ContainsFunc(p.selectors, (*selector).unlimited))
}

// permissions are a user's flags, passwords and selectors, immutable once
// published.
type permissions struct {
	enabled, noPass bool
	// sanitize and skipSanitize tell whether RESTORE checks this user's payloads;
	// they are kept and shown: payloads are always checked.
	sanitize, skipSanitize bool
	passwords              []string // SHA-256 in hexadecimal
	selectors              []*selector
}

// newPermissions are a new user's: none.
func newPermissions(t *Table, allChannels bool) *permissions {
	return &permissions{selectors: []*selector{newSelector(t, allChannels)}}
}

func (p *permissions) clone() *permissions {
	c := *p
	c.passwords = slices.Clone(p.passwords)
	c.selectors = make([]*selector, len(p.selectors))
	for i, s := range p.selectors {
		c.selectors[i] = s.clone()
	}
	return &c
}

// flags are the user's flags as ACL GETUSER names them.
func (p *permissions) flags() []string {
	flags := []string{"off"}
	if p.enabled {
		flags[0] = "on"
	}
	if p.noPass {
		flags = append(flags, "nopass")
	}
	if p.skipSanitize {
		flags = append(flags, "skip-sanitize-payload")
	}
	if p.sanitize {
		flags = append(flags, "sanitize-payload")
	}
	return flags
}

// apply changes the permissions by one rule. allChannels is what acl-pubsub-default
// gives new selectors.
func (p *permissions) apply(t *Table, rule string, allChannels bool) error {
	if rule == "" {
		return nil
	}
	switch strings.ToLower(rule) {
	case "on":
		p.enabled = true
	case "off":
		p.enabled = false
	case "skip-sanitize-payload":
		p.sanitize, p.skipSanitize = false, true
	case "sanitize-payload":
		p.sanitize, p.skipSanitize = true, false
	case "nopass":
		p.noPass, p.passwords = true, nil
	case "resetpass":
		p.noPass, p.passwords = false, nil
	case "clearselectors":
		p.selectors = p.selectors[:1]
	case "reset":
		*p = *newPermissions(t, allChannels)
		p.sanitize = true
	default:
		return p.applyOther(t, rule, allChannels)
	}
	return nil
}

func (p *permissions) applyOther(t *Table, rule string, allChannels bool) error {
	switch rule[0] {
	case '>', '#':
		hash, err := hashOf(rule)
		if err != nil {
			return err
		}
		if !slices.Contains(p.passwords, hash) {
			p.passwords = append(p.passwords, hash)
		}
		p.noPass = false
		return nil
	case '<', '!':
		hash, err := hashOf(rule)
		if err != nil {
			return err
		}
		i := slices.Index(p.passwords, hash)
		if i < 0 {
			return errNoSuch
		}
		p.passwords = slices.Delete(p.passwords, i, i+1)
		return nil
	}
	if inner, ok := strings.CutPrefix(rule, "("); ok && strings.HasSuffix(inner, ")") {
		s := newSelector(t, allChannels)
		words, ok := resp.SplitWords([]byte(strings.TrimSuffix(inner, ")")))
		if !ok {
			return errSyntax
		}
		for _, word := range words {
			if len(word) == 0 {
				return errSyntax
			}
			if err := s.apply(t, string(word)); err != nil {
				return err
			}
		}
		p.selectors = append(p.selectors, s)
		return nil
	}
	return p.selectors[0].apply(t, rule)
}

// hashOf is the hash that a rule about a password means: of >clear and <clear,
// or as given by #hash and !hash.
func hashOf(rule string) (string, error) {
	if rule[0] == '>' || rule[0] == '<' {
		return hashPassword(rule[1:]), nil
	}
	hash := rule[1:]
	if len(hash) != 2*sha256.Size || strings.Trim(hash, "0123456789abcdef") != "" {
		return "", errHash
	}
	return hash, nil
}

func hashPassword(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

// accepts reports whether the user may log in with the password. How long it
// takes tells nothing of the password.
func (p *permissions) accepts(password []byte) bool {
	if !p.enabled {
		return false
	}
	if p.noPass {
		return true
	}
	given, right := []byte(hashPassword(string(password))), 0
	for _, hash := range p.passwords {
		right |= subtle.ConstantTimeCompare(given, []byte(hash))
	}
	return right == 1
}
