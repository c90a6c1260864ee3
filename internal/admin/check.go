package admin

import (
	"context"
	"net/http"
	"net/url"

	"github.com/orbit-server/orbit/internal/redis/survey"
)

// CheckOptions say what a check is to do.
type CheckOptions struct {
	// Mend mends what can be mended without loss. Only of a directory that no server
	// holds.
	Mend bool
}

// Checked is what a check of a part of the data directory found. Fields are only ever
// added.
type Checked struct {
	// Part is redis or postgres, or unused: data in Place that neither uses with the
	// present settings.
	Part  string `json:"part"`
	Place string `json:"place,omitempty"` // of unused data in the directory, such as actors/redis
	Keys  int64  `json:"keys"`            // of the store that were read
	Bytes int64  `json:"bytes"`
	// Fault is what is damaged, and where reading ended; absent if nothing is.
	Fault string `json:"fault,omitempty"`
	// Damage is all that was found damaged, one text for each file; Fault is the first.
	Damage []string `json:"damage,omitempty"`
	// Faults are the first MaxFaults of what does not agree with the rest, and Counts
	// how many there are in all, by their codes.
	Faults []Fault          `json:"faults,omitempty"`
	Counts map[string]int64 `json:"fault_counts,omitempty"`
	// Mendable is how many of them orbit check --repair can mend.
	Mendable int64 `json:"mendable,omitempty"`
	// Mended counts what was mended, by codes; Faults and Counts are what is left then.
	Mended map[string]int64 `json:"mended,omitempty"`
}

// Fault is something that does not agree with the rest of the data. Where it is, is
// told as far as it is there: a database's number and a key, or database, schema,
// relation, index and row.
type Fault struct {
	Code     string       `json:"code"`
	DB       *int         `json:"db,omitempty"`
	Key      *survey.Name `json:"key,omitempty"`
	Database string       `json:"database,omitempty"`
	Schema   string       `json:"schema,omitempty"`
	Relation string       `json:"relation,omitempty"`
	Index    string       `json:"index,omitempty"`
	Row      string       `json:"row,omitempty"`
	Expected string       `json:"expected"`
	Found    string       `json:"found"`
	// Mendable says that orbit check --repair can mend it.
	Mendable bool `json:"mendable"`
}

// MaxFaults is how many faults of a part are listed; more are counted.
const MaxFaults = 1000

// Well says that nothing was found.
func (c *Checked) Well() bool { return c.Fault == "" && len(c.Counts) == 0 }

// checkRoute serves POST /check?mend=1: progress, a line each, and what was found.
func checkRoute(mux *http.ServeMux, source Source) {
	mux.Handle("POST /check", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		o := CheckOptions{Mend: r.URL.Query().Get("mend") == "1"}
		answerStream(w, func(tell func(Progress)) (any, error) { return source.Check(r.Context(), o, tell) })
	}))
}

// Check has all that is stored read, and sees whether it agrees. tell hears of
// progress, and may be nil.
func (c *Client) Check(ctx context.Context, o CheckOptions, tell func(Progress)) (v []Checked, err error) {
	q := url.Values{}
	if o.Mend {
		q.Set("mend", "1")
	}
	err = c.stream(ctx, "/check", q, tell, &v)
	return v, err
}
