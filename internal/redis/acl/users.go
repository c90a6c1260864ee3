package acl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// DefaultName is the user that new connections are.
const DefaultName = "default"

// OwnerName is how the owner's connections are listed.
const OwnerName = "(owner)"

// Users is all users, and the log. It is safe for concurrent use.
type Users struct {
	// Log is what was denied lately.
	Log Log
	// Deleted is called when a user is gone: its clients must go, too. Narrowed is
	// called when a user may have lost channels; keeps tells which subscriptions it
	// may keep. Both must be set before the server runs.
	Deleted  func(u *User)
	Narrowed func(u *User, keeps func(channel []byte, isPattern bool) bool)

	commands *Table
	fallback *User // the default one, which always exists
	owner    *User
	// allChannels is acl-pubsub-default.
	allChannels atomic.Bool

	change sync.Mutex // serializes changes
	mu     sync.RWMutex
	byName map[string]*User
}

// New makes the default user, who may do everything without a password.
func New(commands *Table) *Users {
	u := &Users{
		commands: commands, fallback: &User{name: DefaultName, table: commands},
		Deleted: func(*User) {}, Narrowed: func(*User, func([]byte, bool) bool) {},
	}
	u.fallback.publish(u.defaultPermissions())
	u.owner = &User{name: OwnerName, table: commands}
	u.owner.publish(u.defaultPermissions())
	u.byName = map[string]*User{DefaultName: u.fallback}
	return u
}

func (u *Users) defaultPermissions() *permissions {
	p := newPermissions(u.commands, true)
	p.enabled, p.noPass = true, true
	p.selectors[0].allKeys = true
	p.selectors[0].setAll(true)
	return p
}

// Owner is the owner of the data directory: no rules concern it, and nobody can
// authenticate as it.
func (u *Users) Owner() *User { return u.owner }

// Default is the default user.
func (u *Users) Default() *User { return u.fallback }

// SetAllChannels is acl-pubsub-default: whether new users and selectors begin with
// all channels.
func (u *Users) SetAllChannels(yes bool) { u.allChannels.Store(yes) }

// Get finds a user, nil if there is none of this name.
func (u *Users) Get(name string) *User {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.byName[name]
}

// Names lists all users, sorted.
func (u *Users) Names() []string {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return slices.Sorted(maps.Keys(u.byName))
}

// Authenticate is the user of that name if the password is right.
func (u *Users) Authenticate(name, password []byte) (*User, bool) {
	user := u.Get(string(name))
	if user == nil || !user.perms.Load().accepts(password) {
		return nil, false
	}
	return user, true
}

// CheckName refuses a name that rules could not be written with.
func CheckName(name string) bool { return !hasSpaces(name) }

// Set creates a user or changes it by rules: by all of them or, if one is wrong,
// by none. The error is redis-server's text without a code.
func (u *Users) Set(name string, rules []string) error {
	merged, open := mergeSelectors(rules)
	if open != "" {
		return fmt.Errorf("Unmatched parenthesis in acl selector starting at '%s'.", open)
	}
	u.change.Lock()
	defer u.change.Unlock()
	user := u.Get(name)
	next := newPermissions(u.commands, u.allChannels.Load())
	if user != nil {
		next = user.perms.Load().clone()
	}
	for _, rule := range merged {
		if err := next.apply(u.commands, rule, u.allChannels.Load()); err != nil {
			return fmt.Errorf("Error in ACL SETUSER modifier '%s': %w", rule, err)
		}
	}
	if user == nil {
		user = &User{name: name, table: u.commands}
		user.publish(next)
		u.mu.Lock()
		u.byName[name] = user
		u.mu.Unlock()
		return nil
	}
	u.replace(user, next)
	return nil
}

// replace publishes new permissions and ends subscriptions that they do not allow.
func (u *Users) replace(user *User, next *permissions) {
	old := user.perms.Load()
	user.publish(next)
	if narrows(old, next) {
		u.Narrowed(user, next.keepsChannel)
	}
}

// narrows reports whether channels that old allows may be none of next's.
func narrows(old, next *permissions) bool {
	if slices.ContainsFunc(next.selectors, func(s *selector) bool { return s.allChannels }) {
		return false
	}
	return slices.ContainsFunc(old.selectors, func(s *selector) bool {
		return s.allChannels || slices.ContainsFunc(s.channels, func(channel string) bool {
			return !slices.ContainsFunc(next.selectors, func(s *selector) bool { return slices.Contains(s.channels, channel) })
		})
	})
}

func (p *permissions) keepsChannel(channel []byte, isPattern bool) bool {
	return slices.ContainsFunc(p.selectors, func(s *selector) bool {
		return s.allChannels || allowsChannel(s.channels, channel, isPattern)
	})
}

// SetDefaultPassword is requirepass: the default user's only password, or none.
func (u *Users) SetDefaultPassword(password string) {
	u.change.Lock()
	defer u.change.Unlock()
	next := u.fallback.perms.Load().clone()
	next.noPass, next.passwords = password == "", nil
	if password != "" {
		next.passwords = []string{hashPassword(password)}
	}
	u.fallback.publish(next)
}

// Delete removes users and counts them. The default user cannot be removed.
func (u *Users) Delete(names []string) int {
	u.change.Lock()
	defer u.change.Unlock()
	n := 0
	for _, name := range names {
		u.mu.Lock()
		user := u.byName[name]
		if user != u.fallback {
			delete(u.byName, name)
		}
		u.mu.Unlock()
		if user != nil && user != u.fallback {
			u.retire(user)
			n++
		}
	}
	return n
}

// retire ends a user that has no name any more. Its clients may do nothing until
// they are gone.
func (u *Users) retire(user *User) {
	user.publish(newPermissions(u.commands, false))
	u.Deleted(user)
}

// mergeSelectors joins the words of a selector that is spread over several. open
// is the word whose parenthesis is not closed.
func mergeSelectors(rules []string) (merged []string, open string) {
	for i := 0; i < len(rules); i++ {
		rule := rules[i]
		if !strings.HasPrefix(rule, "(") || strings.HasSuffix(rule, ")") {
			merged = append(merged, rule)
			continue
		}
		end := slices.IndexFunc(rules[i+1:], func(r string) bool { return strings.HasSuffix(r, ")") })
		if end < 0 {
			return nil, rule
		}
		merged = append(merged, strings.Join(rules[i:i+2+end], " "))
		i += 1 + end
	}
	return merged, ""
}
