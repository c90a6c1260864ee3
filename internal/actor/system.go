package actor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tochemey/goakt/v4/actor"
	gerrors "github.com/tochemey/goakt/v4/errors"
)

// System runs the grains of all partitions of a process.
type System struct {
	actors actor.ActorSystem
	dir    *directory
}

// Start makes a system without grains: they are activated by the first message.
func Start(ctx context.Context) (*System, error) {
	dir := &directory{}
	actors, err := actor.NewActorSystem("orbit", actor.WithLoggingDisabled(), actor.WithExtensions(dir))
	if err != nil {
		return nil, fmt.Errorf("actor system: %w", err)
	}
	if err := actors.Start(ctx); err != nil {
		return nil, fmt.Errorf("actor system: %w", err)
	}
	return &System{actors: actors, dir: dir}, nil
}

// Stop ends all grains. The stores must be closed before.
func (s *System) Stop(ctx context.Context) error {
	if err := s.actors.Stop(ctx); err != nil {
		return fmt.Errorf("actor system: %w", err)
	}
	return nil
}

// askTimeout is when a message without an answer is sent again. Grains never
// block, so an answer that is late was lost: a grain that is being passivated
// drops what arrives in that moment.
const askTimeout = 250 * time.Millisecond

// ask sends a message to a partition's grain, which is activated if it is not,
// and waits for the answer. Messages may arrive more than once.
func (s *System) ask(p *partition, message any) (any, error) {
	p.messages.Add(1)
	ctx := context.Background()
	for {
		id := p.identity.Load()
		if id == nil {
			made, err := s.actors.GrainIdentity(ctx, p.name, newGrain, actor.WithLongLivedGrain())
			if err != nil {
				return nil, fmt.Errorf("actor %s: %w", p.name, err)
			}
			p.identity.Store(made)
			id = made
		}
		answer, err := s.actors.AskGrain(ctx, id, message, askTimeout)
		if errors.Is(err, gerrors.ErrRequestTimeout) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("actor %s: %w", p.name, err)
		}
		return answer, nil
	}
}

// directory finds the partition that a grain owns by the grain's name. A grain
// that comes back after it was passivated is a new one and knows no more.
type directory struct{ partitions sync.Map }

// directoryID names the extension; the library allows letters, digits, - and _.
const directoryID = "orbit-partitions"

// ID is the name under which a grain finds the directory.
func (d *directory) ID() string { return directoryID }

func (d *directory) add(p *partition) { d.partitions.Store(p.name, p) }

// remove takes p out, unless another has its name by now.
func (d *directory) remove(p *partition) { d.partitions.CompareAndDelete(p.name, p) }

func (d *directory) find(name string) (*partition, error) {
	if p, ok := d.partitions.Load(name); ok {
		if p, ok := p.(*partition); ok {
			return p, nil
		}
	}
	return nil, fmt.Errorf("actor %s: no such partition", name)
}
