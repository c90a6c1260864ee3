package source

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
)

// Watch hears that others changed what is looked at: keys, or a table's rows. It hears
// that, not what, and remembers it once, however often it was. It connects when it is first
// asked.
type Watch struct {
	source  *Source
	follow  func(ctx context.Context, changed func()) error
	ctx     context.Context // the connection's, which outlives a question
	stop    context.CancelFunc
	begin   sync.Once
	changed chan struct{}
	version atomic.Uint64
	at      atomic.Int64 // of the last change, Unix nanoseconds
	ended   chan struct{}
	failed  error // set before ended is closed
}

// WatchKeys hears of a key or, unless exact, of those that begin with a prefix.
func (s *Source) WatchKeys(db int, prefix string, exact bool) *Watch {
	of := admin.KeyScope{DB: db, Prefix: []byte(prefix), Exact: exact}
	return s.watch(func(ctx context.Context, changed func()) error { return s.client.FollowKeys(ctx, of, changed) })
}

// WatchTable hears of a table's rows, or with the OID 0 of any table's, and of changes of any
// table's structure.
func (q *SQL) WatchTable(oid uint32) *Watch {
	of := admin.TableScope{Database: q.database, OID: oid}
	return q.s.watch(func(ctx context.Context, changed func()) error { return q.s.client.FollowTable(ctx, of, changed) })
}

func (s *Source) watch(follow func(ctx context.Context, changed func()) error) *Watch {
	w := &Watch{source: s, follow: follow, changed: make(chan struct{}, 1), ended: make(chan struct{})}
	w.ctx, w.stop = context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watches == nil {
		s.watches = map[*Watch]struct{}{}
	}
	s.watches[w] = struct{}{}
	return w
}

func (w *Watch) start() {
	w.begin.Do(func() {
		go func() {
			w.failed = w.follow(w.ctx, func() {
				w.at.Store(time.Now().UnixNano())
				w.version.Add(1)
				select {
				case w.changed <- struct{}{}:
				default:
				}
			})
			close(w.ended)
		}()
	})
}

// Next waits for a change; the first is that the watch has begun. An error is that there
// will be none any more.
func (w *Watch) Next(ctx context.Context) error {
	w.start()
	select {
	case <-w.changed:
		return nil
	case <-w.ended:
		return w.failed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settled is when a change that was told can be seen for certain.
const settled = time.Second

// Version is a number that is another after each change: what was read at a version is
// what there is while it stays. It is 0 while it is not known, as just after a change; ok
// is false if nobody tells of changes any more.
func (w *Watch) Version() (version uint64, ok bool) {
	w.start()
	select {
	case <-w.ended:
		return 0, false
	default:
	}
	if version = w.version.Load(); time.Since(time.Unix(0, w.at.Load())) < settled {
		version = 0
	}
	return version, true
}

// Close ends it. It does not wait.
func (w *Watch) Close() {
	w.stop()
	w.source.mu.Lock()
	defer w.source.mu.Unlock()
	delete(w.source.watches, w)
}
