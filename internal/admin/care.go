package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"time"
)

// Carer is the part of a Source that looks after the data directory.
type Carer interface {
	// Checkpoint writes a copy of the data directory into dir, an absolute path which
	// must not exist. It is gone again if ctx ends or the copy fails.
	Checkpoint(ctx context.Context, dir string) (Checkpoint, error)
	// Compact reclaims the space of what was deleted and overwritten in a part of the
	// directory, or in all of them if it is empty. tell hears of progress.
	Compact(ctx context.Context, part string, tell func(Progress)) ([]Compaction, error)
	// Check reads all that is stored and sees whether it agrees, as of one moment.
	Check(ctx context.Context, o CheckOptions, tell func(Progress)) ([]Checked, error)
}

// Checkpoint is what a copy of the data directory holds.
type Checkpoint struct {
	// Each store is as of one moment between the two.
	Began time.Time `json:"began_at"`
	Ended time.Time `json:"ended_at"`
	// Notes say what is not in it.
	Notes []string `json:"notes,omitempty"`
}

// Compaction is what compacting a part of the data directory did. Fields are only
// ever added.
type Compaction struct {
	Part   string `json:"part"`         // redis or postgres
	Before uint64 `json:"bytes_before"` // on disk
	After  uint64 `json:"bytes_after"`
}

// careRoutes serve POST /checkpoint?dir=PATH, and POST /compact?part=PART: progress, a
// line each, and what was done.
func careRoutes(mux *http.ServeMux, source Carer) {
	mux.Handle("POST /checkpoint", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		dir := r.URL.Query().Get("dir")
		if !filepath.IsAbs(dir) {
			answerError(w, http.StatusBadRequest, "dir must be an absolute path")
			return
		}
		c, err := source.Checkpoint(r.Context(), dir)
		answerWith(w, c, err)
	}))
	mux.Handle("POST /compact", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		part := r.URL.Query().Get("part")
		answerStream(w, func(tell func(Progress)) (any, error) { return source.Compact(r.Context(), part, tell) })
	}))
}

// answerWith answers with v, or with an error.
func answerWith(w http.ResponseWriter, v any, err error) {
	if err != nil {
		answerError(w, statusOf(err), err.Error())
		return
	}
	answer(w, http.StatusOK, v)
}

func statusOf(err error) int {
	if errors.Is(err, ErrOff) {
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}

// Checkpoint has the server write a copy of the data directory into dir, an absolute
// path on its machine, which is this one.
func (c *Client) Checkpoint(ctx context.Context, dir string) (v Checkpoint, err error) {
	err = c.post(ctx, "/checkpoint?"+url.Values{"dir": {dir}}.Encode(), &v)
	return v, err
}

// Compact has the server reclaim space in a part of the data directory, or in all. tell
// hears of progress, and may be nil.
func (c *Client) Compact(ctx context.Context, part string, tell func(Progress)) (v []Compaction, err error) {
	err = c.stream(ctx, "/compact", url.Values{"part": {part}}, tell, &v)
	return v, err
}

// post asks for something to be done, however long it takes, and reads the answer.
func (c *Client) post(ctx context.Context, path string, v any) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://orbit"+path, http.NoBody)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
	}
	if res.StatusCode != http.StatusOK {
		return c.refusal(res, body)
	}
	return json.Unmarshal(body, v)
}
