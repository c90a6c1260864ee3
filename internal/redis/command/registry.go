package command

import (
	"fmt"
	"strings"
)

// maxName is longer than any command's name; longer ones are unknown.
const maxName = 64

// Registry finds specs by name. It is immutable once made.
type Registry struct {
	byName map[string]*Spec
	list   []*Spec // top level, in the order given
	count  int     // all specs, subcommands included
}

// NewRegistry collects the tables of all groups. Two specs of one name, or a
// name that is not lower case, are errors of the programmer.
func NewRegistry(groups ...[]*Spec) (*Registry, error) {
	r := &Registry{byName: make(map[string]*Spec)}
	for _, group := range groups {
		for _, spec := range group {
			if err := r.add(spec); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

func (r *Registry) add(spec *Spec) error {
	if spec.Name == "" || len(spec.Name) > maxName || spec.Name != strings.ToLower(spec.Name) {
		return fmt.Errorf("command %q: not a command's name", spec.Name)
	}
	if _, taken := r.byName[spec.Name]; taken {
		return fmt.Errorf("command %q is registered twice", spec.Name)
	}
	if spec.Handler == nil && len(spec.Sub) == 0 {
		return fmt.Errorf("command %q has no handler", spec.Name)
	}
	r.byName[spec.Name] = spec
	r.list = append(r.list, spec)
	spec.index = r.count
	r.count++
	spec.setAccess()
	seen := make(map[string]bool)
	for _, sub := range spec.Sub {
		if sub.Handler == nil || seen[sub.Name] {
			return fmt.Errorf("command %q: subcommand %q has no handler or is registered twice", spec.Name, sub.Name)
		}
		seen[sub.Name] = true
		sub.parent = spec
		sub.index = r.count
		r.count++
		sub.setAccess()
	}
	return nil
}

// Lookup finds a top-level command by its name in any case, nil if unknown. It
// allocates nothing.
func (r *Registry) Lookup(name []byte) *Spec {
	var buf [maxName]byte
	if len(name) > maxName {
		return nil
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return r.byName[string(buf[:len(name)])]
}

// Resolve finds the spec that args call, a subcommand's where the command has
// them, and checks the number of arguments. Errors are the client's; the one
// about the number of arguments comes with the spec.
func (r *Registry) Resolve(args [][]byte) (*Spec, error) {
	spec := r.Lookup(args[0])
	if spec == nil {
		return nil, errUnknownCommand(args)
	}
	if len(spec.Sub) > 0 && len(args) > 1 {
		sub := spec.FindSub(args[1])
		if sub == nil {
			return nil, errUnknownSubcommand(spec, args[1])
		}
		spec = sub
	} else if spec.Handler == nil {
		return spec, ErrArity(spec.Name)
	}
	if !spec.Accepts(len(args)) {
		return spec, ErrArity(spec.FullName())
	}
	return spec, nil
}

// All lists the top-level specs in registration order.
func (r *Registry) All() []*Spec { return r.list }

// Count is the number of specs, subcommands included: one more than the largest
// Index.
func (r *Registry) Count() int { return r.count }

// Find looks up "get" or "config|get", in any case.
func (r *Registry) Find(fullName string) *Spec {
	parent, sub, isSub := strings.Cut(fullName, "|")
	spec := r.Lookup([]byte(parent))
	if spec == nil || !isSub {
		return spec
	}
	return spec.FindSub([]byte(sub))
}

// FindSub finds a subcommand by its name in any case.
func (s *Spec) FindSub(name []byte) *Spec {
	for _, sub := range s.Sub {
		if Is(name, sub.Name) {
			return sub
		}
	}
	return nil
}

// FullName is the name as COMMAND INFO gives it: "get", "config|get".
func (s *Spec) FullName() string {
	if s.parent == nil {
		return s.Name
	}
	return s.parent.Name + "|" + s.Name
}

// Index is a small number of its own for every spec of a registry, for tables of
// counters.
func (s *Spec) Index() int { return s.index }

// Parent is the command that holds a subcommand, nil for others.
func (s *Spec) Parent() *Spec { return s.parent }

// Has reports whether the spec carries any of flags.
func (s *Spec) Has(flags Flag) bool { return s.Flags&flags != 0 }

// Accepts reports whether n words, the name included, satisfy the arity.
func (s *Spec) Accepts(n int) bool {
	if s.Arity >= 0 {
		return n == s.Arity
	}
	return n >= -s.Arity
}

// AppendKeys appends the arguments that are keys to dst.
func (s *Spec) AppendKeys(dst [][]byte, args [][]byte) ([][]byte, error) {
	if s.Keys == nil {
		first, last, step := s.keyRange(args)
		for i := first; i <= last; i += step {
			dst = append(dst, args[i])
		}
		return dst, nil
	}
	positions, err := s.Keys(args)
	if err != nil {
		return dst, err
	}
	for _, i := range positions {
		dst = append(dst, args[i])
	}
	return dst, nil
}

// keyRange is where keys are that are found by position; an empty range if there
// are none.
func (s *Spec) keyRange(args [][]byte) (first, last, step int) {
	if s.FirstKey == 0 {
		return 0, -1, 1
	}
	last = s.LastKey
	if last < 0 {
		last += len(args)
	}
	return s.FirstKey, min(last, len(args)-1), max(s.Step, 1)
}

// keyPositions are the positions of all keys.
func (s *Spec) keyPositions(args [][]byte) (positions []int, err error) {
	if s.Keys != nil {
		return s.Keys(args)
	}
	first, last, step := s.keyRange(args)
	for i := first; i <= last; i += step {
		positions = append(positions, i)
	}
	return positions, nil
}
