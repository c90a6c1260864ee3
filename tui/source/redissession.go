package source

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/orbit-server/orbit/internal/admin/session"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// RedisSession is a connection that stays, with its database and its transaction. One
// command runs at a time.
type RedisSession struct {
	s    *Source
	mu   sync.Mutex
	conn *resp.Conn
}

// RedisSession makes a session, which connects when it is first used.
func (s *Source) RedisSession() *RedisSession {
	r := &RedisSession{s: s}
	s.onClose(r.Close)
	return r
}

// ErrSessionLost says that a session ended, and with it its database and transaction.
var ErrSessionLost = errors.New("the connection was ended, and with it its database and transaction; the next command opens another, on database 0")

// Run sends a command and returns its reply, and how long it took. When ctx is over the
// connection is given up: the protocol cannot take a command back.
func (r *RedisSession) Run(ctx context.Context, words []string) (reply resp.Reply, took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		if r.conn, err = session.Redis(ctx, r.s.client, redisName, 0, true); err != nil {
			r.conn = nil
			return reply, 0, err
		}
	}
	conn := r.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	begun := time.Now()
	reply, err = conn.Do(words...)
	took = time.Since(begun)
	if !stop() || err != nil || strings.EqualFold(words[0], "quit") {
		r.conn = nil
		closed := conn.Close()
		if err != nil {
			err = ErrSessionLost
			_ = closed // it was of no more use
		}
	}
	return reply, took, err
}

// Close ends the session.
func (r *RedisSession) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		return nil
	}
	conn := r.conn
	r.conn = nil
	return conn.Close()
}

// Command is what the server says of one of its commands.
type Command struct {
	Name       string // in capitals, a subcommand's with its parent's
	Arguments  []Argument
	Summary    string
	Complexity string
	Since      string
	Writes     bool // it changes data or the server
}

// Argument is an argument of a command.
type Argument struct {
	Name, Type, Token  string
	Optional, Multiple bool
	Arguments          []Argument // of a choice or a group
}

// Commands asks the server what its commands are.
func (s *Source) Commands(ctx context.Context) (map[string]Command, error) {
	replies, err := s.Pipeline(ctx, 0, [][]string{{"COMMAND", "DOCS"}, {"COMMAND"}})
	if err != nil {
		return nil, err
	}
	for i := range replies {
		if text, failed := replies[i].Error(); failed {
			return nil, ReplyError(text)
		}
	}
	writes := map[string]bool{}
	for i := range replies[1].Items {
		noteWrites(writes, &replies[1].Items[i])
	}
	all := map[string]Command{}
	addCommands(all, &replies[0], writes)
	return all, nil
}

// noteWrites notes what a command's flags say, and those of its subcommands.
func noteWrites(writes map[string]bool, info *resp.Reply) {
	if len(info.Items) < 3 {
		return
	}
	name := commandName(string(info.Items[0].Text))
	for i := range info.Items[2].Items {
		switch string(info.Items[2].Items[i].Text) {
		case "write", "admin":
			writes[name] = true
		}
	}
	if len(info.Items) > 9 {
		for i := range info.Items[9].Items {
			noteWrites(writes, &info.Items[9].Items[i])
		}
	}
}

// commandName is a name as it is typed: config|get is CONFIG GET.
func commandName(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "|", " "))
}

func addCommands(all map[string]Command, docs *resp.Reply, writes map[string]bool) {
	for i := 0; i+1 < len(docs.Items); i += 2 {
		c := Command{Name: commandName(string(docs.Items[i].Text))}
		c.Writes = writes[c.Name]
		facts := &docs.Items[i+1]
		for k := 0; k+1 < len(facts.Items); k += 2 {
			switch v := &facts.Items[k+1]; string(facts.Items[k].Text) {
			case "summary":
				c.Summary = string(v.Text)
			case "since":
				c.Since = string(v.Text)
			case "complexity":
				c.Complexity = string(v.Text)
			case "arguments":
				c.Arguments = arguments(v)
			case "subcommands":
				addCommands(all, v, writes)
			}
		}
		all[c.Name] = c
	}
}

func arguments(list *resp.Reply) (all []Argument) {
	for i := range list.Items {
		var a Argument
		facts := &list.Items[i]
		for k := 0; k+1 < len(facts.Items); k += 2 {
			switch v := &facts.Items[k+1]; string(facts.Items[k].Text) {
			case "name":
				a.Name = string(v.Text)
			case "type":
				a.Type = string(v.Text)
			case "token":
				a.Token = string(v.Text)
			case "arguments":
				a.Arguments = arguments(v)
			case "flags":
				for f := range v.Items {
					switch string(v.Items[f].Text) {
					case "optional":
						a.Optional = true
					case "multiple":
						a.Multiple = true
					}
				}
			}
		}
		all = append(all, a)
	}
	return all
}
