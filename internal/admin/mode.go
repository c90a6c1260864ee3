package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Place is where a protocol's data is.
type Place struct {
	Mode string `json:"mode"`
	// ActorPersistence is what of actors' data outlives the process.
	ActorPersistence string `json:"actor_persistence"`
	// SavedAt is when the last complete snapshot was taken, absent if there is none.
	SavedAt *time.Time `json:"saved_at,omitempty"`
}

// ModeChange asks for another mode.
type ModeChange struct {
	Protocol string `json:"protocol"` // redis or postgres
	Mode     string `json:"mode"`     // persistent or actor
	Discard  bool   `json:"discard"`  // begin empty
	Replace  bool   `json:"replace"`  // remove what is there from an earlier time
}

// ModeProgress is how far a change has come.
type ModeProgress struct {
	Keys       int64 `json:"keys"` // of the store
	Bytes      int64 `json:"bytes"`
	TotalBytes int64 `json:"total_bytes"` // an estimate
	// Done and Error are in the last line only.
	Done  bool   `json:"done,omitempty"`
	Error string `json:"error,omitempty"`
}

// modeRoute serves changes of modes: progress, a line each, and how it ended.
func modeRoute(mux *http.ServeMux, source Source) {
	mux.Handle("POST /mode", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		var change ModeChange
		if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&change); err != nil {
			answerError(w, http.StatusBadRequest, "a change of mode as JSON is wanted: "+err.Error())
			return
		}
		w.Header().Set("Content-Type", "application/jsonl")
		var mu sync.Mutex
		var last ModeProgress
		tell := func(p ModeProgress) {
			mu.Lock()
			defer mu.Unlock()
			last = p
			// A client that has gone is told by its context.
			_ = json.NewEncoder(w).Encode(p)
			_ = http.NewResponseController(w).Flush()
		}
		err := source.ChangeMode(r.Context(), change, tell)
		last.Done = err == nil
		if err != nil {
			last.Error = err.Error()
		}
		tell(last)
	}))
}

// ChangeMode has the server move a protocol's data into the other kind of storage.
// When ctx ends before it is done everything stays as it was.
func (c *Client) ChangeMode(ctx context.Context, change ModeChange, progress func(ModeProgress)) (err error) {
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://orbit/mode", bytes.NewReader(body))
	if err != nil {
		return err
	}
	return c.eachLine(req, func(line []byte) (done bool, err error) {
		var p ModeProgress
		if err := json.Unmarshal(line, &p); err != nil {
			return false, fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
		}
		if p.Error != "" {
			return false, errors.New(p.Error)
		}
		progress(p)
		return p.Done, nil
	})
}
