package isolation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// poll is how often a step that has not ended is looked at.
const poll = 10 * time.Millisecond

// Runner runs permutations over connections that it keeps from one to the next.
type Runner struct {
	Config   *pgconn.Config
	StepWait time.Duration // for one step; then the permutation is given up

	spec     *Spec
	control  *session
	sessions []*session
	out      bytes.Buffer
	waiting  []*Step
	blocked  string // the query that says whether a backend waits
}

// ErrStepWait ends a permutation whose step neither ends nor is seen to wait.
var ErrStepWait = errors.New("a step takes too long")

// NewRunner connects the sessions of a spec.
func NewRunner(ctx context.Context, config *pgconn.Config, spec *Spec, wait time.Duration) (*Runner, error) {
	r := &Runner{Config: config, StepWait: wait, spec: spec}
	return r, r.connect(ctx)
}

func (r *Runner) connect(ctx context.Context) (err error) {
	if r.control, err = open(ctx, r.Config, "control connection"); err != nil {
		return err
	}
	pids := make([]string, 0, len(r.spec.Sessions))
	for _, spec := range r.spec.Sessions {
		s, err := open(ctx, r.Config, spec.Name)
		if err != nil {
			return err
		}
		r.sessions = append(r.sessions, s)
		pids = append(pids, strconv.FormatUint(uint64(s.conn.PID()), 10))
	}
	r.blocked = "SELECT pg_catalog.pg_isolation_test_session_is_blocked(%d, '{" + strings.Join(pids, ",") + "}')"
	return nil
}

// Close ends the connections, and what still runs on them.
func (r *Runner) Close() {
	for _, s := range append(r.sessions, r.control) {
		if s == nil || s.conn == nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		if s.active != nil {
			_ = s.conn.CancelRequest(ctx)
			select {
			case <-s.done:
			case <-ctx.Done():
			}
		}
		_ = s.conn.Close(ctx)
		cancel()
	}
	r.sessions, r.control = nil, nil
}

// Permutation runs one permutation and returns what isolationtester would print. After
// an error the connections are new, so that the next has a chance.
func (r *Runner) Permutation(ctx context.Context, steps []*Step) (string, error) {
	r.out.Reset()
	r.waiting = nil
	err := r.permutation(ctx, steps)
	output := r.out.String()
	closed := slices.ContainsFunc(append(r.sessions, r.control), func(s *session) bool { return s.conn.IsClosed() })
	if err != nil || closed {
		r.Close()
		if e := r.connect(ctx); e != nil {
			return output, errors.Join(err, e)
		}
	}
	if err != nil {
		r.teardown(ctx)
	}
	return output, err
}

func (r *Runner) permutation(ctx context.Context, steps []*Step) error {
	for _, sql := range r.spec.Setup {
		if err := r.prepare(ctx, r.control, sql); err != nil {
			return fmt.Errorf("setup failed: %w", err)
		}
	}
	for i, s := range r.sessions {
		if sql := r.spec.Sessions[i].Setup; sql != "" {
			err := r.prepare(ctx, s, sql)
			s.takeNotices(&r.out)
			if err != nil {
				return fmt.Errorf("setup of session %s failed: %w", s.name, err)
			}
		}
	}
	for _, step := range steps {
		if err := r.step(ctx, step); err != nil {
			return err
		}
	}
	if err := r.completeAll(ctx, false); err != nil {
		return err
	}
	if len(r.waiting) > 0 {
		return errors.New("failed to complete permutation due to mutually-blocking steps")
	}
	r.teardown(ctx)
	return nil
}

// teardown goes on after errors, as isolationtester does.
func (r *Runner) teardown(ctx context.Context) {
	for i, s := range r.sessions {
		if sql := r.spec.Sessions[i].Teardown; sql != "" {
			if err := r.prepare(ctx, s, sql); err != nil {
				fmt.Fprintf(&r.out, "teardown of session %s failed: %v\n", s.name, err)
			}
			s.takeNotices(&r.out)
		}
	}
	if r.spec.Teardown != "" {
		if err := r.prepare(ctx, r.control, r.spec.Teardown); err != nil {
			fmt.Fprintf(&r.out, "teardown failed: %v\n", err)
		}
	}
}

// prepare runs a setup or a teardown, which may wait no longer than a step.
func (r *Runner) prepare(ctx context.Context, s *session, sql string) error {
	limited, cancel := context.WithTimeout(ctx, r.StepWait)
	defer cancel()
	return s.setup(limited, &r.out, sql)
}

// step waits for the session's former step, launches this one, and looks at all.
func (r *Runner) step(ctx context.Context, step *Step) error {
	s := r.sessions[step.session]
	start := time.Now()
	for s.active != nil {
		old := s.active
		waits, err := r.complete(ctx, old, false, true)
		if err != nil {
			return err
		}
		if !waits {
			r.waiting = slices.DeleteFunc(r.waiting, func(w *Step) bool { return w == old })
		}
		if err := r.completeAll(ctx, true); err != nil {
			return err
		}
		if s.active != nil && time.Since(start) > 2*r.StepWait {
			return ErrStepWait
		}
	}
	s.launch(ctx, step)
	for _, b := range step.blockers {
		if b.notices > 0 {
			b.target = b.notices + r.sessions[b.session].told
		}
	}
	waits, err := r.complete(ctx, step, true, false)
	if err != nil {
		return err
	}
	if err := r.completeAll(ctx, true); err != nil {
		return err
	}
	if waits {
		r.waiting = append(r.waiting, step)
	}
	return nil
}

// completeAll looks at the steps that wait, again while one of them may let another go.
func (r *Runner) completeAll(ctx context.Context, nonblock bool) error {
	for {
		before, blockers, notice := len(r.waiting), false, false
		var left []*Step
		for _, step := range r.waiting {
			told := r.sessions[step.session].told
			waits, err := r.complete(ctx, step, nonblock, true)
			if err != nil {
				return err
			}
			notice = notice || r.sessions[step.session].told > told
			if waits {
				left = append(left, step)
				blockers = blockers || len(step.blockers) > 0
			}
		}
		r.waiting = left
		if !blockers || len(left) == before && !notice {
			return nil
		}
	}
}

// complete waits for a step to end, or, if nonblock, to wait for a lock; a step that
// has a condition waits for that too. It tells of either, and reports whether the
// step still waits.
func (r *Runner) complete(ctx context.Context, step *Step, nonblock, retry bool) (waits bool, err error) {
	s := r.sessions[step.session]
	if !retry && slices.ContainsFunc(step.blockers, func(b *blocker) bool { return b.once }) {
		fmt.Fprintf(&r.out, "step %s: %s <waiting ...>\n", step.Name, step.SQL)
		return true, nil
	}
	for start := time.Now(); !s.finished; {
		select {
		case s.outcomes = <-s.done:
			s.finished = true
		case <-ctx.Done():
			return true, ctx.Err()
		case <-time.After(poll):
			if nonblock {
				if waits, err = r.isBlocked(ctx, s); err != nil {
					return true, err
				}
			}
			s.takeNotices(&r.out)
			if waits {
				if !retry {
					fmt.Fprintf(&r.out, "step %s: %s <waiting ...>\n", step.Name, step.SQL)
				}
				return true, nil
			}
			if time.Since(start) > r.StepWait {
				return true, ErrStepWait
			}
		}
	}
	s.takeNotices(&r.out)
	if r.hasBlocker(step) {
		if !retry {
			fmt.Fprintf(&r.out, "step %s: %s <waiting ...>\n", step.Name, step.SQL)
		}
		return true, nil
	}
	r.tell(s, step, retry)
	return false, nil
}

// tell prints how a step ended.
func (r *Runner) tell(s *session, step *Step, retry bool) {
	if retry {
		fmt.Fprintf(&r.out, "step %s: <... completed>\n", step.Name)
	} else {
		fmt.Fprintf(&r.out, "step %s: %s\n", step.Name, step.SQL)
	}
	for _, o := range s.outcomes {
		o.print(&r.out)
	}
	for _, n := range s.takeNotifications() {
		sender := fmt.Sprintf("PID %d", n.PID)
		for _, other := range r.sessions {
			if other.conn.PID() == n.PID {
				sender = other.name
			}
		}
		fmt.Fprintf(&r.out, "%s: NOTIFY \"%s\" with payload \"%s\" from %s\n", s.name, n.Channel, n.Payload, sender)
	}
	s.active = nil
}

func (r *Runner) hasBlocker(step *Step) bool {
	for _, b := range step.blockers {
		s := r.sessions[b.session]
		switch {
		case b.once:
		case b.notices > 0:
			if s.told < b.target {
				return true
			}
		case s.active != nil && s.active.Name == b.step:
			return true
		}
	}
	return false
}

// isBlocked asks whether a session waits for a lock that another has.
func (r *Runner) isBlocked(ctx context.Context, s *session) (bool, error) {
	all := r.control.execute(ctx, fmt.Sprintf(r.blocked, s.conn.PID()))
	if len(all) != 1 || all[0].err != nil || len(all[0].rows) != 1 {
		var err error
		if len(all) > 0 {
			err = all[0].err
		}
		return false, fmt.Errorf("lock wait query failed: %w", err)
	}
	return all[0].rows[0][0] == "t", nil
}
