package acl

import "strings"

// Describe is the user's line in ACL LIST and ACL files.
func (u *User) Describe() string {
	p := u.perms.Load()
	words := append([]string{"user", u.name}, p.flags()...)
	for _, hash := range p.passwords {
		words = append(words, "#"+hash)
	}
	for i, s := range p.selectors {
		text := s.describe(u.table)
		if i > 0 {
			text = "(" + text + ")"
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// Details are a user's permissions as ACL GETUSER shows them.
type Details struct {
	Flags, Passwords []string
	// Selectors begins with the user's own.
	Selectors []SelectorDetails
}

// SelectorDetails are the rules of one selector.
type SelectorDetails struct{ Commands, Keys, Channels string }

// Details describes the user.
func (u *User) Details() Details {
	p := u.perms.Load()
	d := Details{Flags: p.flags(), Passwords: p.passwords}
	for _, s := range p.selectors {
		d.Selectors = append(d.Selectors, SelectorDetails{
			Commands: s.describeCommands(u.table),
			Keys:     strings.Join(s.describeKeys(), " "),
			Channels: strings.Join(s.describeChannels(), " "),
		})
	}
	return d
}

func (s *selector) describe(t *Table) string {
	words := s.describeKeys()
	if !s.allChannels {
		words = append(words, "resetchannels")
	}
	words = append(words, s.describeChannels()...)
	return strings.Join(append(words, s.describeCommands(t)), " ")
}

func (s *selector) describeKeys() (words []string) {
	if s.allKeys {
		return []string{"~*"}
	}
	for _, p := range s.keys {
		words = append(words, p.String())
	}
	return words
}

func (s *selector) describeChannels() (words []string) {
	if s.allChannels {
		return []string{"&*"}
	}
	for _, channel := range s.channels {
		words = append(words, "&"+channel)
	}
	return words
}

// describeCommands finds rules that make the selector's set of commands, as
// redis-server 7.0 does: +@all or -@all, then the categories that fit best, then
// single commands.
func (s *selector) describeCommands(t *Table) string {
	made := newSelector(t, false) // what the rules so far make
	left := s.clone()             // where s differs from that
	var rules []string
	rule := func(text string) {
		rules = append(rules, text)
		_ = made.apply(t, text) // the names are the table's
	}
	sign, opposite := "+", "-"
	if s.open {
		rule("+@all")
		sign, opposite = "-", "+"
	} else {
		rule("-@all")
	}
	applied := make([]bool, len(Categories))
	for {
		best := left.bestCategory(t, applied, !s.open)
		if best < 0 {
			break
		}
		applied[best] = true
		rule(sign + "@" + Categories[best])
		_ = left.apply(t, opposite+"@"+Categories[best])
	}
	for _, c := range t.list {
		allowed := s.commands.has(c)
		if allowed != made.commands.has(c) {
			rule(map[bool]string{true: "+", false: "-"}[allowed] + c.Name)
		}
		if !allowed {
			for _, arg := range s.firstArgs[c.ID] {
				rules = append(rules, "+"+c.Name+"|"+arg)
			}
		}
	}
	return strings.Join(rules, " ")
}

// bestCategory is the category that has more commands in common with the selector
// than not, and differs least; -1 if there is none.
func (s *selector) bestCategory(t *Table, applied []bool, additive bool) int {
	best, leastDiff, mostSame := -1, len(t.list)+1, 0
	for i := range Categories {
		if applied[i] {
			continue
		}
		same, diff := 0, 0
		for _, c := range t.list {
			switch {
			case c.categories&(1<<i) == 0:
			case s.commands.has(c) == additive:
				same++
			default:
				diff++
			}
		}
		if same > diff && (diff < leastDiff || diff == leastDiff && same > mostSame) {
			best, leastDiff, mostSame = i, diff, same
		}
	}
	return best
}

// InCategory lists the names of a category's commands; ok says that there is such
// a category.
func (u *Users) InCategory(name string) (names []string, ok bool) {
	bit := categoryBit(name)
	for _, c := range u.commands.list {
		if c.categories&bit != 0 {
			names = append(names, c.Name)
		}
	}
	return names, bit != 0
}

// Describe lists all users as ACL LIST does, by name.
func (u *Users) Describe() []string {
	var lines []string
	for _, name := range u.Names() {
		if user := u.Get(name); user != nil {
			lines = append(lines, user.Describe())
		}
	}
	return lines
}
