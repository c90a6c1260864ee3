package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/orbit-server/orbit/internal/changefeed"
)

// KeyScope is keys that somebody looks at: one, or those of a database that begin with a
// prefix.
type KeyScope struct {
	DB     int
	Prefix []byte
	Exact  bool
}

// TableScope is a table that somebody looks at.
type TableScope struct {
	Database string
	OID      uint32
}

// Following is told of changes: see changefeed.Follower.
type Following interface {
	Changed() <-chan struct{}
	Leave()
}

// Follower is a Source's part for those who look at data that others change.
type Follower interface {
	// FollowKeys and FollowTable begin to tell of changes. ErrOff as before, and
	// changefeed.ErrFull.
	FollowKeys(of KeyScope) (Following, error)
	FollowTable(of TableScope) (Following, error)
}

const (
	// changeGather is how long the server waits after a change, for it to be seen and for
	// others that come with it; changePause is between two lines.
	changeGather = 10 * time.Millisecond
	changePause  = 100 * time.Millisecond
	// changeWrite is how long a client may take to read a line.
	changeWrite = 10 * time.Second
)

// changeRoutes serve lines that say that something changed, until the client goes or the
// server stops, and a first one when changes are followed.
func changeRoutes(mux *http.ServeMux, source Source, stopping <-chan struct{}) {
	mux.Handle("GET /redis/changes", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		q := queryReader{values: r.URL.Query()}
		of := KeyScope{DB: q.int("db", 0), Prefix: q.bytes("prefix"), Exact: q.values.Has("exact")}
		if q.err != nil {
			answerError(w, http.StatusBadRequest, q.err.Error())
			return
		}
		f, err := source.FollowKeys(of)
		tellChanges(w, r, f, err, stopping)
	}))
	mux.Handle("GET /postgres/changes", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		oid, err := strconv.ParseUint(r.URL.Query().Get("oid"), 10, 32)
		if err != nil {
			answerError(w, http.StatusBadRequest, "a table's oid is wanted: "+err.Error())
			return
		}
		f, err := source.FollowTable(TableScope{Database: r.URL.Query().Get("database"), OID: uint32(oid)})
		tellChanges(w, r, f, err, stopping)
	}))
}

func tellChanges(w http.ResponseWriter, r *http.Request, f Following, err error, stopping <-chan struct{}) {
	switch {
	case errors.Is(err, changefeed.ErrFull):
		answerError(w, http.StatusServiceUnavailable, err.Error())
		return
	case err != nil:
		answerError(w, http.StatusNotFound, err.Error())
		return
	}
	defer f.Leave()
	w.Header().Set("Content-Type", "application/jsonl")
	out := http.NewResponseController(w)
	line := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(changeWrite)) // a pipe has none
		_, err := w.Write([]byte(text))
		return err == nil && out.Flush() == nil
	}
	pause := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return true
		case <-r.Context().Done():
		case <-stopping:
		}
		return false
	}
	if !line("{\"following\":true}\n") {
		return
	}
	for {
		select {
		case <-f.Changed():
		case <-r.Context().Done():
			return
		case <-stopping:
			return
		}
		if !pause(changeGather) || !line("{\"changed\":true}\n") || !pause(changePause) {
			return
		}
	}
}

// FollowKeys calls changed when the server tells that it follows keys, and then soon after
// they changed, until ctx ends or the server is gone.
func (c *Client) FollowKeys(ctx context.Context, of KeyScope, changed func()) error {
	q := url.Values{}
	q.Set("db", strconv.Itoa(of.DB))
	setBytes(q, "prefix", of.Prefix)
	if of.Exact {
		q.Set("exact", "")
	}
	return c.follow(ctx, "/redis/changes?"+q.Encode(), changed)
}

// FollowTable is FollowKeys for a table's rows.
func (c *Client) FollowTable(ctx context.Context, of TableScope, changed func()) error {
	q := url.Values{}
	q.Set("database", of.Database)
	q.Set("oid", strconv.FormatUint(uint64(of.OID), 10))
	return c.follow(ctx, "/postgres/changes?"+q.Encode(), changed)
}

func (c *Client) follow(ctx context.Context, path string, changed func()) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://orbit"+path, http.NoBody)
	if err != nil {
		return err
	}
	return c.eachLine(req, func([]byte) (bool, error) {
		changed()
		return false, nil
	})
}
