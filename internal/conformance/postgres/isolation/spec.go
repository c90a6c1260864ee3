package isolation

import (
	"fmt"
	"strconv"
)

// Spec is a spec file.
type Spec struct {
	Setup        []string
	Teardown     string
	Sessions     []*SessionSpec
	Permutations [][]*Step
}

// SessionSpec is a session of a spec.
type SessionSpec struct {
	Name            string
	Setup, Teardown string
	Steps           []StepSpec
}

// StepSpec is a step that permutations name.
type StepSpec struct{ Name, SQL string }

// Step is a step in a permutation.
type Step struct {
	StepSpec
	session  int
	blockers []*blocker
}

// blocker is a condition that a step's completion is not told before.
type blocker struct {
	once    bool   // (*): told as waiting as soon as it is launched
	step    string // not while that step is active
	notices int    // or until its session has given so many notices
	session int
	target  int
}

// parser is a recursive descent over the tokens of a spec.
type parser struct {
	tokens []token
	at     int
}

// Parse reads a spec. Permutations are those named, or all there are.
func Parse(text string) (*Spec, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	spec := &Spec{}
	for p.keyword("setup") {
		sql, err := p.expect(block)
		if err != nil {
			return nil, err
		}
		spec.Setup = append(spec.Setup, sql)
	}
	if spec.Teardown, err = p.optional("teardown"); err != nil {
		return nil, err
	}
	for p.keyword("session") {
		s, err := p.session()
		if err != nil {
			return nil, err
		}
		spec.Sessions = append(spec.Sessions, s)
	}
	var named [][]*Step
	for p.keyword("permutation") {
		steps, err := p.permutation()
		if err != nil {
			return nil, err
		}
		named = append(named, steps)
	}
	if p.at < len(p.tokens) {
		return nil, fmt.Errorf("unexpected %q", p.tokens[p.at].text)
	}
	spec.Permutations = named
	if named == nil {
		spec.interleave(make([]int, len(spec.Sessions)), nil)
		return spec, nil
	}
	return spec, spec.link()
}

func (p *parser) next(kind int) (string, bool) {
	if p.at < len(p.tokens) && p.tokens[p.at].kind == kind {
		p.at++
		return p.tokens[p.at-1].text, true
	}
	return "", false
}

func (p *parser) expect(kind int) (string, error) {
	text, ok := p.next(kind)
	if !ok {
		found := "the end"
		if p.at < len(p.tokens) {
			found = strconv.Quote(p.tokens[p.at].text)
		}
		return "", fmt.Errorf("unexpected %s", found)
	}
	return text, nil
}

func (p *parser) is(kind int, text string) bool {
	if p.at < len(p.tokens) && p.tokens[p.at] == (token{kind, text}) {
		p.at++
		return true
	}
	return false
}

func (p *parser) keyword(name string) bool { return p.is(keyword, name) }

func (p *parser) optional(name string) (string, error) {
	if !p.keyword(name) {
		return "", nil
	}
	return p.expect(block)
}

func (p *parser) session() (s *SessionSpec, err error) {
	s = &SessionSpec{}
	if s.Name, err = p.expect(identifier); err != nil {
		return nil, err
	}
	if s.Setup, err = p.optional("setup"); err != nil {
		return nil, err
	}
	for p.keyword("step") {
		var step StepSpec
		if step.Name, err = p.expect(identifier); err != nil {
			return nil, err
		}
		if step.SQL, err = p.expect(block); err != nil {
			return nil, err
		}
		s.Steps = append(s.Steps, step)
	}
	s.Teardown, err = p.optional("teardown")
	return s, err
}

func (p *parser) permutation() ([]*Step, error) {
	var steps []*Step
	for {
		name, ok := p.next(identifier)
		if !ok {
			return steps, nil
		}
		step := &Step{StepSpec: StepSpec{Name: name}}
		if p.is(punctuation, "(") {
			for {
				b, err := p.blocker()
				if err != nil {
					return nil, err
				}
				step.blockers = append(step.blockers, b)
				if !p.is(punctuation, ",") {
					break
				}
			}
			if !p.is(punctuation, ")") {
				return nil, fmt.Errorf("step %s: no closing parenthesis", name)
			}
		}
		steps = append(steps, step)
	}
}

func (p *parser) blocker() (*blocker, error) {
	if p.is(punctuation, "*") {
		return &blocker{once: true}, nil
	}
	name, err := p.expect(identifier)
	if err != nil {
		return nil, err
	}
	b := &blocker{step: name}
	if p.keyword("notices") {
		n, err := p.expect(integer)
		if err != nil {
			return nil, err
		}
		if b.notices, err = strconv.Atoi(n); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// interleave lists all permutations, in isolationtester's order.
func (s *Spec) interleave(taken []int, steps []*Step) {
	done := true
	for i, session := range s.Sessions {
		if taken[i] == len(session.Steps) {
			continue
		}
		done = false
		step := &Step{StepSpec: session.Steps[taken[i]], session: i}
		taken[i]++
		s.interleave(taken, append(steps[:len(steps):len(steps)], step))
		taken[i]--
	}
	if done {
		s.Permutations = append(s.Permutations, steps)
	}
}

// link finds the steps that permutations name.
func (s *Spec) link() error {
	type place struct {
		session int
		step    StepSpec
	}
	known := map[string]place{}
	for i, session := range s.Sessions {
		for _, step := range session.Steps {
			known[step.Name] = place{i, step}
		}
	}
	for _, steps := range s.Permutations {
		for _, step := range steps {
			found, ok := known[step.Name]
			if !ok {
				return fmt.Errorf("undefined step %q", step.Name)
			}
			step.StepSpec, step.session = found.step, found.session
			for _, b := range step.blockers {
				if b.session = known[b.step].session; !b.once && b.session == step.session {
					return fmt.Errorf("step %q cannot block on %q", step.Name, b.step)
				}
			}
		}
	}
	return nil
}
