package param

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/redis/glob"
)

// Kind is the type of a parameter's value.
type Kind uint8

// Kinds of parameters.
const (
	Bool    Kind = iota // yes or no
	Integer             // in decimal; octal where the table says so
	Memory              // bytes, with units on input
	Enum                // one of several words
	Text                // any text, or what Check accepts
)

// Param describes a parameter.
type Param struct {
	Name    string
	Alias   string // the older name that reads and sets the same value
	Kind    Kind
	Default string
	Min     int64
	Max     int64
	Words   []string // of an Enum
	// Check brings a Text into its normal form.
	Check func(value string) (string, error)
	// Immutable parameters are set when the server starts only.
	Immutable bool
	// Fixed parameters are immutable here only: redis-server can change them while
	// it runs. Setting one to the value it has succeeds. See Params.Release.
	Fixed bool
	// Why is the reason that CONFIG SET gives for refusing to change a Fixed one.
	Why string
	// Hidden parameters are listed only when they are asked for by name.
	Hidden bool
	// Inert parameters have no effect in this server.
	Inert bool
}

// value is a parameter's present value, in text and, for the kinds that have
// one, as a number: 0 and 1 for Bool, the position of the word for Enum.
type value struct {
	param  *Param
	fixed  bool   // only the server itself may change it
	began  string // what the configuration says it is
	told   bool   // it is what a client said, now or before
	text   atomic.Pointer[string]
	number atomic.Int64
}

// Params holds the present values. It is safe for concurrent use.
type Params struct {
	mu     sync.Mutex // serializes changes
	values map[string]*value
	names  []string // sorted, aliases included
	hooks  map[string][]func(text string)
	// appliers put changes in force that may fail, by the parameters they read.
	appliers []applier
}

// Pair is a parameter's name and value.
type Pair struct{ Name, Value string }

// New makes a set of all parameters with their defaults, changed by given, which
// may set immutable ones too.
func New(given map[string]string) (*Params, error) {
	p := &Params{values: make(map[string]*value), hooks: make(map[string][]func(string))}
	for i := range table {
		param := &table[i]
		v := &value{param: param, fixed: param.Fixed}
		text, number, err := param.parse(param.Default)
		if err != nil {
			return nil, fmt.Errorf("parameter %s: default: %w", param.Name, err)
		}
		v.text.Store(&text)
		v.number.Store(number)
		v.began = text
		for _, name := range []string{param.Name, param.Alias} {
			if name == "" {
				continue
			}
			if p.values[name] != nil {
				return nil, fmt.Errorf("parameter %s is in the table twice", name)
			}
			p.values[name] = v
			p.names = append(p.names, name)
		}
	}
	sort.Strings(p.names)
	for name, text := range given {
		v := p.values[name]
		if v == nil {
			return nil, fmt.Errorf("no parameter is called %q", name)
		}
		text, number, err := v.param.parse(text)
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		v.text.Store(&text)
		v.number.Store(number)
		v.began = text
	}
	return p, nil
}

// CheckGiven refuses a parameter that whoever starts the server cannot give.
func (p *Params) CheckGiven(name string) error {
	v := p.values[name]
	switch {
	case v == nil:
		return fmt.Errorf("no parameter is called %q; CONFIG GET * lists them", name)
	case v.param.Fixed, v.param.Immutable && !v.param.Inert:
		return fmt.Errorf("parameter %s cannot be set so", name)
	}
	return nil
}

// Recall has parameters begin with other values than the configuration's: those that
// they had when they were last kept. It must be called before the server runs. What
// cannot be is told, and left as it is.
func (p *Params) Recall(kept map[string]string) error {
	var errs []error
	for name, text := range kept {
		if p.values[name] == nil {
			errs = append(errs, fmt.Errorf("no parameter is called %q", name))
			continue
		}
		if err := p.Fix(name, text); err != nil {
			errs = append(errs, err)
			continue
		}
		p.values[name].told = true
	}
	return errors.Join(errs...)
}

// Changed lists the parameters that CONFIG SET changed, or Recall, and whose values are
// not those of the configuration; without the port, which is a part of an address.
func (p *Params) Changed() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed := make(map[string]string)
	for _, v := range p.values {
		if text := *v.text.Load(); v.told && text != v.began && !v.fixed && !v.param.Immutable && v.param.Name != "port" {
			changed[v.param.Name] = text
		}
	}
	return changed
}

// IsChanged tells whether a parameter's value is not the configuration's. The name must
// exist.
func (p *Params) IsChanged(name string) bool { return p.Text(name) != p.values[name].began }

// Text is a parameter's value as CONFIG GET gives it. The name must exist.
func (p *Params) Text(name string) string { return *p.values[name].text.Load() }

// Number is the live value of a Bool, Integer, Memory or Enum, to be kept and
// loaded where a map lookup would be too slow. It must not be stored to.
func (p *Params) Number(name string) *atomic.Int64 { return &p.values[name].number }

// Int is the present value behind Number.
func (p *Params) Int(name string) int64 { return p.values[name].number.Load() }

// Yes reports whether a Bool is set.
func (p *Params) Yes(name string) bool { return p.Int(name) != 0 }

// ShareOf is the value of a parameter that is bytes or a percentage of whole.
func (p *Params) ShareOf(name string, whole int64) int64 {
	text := p.Text(name)
	if share, ok := strings.CutSuffix(text, "%"); ok {
		n, err := strconv.ParseInt(share, 10, 64)
		if err != nil {
			return 0
		}
		return whole / 100 * n
	}
	n, _ := parseMemory(text)
	return n
}

// Match lists the parameters whose names match any of patterns, sorted by name. A
// name that is asked for in full comes back as it was written.
func (p *Params) Match(patterns ...[]byte) []Pair {
	var pairs []Pair
	for _, name := range p.names {
		for _, pattern := range patterns {
			if p.values[name].param.Hidden && !strings.EqualFold(name, string(pattern)) {
				continue
			}
			if glob.MatchFold(pattern, []byte(name)) {
				pair := Pair{name, p.Text(name)}
				if len(pattern) == len(name) && strings.EqualFold(name, string(pattern)) {
					pair.Name = string(pattern)
				}
				pairs = append(pairs, pair)
				break
			}
		}
	}
	return pairs
}

// OnChange has f called with the new text whenever Set changes the parameter. It
// must be called before the server runs.
func (p *Params) OnChange(name string, f func(text string)) {
	v := p.values[name]
	p.hooks[v.param.Name] = append(p.hooks[v.param.Name], f)
}

type applier struct {
	names []string
	apply func() error
}

// OnApply has f called when Set has changed any of the parameters. If it fails none
// of what Set was to change is. It must be called before the server runs.
func (p *Params) OnApply(f func() error, names ...string) {
	p.appliers = append(p.appliers, applier{names, f})
}

// applyChanged calls the appliers of the changed parameters; the name is that of
// one whose applier failed.
func (p *Params) applyChanged(changed func(name string) bool) (name string, err error) {
	for _, a := range p.appliers {
		for _, name := range a.names {
			if !changed(name) {
				continue
			}
			if err := a.apply(); err != nil {
				return name, err
			}
			break
		}
	}
	return "", nil
}

// Release lets CONFIG SET change a parameter that is Fixed in the table, and has f
// put the change in force (see OnApply). It must be called before the server runs.
func (p *Params) Release(name string, f func() error) {
	p.values[name].fixed = false
	p.OnApply(f, name)
}

// Fix changes a parameter that only the server itself may change, so that CONFIG
// GET tells how it was started.
func (p *Params) Fix(name, text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.values[name]
	text, number, err := v.param.parse(text)
	if err != nil {
		return fmt.Errorf("parameter %s: %w", name, err)
	}
	v.told = v.told && text == *v.text.Load()
	v.text.Store(&text)
	v.number.Store(number)
	return nil
}

// SetError says which parameter CONFIG SET could not set, and why.
type SetError struct {
	Name    string
	Reason  string
	Unknown bool
}

// Error is redis-server's text, without the code.
func (e *SetError) Error() string {
	if e.Unknown {
		return "Unknown option or number of arguments for CONFIG SET - '" + e.Name + "'"
	}
	return "CONFIG SET failed (possibly related to argument '" + e.Name + "') - " + e.Reason
}

// Set changes several parameters, or none if one of them is wrong.
func (p *Params) Set(pairs []Pair) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	type change struct {
		v      *value
		text   string
		number int64
	}
	changes := make([]change, 0, len(pairs))
	seen := make(map[*value]bool)
	for _, pair := range pairs {
		v := p.values[lower(pair.Name)]
		switch {
		case v == nil:
			return &SetError{Name: pair.Name, Unknown: true}
		case v.fixed && pair.Value == *v.text.Load():
		case v.fixed && v.param.Why != "":
			return &SetError{Name: pair.Name, Reason: v.param.Why}
		case v.param.Immutable || v.fixed:
			return &SetError{Name: pair.Name, Reason: "can't set immutable config"}
		case seen[v]:
			return &SetError{Name: pair.Name, Reason: "duplicate parameter"}
		}
		seen[v] = true
		text, number, err := v.param.parse(pair.Value)
		if err != nil {
			return &SetError{Name: pair.Name, Reason: err.Error()}
		}
		changes = append(changes, change{v, text, number})
	}
	exchange := func() {
		for i := range changes {
			c := &changes[i]
			text, number := c.text, c.number
			c.text, c.number = *c.v.text.Load(), c.v.number.Load()
			c.v.text.Store(&text)
			c.v.number.Store(number)
		}
	}
	exchange()
	if name, err := p.applyChanged(func(name string) bool { return seen[p.values[name]] }); err != nil {
		exchange() // back to what they were
		return &SetError{Name: name, Reason: err.Error()}
	}
	for _, c := range changes {
		c.v.told = true
		for _, hook := range p.hooks[c.v.param.Name] {
			hook(*c.v.text.Load())
		}
	}
	return nil
}
