package session

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// settings are a session's values. They are transactional: what a transaction or
// a savepoint set is undone with it, and SET LOCAL ends with the transaction.
type settings struct {
	// values holds what differs from the defaults, by lower-case name, in
	// canonical form; names with a dot are custom ones, of any value.
	values map[string]string
	// defaults are what RESET goes back to where it is not the table's default:
	// from the server's configuration and the start-up packet.
	defaults map[string]string
	// live are the values of settings that change without anybody's SET.
	live map[string]func() string
	undo []settingChange
}

// settingChange is how to undo one SET.
type settingChange struct {
	name   string
	before string
	had    bool // before is in values
	local  bool
}

// get is a setting's value in canonical form.
func (t *settings) get(name string) (string, bool) {
	if v, ok := t.values[name]; ok {
		return v, true
	}
	return t.reset(name)
}

// reset is the value that RESET gives.
func (t *settings) reset(name string) (string, bool) {
	if v, ok := t.defaults[name]; ok {
		return v, true
	}
	if value := t.live[name]; value != nil {
		return value(), true
	}
	if g := gucs[name]; g != nil {
		return g.def, true
	}
	return "", false
}

// put stores a value, nil for the default, and notes how to undo it.
func (t *settings) put(name string, value *string, local bool) {
	before, had := t.values[name]
	t.undo = append(t.undo, settingChange{name, before, had, local})
	t.store(name, value)
}

func (t *settings) store(name string, value *string) {
	if value == nil {
		delete(t.values, name)
		return
	}
	if t.values == nil {
		t.values = make(map[string]string)
	}
	t.values[name] = *value
}

// mark is a place to roll back to.
func (t *settings) mark() int { return len(t.undo) }

// rollback undoes the changes since mark and lists the names changed.
func (t *settings) rollback(mark int) (names []string) {
	for i := len(t.undo) - 1; i >= mark; i-- {
		c := &t.undo[i]
		t.restore(c)
		names = append(names, c.name)
	}
	t.undo = t.undo[:mark]
	return names
}

func (t *settings) restore(c *settingChange) {
	if c.had {
		t.store(c.name, &c.before)
	} else {
		t.store(c.name, nil)
	}
}

// commit makes the transaction's values the session's, except local ones, which
// give way to the last value set for the session. It lists the names changed.
func (t *settings) commit() (names []string) {
	type outcome struct {
		keep  settingChange // before and had: the session's value
		local bool          // some change was local
		plain bool          // the last change was not: its value is not in keep yet
	}
	var byName map[string]*outcome
	for i := range t.undo {
		c := &t.undo[i]
		o := byName[c.name]
		if o == nil {
			o = &outcome{keep: *c}
			if byName == nil {
				byName = make(map[string]*outcome)
			}
			byName[c.name] = o
		} else if o.plain {
			o.keep = *c
		}
		o.local = o.local || c.local
		o.plain = !c.local
	}
	for name, o := range byName {
		if o.local && !o.plain {
			t.restore(&o.keep)
			names = append(names, name)
		}
	}
	t.undo = t.undo[:0]
	return names
}

// validName reports whether a custom setting may have the name: two words or
// more with dots between.
func validName(name string) bool {
	if !strings.Contains(name, ".") {
		return false
	}
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || part[0] >= '0' && part[0] <= '9' {
			return false
		}
		for _, c := range []byte(part) {
			if c < 0x80 && classesIdent[c] == 0 {
				return false
			}
		}
	}
	return true
}

// classesIdent marks the ASCII characters of identifiers.
var classesIdent = func() (t [128]byte) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$") {
		t[c] = 1
	}
	return t
}()

func unknownSetting(name string) error {
	return pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter %q", name)
}
