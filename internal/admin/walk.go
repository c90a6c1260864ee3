package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/orbit-server/orbit/internal/redis/survey"
)

// KeyWalk says which keys of a database GET /redis/walk looks at, in order of their
// names, and how many of them it returns. See survey.WalkOptions.
type KeyWalk struct {
	DB     int
	Prefix []byte
	From   []byte // nil for the first, or with Back the last
	Back   bool
	Match  string   // a glob pattern; all when empty
	Types  []string // all when empty
	Fuzzy  string
	Limit  int
	Budget time.Duration
}

// KeyLevel is a level of the tree of names that GET /redis/children lists. See
// survey.ChildrenOptions.
type KeyLevel struct {
	DB        int
	Prefix    []byte
	Separator string
	From      []byte
	Limit     int
	Budget    time.Duration
}

// walkRoutes serve keys some at a time: what is shown of them, and the tree of their
// names.
func walkRoutes(mux *http.ServeMux, source Source) {
	mux.Handle("GET /redis/walk", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		q := queryReader{values: r.URL.Query()}
		o := KeyWalk{
			DB: q.int("db", 0), Prefix: q.bytes("prefix"), From: q.bytes("from"), Back: q.values.Has("back"),
			Match: q.values.Get("match"), Types: q.values["type"], Fuzzy: q.values.Get("fuzzy"),
			Limit: q.int("limit", 0), Budget: q.budget(),
		}
		if q.err != nil {
			answerError(w, http.StatusBadRequest, q.err.Error())
			return
		}
		found, err := source.WalkKeys(r.Context(), o)
		answerOr(w, found, err)
	}))
	mux.Handle("GET /redis/children", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		q := queryReader{values: r.URL.Query()}
		o := KeyLevel{
			DB: q.int("db", 0), Prefix: q.bytes("prefix"), From: q.bytes("from"), Separator: q.values.Get("separator"),
			Limit: q.int("limit", 0), Budget: q.budget(),
		}
		if o.Separator == "" || o.Limit == 0 {
			q.err = errors.Join(q.err, errors.New("children need a separator and a limit"))
		}
		if q.err != nil {
			answerError(w, http.StatusBadRequest, q.err.Error())
			return
		}
		found, err := source.KeyChildren(r.Context(), o)
		answerOr(w, found, err)
	}))
}

// bytes is nil if there is no such parameter.
func (q *queryReader) bytes(name string) []byte {
	if !q.values.Has(name) {
		return nil
	}
	return []byte(q.values.Get(name))
}

func setBytes(q url.Values, name string, b []byte) {
	if b != nil {
		q.Set(name, string(b))
	}
}

// WalkKeys asks for keys, or how many there are.
func (c *Client) WalkKeys(ctx context.Context, o KeyWalk) (*survey.Walked, error) {
	q := url.Values{"match": {o.Match}, "type": o.Types, "fuzzy": {o.Fuzzy}}
	q.Set("db", strconv.Itoa(o.DB))
	setBytes(q, "prefix", o.Prefix)
	setBytes(q, "from", o.From)
	if o.Back {
		q.Set("back", "")
	}
	q.Set("limit", strconv.Itoa(o.Limit))
	q.Set("budget_ms", strconv.FormatInt(o.Budget.Milliseconds(), 10))
	var found survey.Walked
	return &found, c.getJSON(ctx, "/redis/walk?"+q.Encode(), &found)
}

// KeyChildren asks for the branches of a level of names.
func (c *Client) KeyChildren(ctx context.Context, o KeyLevel) (*survey.Children, error) {
	q := url.Values{"separator": {o.Separator}}
	q.Set("db", strconv.Itoa(o.DB))
	setBytes(q, "prefix", o.Prefix)
	setBytes(q, "from", o.From)
	q.Set("limit", strconv.Itoa(o.Limit))
	q.Set("budget_ms", strconv.FormatInt(o.Budget.Milliseconds(), 10))
	var found survey.Children
	return &found, c.getJSON(ctx, "/redis/children?"+q.Encode(), &found)
}
