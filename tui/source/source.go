package source

import (
	"context"
	"errors"
	"sync"

	"github.com/orbit-server/orbit/internal/admin"
)

// Source is the data of one directory. Its methods may be called concurrently.
type Source struct {
	client *admin.Client
	live   bool
	dir    string
	redis  pool

	closing  []func() error
	observed *SQL // see observing
	feeds    map[*Feed]struct{}
	watches  map[*Watch]struct{}
	mu       sync.Mutex
}

// New makes a source. live says that a server holds the directory, which may go and
// come back.
func New(client *admin.Client, dir string, live bool) *Source {
	s := &Source{client: client, live: live, dir: dir}
	s.redis.client = client
	return s
}

// Live tells whether a server holds the directory; else this process does.
func (s *Source) Live() bool { return s.live }

// Dir is the data directory as it was named.
func (s *Source) Dir() string { return s.dir }

// Admin is the client, for what is asked of the endpoint itself.
func (s *Source) Admin() *admin.Client { return s.client }

// Status asks for the server's status.
func (s *Source) Status(ctx context.Context) (admin.Status, error) { return s.client.Status(ctx) }

// onClose has something closed with the source.
func (s *Source) onClose(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = append(s.closing, f)
}

// Close closes all connections.
func (s *Source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.redis.close()
	for f := range s.feeds {
		err = errors.Join(err, f.end())
	}
	s.feeds = nil
	for w := range s.watches {
		w.stop()
	}
	s.watches = nil
	for _, f := range s.closing {
		err = errors.Join(err, f())
	}
	s.closing = nil
	return err
}
