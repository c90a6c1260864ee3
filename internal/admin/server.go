package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/orbit-server/orbit/internal/redis/survey"
)

// Source is the running server as the endpoint sees it. Its methods are called
// concurrently.
type Source interface {
	// Ready is nil when both protocols accept connections, else the reason why not.
	Ready() error
	Status() Status
	// Actors lists the partitions in memory and the actors that own them, by protocol
	// and number.
	Actors() []Actor
	// Local is what makes a connection a client that is the data directory's owner; it
	// closes the connection. Nil if the protocol is not served.
	Local(p Protocol) func(conn net.Conn) error
	// SaveRDB writes the chosen keys as of one moment as an RDB file. ErrOff says that
	// there are none: the Redis half is off.
	SaveRDB(ctx context.Context, out io.Writer, f KeyFilter) (SavedKeys, error)
	// LoadRDB loads an RDB file: all that is chosen or, after an error, nothing.
	// ErrNotEmpty says that there is data already.
	LoadRDB(ctx context.Context, in io.Reader, f KeyFilter) (LoadedKeys, error)
	// Survey tells what keys there are, ListKeys lists some. ErrOff as before.
	Survey(ctx context.Context, o survey.Options) (*survey.Survey, error)
	ListKeys(ctx context.Context, l KeyList) (*survey.Listing, error)
	// WalkKeys and KeyChildren look at keys some at a time. ErrOff as before.
	WalkKeys(ctx context.Context, o KeyWalk) (*survey.Walked, error)
	KeyChildren(ctx context.Context, o KeyLevel) (*survey.Children, error)
	// ChangeMode moves a protocol's data while clients use it; progress is called
	// now and then.
	ChangeMode(ctx context.Context, change ModeChange, progress func(ModeProgress)) error
	Carer
	Layouter
	Follower
}

// Server serves the endpoint on the data directory's socket, and on TCP if asked.
type Server struct {
	http      *http.Server
	listeners []net.Listener
	logger    *slog.Logger
}

// Options say where to serve. Addr may be empty.
type Options struct {
	DataDir string
	Addr    string
	Source  Source
	Logger  *slog.Logger
}

// Listen opens the socket (and the address) and starts to serve.
func Listen(o Options) (*Server, error) {
	s := newServer(o)
	path, err := SocketPath(o.DataDir)
	if err != nil {
		return nil, err
	}
	// The directory's lock is ours, so a socket found there is a dead server's.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	socket, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	s.listeners = append(s.listeners, socket)
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("admin socket: %w", err), socket.Close())
	}
	if o.Addr != "" {
		tcp, err := net.Listen("tcp", o.Addr)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("admin address %s: %w", o.Addr, err), socket.Close())
		}
		s.listeners = append(s.listeners, tcp)
	}
	for _, l := range s.listeners {
		go s.serve(l)
	}
	return s, nil
}

func newServer(o Options) *Server {
	stopping := make(chan struct{})
	s := &Server{logger: o.Logger, http: &http.Server{
		Handler:           handler(o.Source, stopping),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}}
	s.http.RegisterOnShutdown(sync.OnceFunc(func() { close(stopping) })) // what has no end ends
	return s
}

func (s *Server) serve(l net.Listener) {
	if err := s.http.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		s.logger.Error("admin endpoint stopped", "address", l.Addr().String(), "error", err)
	}
}

// Addrs are where the endpoint is served: the socket first.
func (s *Server) Addrs() []net.Addr {
	var addrs []net.Addr
	for _, l := range s.listeners {
		addrs = append(addrs, l.Addr())
	}
	return addrs
}

// Shutdown ends the endpoint; requests in flight may finish until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error { return s.http.Shutdown(ctx) }

func handler(source Source, stopping <-chan struct{}) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), metrics{source})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := source.Ready(); err != nil {
			answer(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready", "reason": err.Error()})
			return
		}
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, source.Status()) })
	mux.HandleFunc("GET /actors", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, source.Actors()) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	ownerRoutes(mux, source)
	rdbRoutes(mux, source)
	keyRoutes(mux, source)
	walkRoutes(mux, source)
	changeRoutes(mux, source, stopping)
	modeRoute(mux, source)
	careRoutes(mux, source)
	checkRoute(mux, source)
	lsmRoutes(mux, source)
	return mux
}

// answer writes v as JSON. A client that has gone is no concern of ours.
func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
