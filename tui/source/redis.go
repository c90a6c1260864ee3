package source

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/admin/session"
	"github.com/orbit-server/orbit/internal/redis/resp"
)

// ReplyError is an error that the server replied.
type ReplyError string

func (e ReplyError) Error() string { return string(e) }

// maxIdle is how many connections are kept for later.
const maxIdle = 3

// pool keeps connections that are not in use, each on the database it was last on.
type pool struct {
	client *admin.Client
	mu     sync.Mutex
	idle   []*redisConn
	closed bool
}

type redisConn struct {
	*resp.Conn
	db int
}

// get is a connection: one that was used on the database, another that is idle, or a
// new one. A server that was started again leaves connections that are dead before
// they are used, so that idle ones are tried first: what fails later may have been done,
// and is not done again.
func (p *pool) get(ctx context.Context, db int) (*redisConn, error) {
	for {
		c, err := p.take(db)
		if err != nil {
			return nil, err
		}
		if c == nil {
			break
		}
		if _, err := c.run(ctx, c.db, [][]string{{"PING"}}); err == nil {
			return c, nil
		}
		_ = c.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	conn, err := session.Redis(ctx, p.client, redisName, db, true)
	if err != nil {
		return nil, err
	}
	return &redisConn{conn, db}, nil
}

// take is an idle connection, or nil.
func (p *pool) take(db int) (*redisConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	switch {
	case p.closed:
		return nil, errors.New("the connection is closed")
	case n == 0:
		return nil, nil
	}
	at := n - 1
	for i, c := range p.idle {
		if c.db == db {
			at = i
		}
	}
	c := p.idle[at]
	p.idle = append(p.idle[:at], p.idle[at+1:]...)
	return c, nil
}

func (p *pool) put(c *redisConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= maxIdle {
		_ = c.Close()
		return
	}
	p.idle = append(p.idle, c)
}

func (p *pool) close() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		err = errors.Join(err, c.Close())
	}
	p.idle, p.closed = nil, true
	return err
}

// Redis sends a command to a database. A reply that is an error is a ReplyError.
func (s *Source) Redis(ctx context.Context, db int, words ...string) (resp.Reply, error) {
	replies, err := s.Pipeline(ctx, db, [][]string{words})
	if err != nil {
		return resp.Reply{}, err
	}
	if text, failed := replies[0].Error(); failed {
		return replies[0], ReplyError(text)
	}
	return replies[0], nil
}

// Pipeline sends commands together and returns their replies, which may be errors each.
func (s *Source) Pipeline(ctx context.Context, db int, commands [][]string) ([]resp.Reply, error) {
	c, err := s.redis.get(ctx, db)
	if err != nil {
		return nil, err
	}
	replies, err := c.run(ctx, db, commands)
	if err != nil {
		_ = c.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	s.redis.put(c)
	return replies, nil
}

func (c *redisConn) run(ctx context.Context, db int, commands [][]string) (replies []resp.Reply, err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() && err == nil {
			err = ctx.Err() // the deadline is, or will be, over: the connection is of no more use
		}
	}()
	if c.db != db {
		if _, err := c.Must("SELECT", strconv.Itoa(db)); err != nil {
			return nil, err
		}
		c.db = db
	}
	// A pipe has no buffer: who writes all before reading waits for a server that waits
	// for its replies to be read.
	sent := make(chan error, 1)
	go func() { sent <- c.Send(commands...) }()
	for range commands {
		reply, err := c.Next()
		if err != nil {
			return replies, errors.Join(err, c.SetDeadline(time.Unix(1, 0)), <-sent)
		}
		replies = append(replies, reply)
	}
	return replies, <-sent
}
