package actor

import (
	"context"
	"fmt"
	"time"

	"github.com/tochemey/goakt/v4/actor"
)

// grain is the actor of one partition. It answers one message at a time and
// never blocks: the library has as many workers as there are cores.
type grain struct {
	dir   *directory
	owned *partition
}

var _ actor.Grain = (*grain)(nil)

func newGrain(context.Context) (actor.Grain, error) { return &grain{}, nil }

// OnActivate finds the partition by the grain's name.
func (g *grain) OnActivate(_ context.Context, props *actor.GrainProps) error {
	d, ok := props.ActorSystem().Extension(directoryID).(*directory)
	if !ok {
		return fmt.Errorf("actor %s: the system has no directory of partitions", props.Identity().Name())
	}
	p, err := d.find(props.Identity().Name())
	if err != nil {
		return err
	}
	g.dir = d
	g.own(p)
	return nil
}

func (g *grain) own(p *partition) {
	g.owned = p
	p.activated.Store(time.Now().UnixMilli())
}

// follow turns to the partition that has taken the place of one that is gone.
func (g *grain) follow() {
	if !g.owned.gone.Load() {
		return
	}
	if p, err := g.dir.find(g.owned.name); err == nil && p != g.owned {
		g.owned.activated.Store(0)
		g.own(p)
	}
}

// OnReceive deals with one message.
func (g *grain) OnReceive(ctx *actor.GrainContext) {
	g.follow()
	switch m := ctx.Message().(type) {
	case acquire:
		ctx.Response(g.owned.grant(m))
	case release:
		g.owned.handOver(m.holder)
		ctx.NoErr()
	case passivate:
		ctx.Response(g.owned.store.park(g.owned))
	default:
		ctx.Unhandled()
	}
}

// OnDeactivate leaves the data where it is: park has dropped what can be had back.
func (g *grain) OnDeactivate(context.Context, *actor.GrainProps) error {
	g.owned.activated.Store(0)
	return nil
}

// The messages of a grain.
type (
	// acquire asks for the lease, or for a place in the queue; the answer is a verdict.
	acquire struct{ holder *Holder }
	// release gives back a lease that others wait for.
	release struct{ holder *Holder }
	// passivate asks the partition to let go of what it can; the answer is
	// whether it is idle, so that the grain may end.
	passivate struct{}
)
