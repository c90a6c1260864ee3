package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin/session"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// redisOptions are what `orbit redis` works with.
type redisOptions struct {
	streams  Streams
	config   *config.Config
	database int
	json     bool
	raw      bool
	command  []string
}

func newRedis(streams Streams) *cobra.Command {
	o := &redisOptions{streams: streams}
	cmd := &cobra.Command{
		Use:   "redis [COMMAND [ARG...]]",
		Short: "Send a Redis command, or open a prompt",
		Long: `Sends a Redis command to the data of a directory, and prints the reply; without a
command, opens a prompt, or reads commands from standard input, one a line. If a
server holds the directory it answers, over the socket in it, and no password is
needed; else the directory is opened for as long as it takes.

Fails with exit code 1 when a reply is an error.`,
		Example: `orbit redis SET greeting hello
orbit redis --json HGETALL user:1

# A prompt
orbit redis

# Commands from a file
orbit redis --data-dir /var/lib/orbit < commands.txt`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.config, err = config.Load(cmd.Flags()); err != nil {
				return usageError{err}
			}
			o.command = args
			return withDirectory(cmd.Context(), streams, o.config, works, func(d *directory) error { return runRedis(cmd.Context(), o, d) })
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().IntVarP(&o.database, "db", "n", 0, "database number")
	cmd.Flags().BoolVar(&o.json, "json", false, "replies as JSON, one a line")
	cmd.Flags().BoolVar(&o.raw, "raw", false, "replies as plain text, as in a pipe")
	cmd.MarkFlagsMutuallyExclusive("json", "raw")
	// What follows the command is its own: LPUSH list -1.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// errReply says that a reply was an error; the reply itself has been shown.
type errReply struct{ text string }

func (e errReply) Error() string { return e.text }

func runRedis(ctx context.Context, o *redisOptions, d *directory) (err error) {
	s, err := openRedisSession(ctx, o, d)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	switch {
	case len(o.command) > 0:
		return s.run(o.command)
	case o.streams.InTerminal && o.streams.OutTerminal:
		return s.prompt(ctx)
	default:
		return s.script(o.streams.In)
	}
}

// redisSession is a connection and how its replies are shown.
type redisSession struct {
	*resp.Conn
	o    *redisOptions
	show func(w io.Writer, r *resp.Reply) error
}

func openRedisSession(ctx context.Context, o *redisOptions, d *directory) (*redisSession, error) {
	typed := o.json || o.streams.OutTerminal
	conn, err := session.Redis(ctx, d.Client, "orbit-cli", o.database, typed)
	if err != nil {
		return nil, err
	}
	s := &redisSession{conn, o, showRaw}
	switch {
	case o.json:
		s.show = showJSON
	case o.streams.OutTerminal && !o.raw:
		s.show = showTyped
	}
	return s, nil
}

// run sends one command and shows its reply, or its replies for as long as they come
// if it listens.
func (s *redisSession) run(words []string) error {
	reply, err := s.Do(words...)
	for {
		if err != nil {
			return err
		}
		text, failed := reply.Error()
		if !failed || s.o.json { // else it is shown as what went wrong
			if err := s.show(s.o.streams.Out, &reply); err != nil {
				return err
			}
		}
		if failed {
			return errReply{text}
		}
		if !listens(words[0]) {
			return nil
		}
		reply, err = s.Next()
	}
}

// listens tells whether a command's replies go on until the connection ends.
func listens(name string) bool {
	switch strings.ToLower(name) {
	case "monitor", "subscribe", "psubscribe", "ssubscribe":
		return true
	}
	return false
}

// script runs the commands of lines. It goes on after an error reply, which counts in
// the end.
func (s *redisSession) script(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, resp.MaxInline)
	var failed error
	n := 0
	for lines.Scan() {
		n++
		words, err := resp.SplitLine(lines.Text())
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if len(words) == 0 {
			continue
		}
		err = s.run(words)
		var reply errReply
		if errors.As(err, &reply) {
			failed = fmt.Errorf("line %d: %w", n, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return errors.Join(failed, lines.Err())
}
