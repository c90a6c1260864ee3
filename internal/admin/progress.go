package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Progress is how far something that takes long has come.
type Progress struct {
	Part string `json:"part"`           // redis or postgres
	Step string `json:"step,omitempty"` // what is done with it: read, agree, compact
	Done int64  `json:"done"`           // entries of the store, or bytes
	// Total is about how many there are; 0 if nobody knows.
	Total int64 `json:"total,omitempty"`
}

// progressInterval is how often a client hears of progress.
const progressInterval = 200 * time.Millisecond

// maxLine bounds a line of an answer that is streamed.
const maxLine = maxAnswer

// streamed is a line of an answer: progress, and at last a result or an error.
type streamed struct {
	Progress *Progress       `json:"progress,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"`
	Error    string          `json:"error,omitempty"`
}

// answerStream answers with lines: progress as it is told, and how it ended.
func answerStream(w http.ResponseWriter, run func(tell func(Progress)) (any, error)) {
	w.Header().Set("Content-Type", "application/jsonl")
	var mu sync.Mutex
	var told time.Time
	line := func(s streamed) {
		// A client that has gone is told by its context.
		_ = json.NewEncoder(w).Encode(s)
		_ = http.NewResponseController(w).Flush()
	}
	v, err := run(func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(told) >= progressInterval {
			told = now
			line(streamed{Progress: &p})
		}
	})
	var result json.RawMessage
	if err == nil {
		result, err = json.Marshal(v)
	}
	mu.Lock()
	defer mu.Unlock()
	if err != nil {
		line(streamed{Error: err.Error()})
		return
	}
	line(streamed{Result: result})
}

// stream asks for something to be done, however long it takes; tell hears of progress,
// and may be nil. What comes of it is read into v.
func (c *Client) stream(ctx context.Context, path string, q url.Values, tell func(Progress), v any) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://orbit"+path+"?"+q.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	return c.eachLine(req, func(line []byte) (done bool, err error) {
		var s streamed
		if err := json.Unmarshal(line, &s); err != nil {
			return false, fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
		}
		switch {
		case s.Error != "":
			return false, errors.New(s.Error)
		case s.Result != nil:
			return true, json.Unmarshal(s.Result, v)
		case s.Progress != nil && tell != nil:
			tell(*s.Progress)
		}
		return false, nil
	})
}

// eachLine asks, and gives fn each line of the answer until it is done with them.
func (c *Client) eachLine(req *http.Request, fn func(line []byte) (done bool, err error)) (err error) {
	res, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		said, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		return errors.Join(c.refusal(res, said), err)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if done, err := fn(lines.Bytes()); done || err != nil {
			return err
		}
	}
	if err := errors.Join(req.Context().Err(), lines.Err()); err != nil {
		return fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
	}
	return fmt.Errorf("the server of %s ended before it was done", c.dir)
}
