package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"charm.land/log/v2"
	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/server"
	"github.com/orbit-server/orbit/internal/storage"
)

// drainTime is how long clients may finish what they began after a first signal.
const drainTime = 10 * time.Second

// serveOptions are what `orbit serve` works with.
type serveOptions struct {
	streams Streams
	config  *config.Config
}

func newServe(streams Streams, run func(context.Context, *serveOptions) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve both protocols from a data directory",
		Long: `Serves the Redis and PostgreSQL protocols from one data directory until it is told
to stop. SIGINT or SIGTERM lets clients finish what they began and closes cleanly;
a second one stops at once. An acknowledged write survives either. SIGHUP reads
the certificates of TLS anew.`,
		Example: `# Both protocols, data in ./orbit_integrated_data
orbit serve

# Elsewhere, on other ports
orbit serve --data-dir /var/lib/orbit --redis-addr 127.0.0.1:7000 --postgres-addr 127.0.0.1:7001

# Only Redis, every write on disk before its reply
orbit serve --postgres-addr= --redis-durability always

# For other machines, with passwords
ORBIT_REDIS_PASSWORD=secret ORBIT_POSTGRES_PASSWORD=secret \
  orbit serve --redis-addr 0.0.0.0:6379 --postgres-addr 0.0.0.0:5432`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(cmd.Flags())
			if err != nil {
				return usageError{err}
			}
			if err := c.CheckServe(); err != nil {
				return usageError{err}
			}
			if err := server.CheckRedisParameters(c); err != nil {
				return usageError{err}
			}
			warn(streams, c)
			return run(cmd.Context(), &serveOptions{streams: streams, config: c})
		},
	}
	config.Flags(cmd.Flags())
	for _, s := range config.Settings {
		if len(s.Values) > 0 {
			// Only fails for a flag that does not exist, and these were just added.
			_ = cmd.RegisterFlagCompletionFunc(s.Name, cobra.FixedCompletions(s.Values, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	return cmd
}

func runServe(ctx context.Context, o *serveOptions) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)

	logger := newLogger(o.streams, o.config)
	s, err := server.New(o.config, logger)
	if errors.Is(err, storage.ErrCorrupt) {
		return fmt.Errorf("%w; nothing was changed: see with `orbit check` what else is damaged, put a backup in its place, or choose another directory with --data-dir", err)
	}
	if err != nil {
		return err
	}
	if err := s.Start(); err != nil {
		return errors.Join(err, s.Close())
	}
	printWelcome(o.streams, s)
	tell := func(state string) {
		if err := notify(state); err != nil {
			logger.Warn("the service manager could not be told", "state", state, "error", err)
		}
	}
	tell(notifyReady)
	waitForEnd(ctx, s, signals, logger)
	tell(notifyStopping)
	// The context given to the verb may be over already: draining has its own.
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(drain) }()
	select {
	case err := <-done:
		logger.Info("stopped")
		return err
	case <-signals:
		// Everything acknowledged is in the log already; there is nothing to save.
		os.Exit(ExitForced)
		return nil
	}
}

// waitForEnd returns when the server is to stop. SIGHUP reloads.
func waitForEnd(ctx context.Context, s *server.Server, signals <-chan os.Signal, logger *slog.Logger) {
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	for {
		select {
		case <-reload:
			if err := s.Reload(); err != nil {
				logger.Error("certificates stay what they were", "error", err)
			} else {
				logger.Info("certificates were read anew")
			}
		case sig := <-signals:
			logger.Info("stopping: clients may finish what they began", "signal", sig.String())
			return
		case <-s.Stopped():
			logger.Info("stopping: a client asked for it")
			return
		case <-ctx.Done():
			return
		}
	}
}

// printWelcome shows where to connect, as commands to paste.
func printWelcome(streams Streams, s *server.Server) {
	_, _ = fmt.Fprintf(streams.Out, "orbit is ready. Data is in %s\n", s.DataDir())
	if addr := s.RedisAddr(); addr != nil {
		host, port := connectTo(addr)
		_, _ = fmt.Fprintf(streams.Out, "  Redis:       redis-cli -h %s -p %s\n", host, port)
	}
	if addr := s.RedisTLSAddr(); addr != nil {
		host, port := connectTo(addr)
		_, _ = fmt.Fprintf(streams.Out, "  Redis (TLS): redis-cli --tls -h %s -p %s\n", host, port)
	}
	if addr := s.PostgresAddr(); addr != nil {
		host, port := connectTo(addr)
		_, _ = fmt.Fprintf(streams.Out, "  PostgreSQL:  psql -h %s -p %s -U %s postgres\n", host, port, s.PostgresUser())
	}
}

// connectTo is the host and port a client on this machine uses.
func connectTo(addr net.Addr) (host, port string) {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String(), ""
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return host, port
}

// newLogger logs to standard error in the configured form.
func newLogger(streams Streams, c *config.Config) *slog.Logger {
	level, err := log.ParseLevel(c.LogLevel)
	if err != nil {
		level = log.InfoLevel
	}
	format := log.TextFormatter
	switch c.LogFormat {
	case "json":
		format = log.JSONFormatter
	case "logfmt":
		format = log.LogfmtFormatter
	}
	return slog.New(log.NewWithOptions(streams.Err, log.Options{
		Level: level, Formatter: format, ReportTimestamp: true, TimeFormat: time.RFC3339,
	}))
}
