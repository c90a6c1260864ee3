package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/orbit-server/orbit/internal/redis/survey"
)

// KeyList says which keys GET /redis/keys lists, and in which order. See
// survey.ListOptions.
type KeyList struct {
	Filter KeyFilter
	Prefix []byte
	Fuzzy  string
	Order  string
	Limit  int
	Budget time.Duration
}

// keyRoutes serve what there is to see of keys.
func keyRoutes(mux *http.ServeMux, source Source) {
	mux.Handle("GET /redis/survey", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		q := queryReader{values: r.URL.Query()}
		o := survey.Options{Separator: q.values.Get("separator"), Top: q.int("top", 10), Budget: q.budget()}
		if q.err != nil {
			answerError(w, http.StatusBadRequest, q.err.Error())
			return
		}
		found, err := source.Survey(r.Context(), o)
		answerOr(w, found, err)
	}))
	mux.Handle("GET /redis/keys", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		q := queryReader{values: r.URL.Query()}
		l := KeyList{
			Prefix: q.bytes("prefix"), Fuzzy: q.values.Get("fuzzy"),
			Order: q.values.Get("order"), Limit: q.int("limit", 100), Budget: q.budget(),
		}
		f, err := filterOf(q.values)
		if err = errors.Join(err, q.err); err != nil {
			answerError(w, http.StatusBadRequest, err.Error())
			return
		}
		l.Filter = f
		found, err := source.ListKeys(r.Context(), l)
		answerOr(w, found, err)
	}))
}

// answerOr answers with v, or with why there is none.
func answerOr(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, ErrOff):
		answerError(w, http.StatusNotFound, err.Error())
	case err != nil:
		answerError(w, http.StatusInternalServerError, err.Error())
	default:
		answer(w, http.StatusOK, v)
	}
}

// queryReader reads numbers of a query. Its first error sticks.
type queryReader struct {
	values url.Values
	err    error
}

func (q *queryReader) int(name string, otherwise int) int {
	text := q.values.Get(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if (err != nil || n < 0) && q.err == nil {
		q.err = fmt.Errorf("%s %q is no number from 0 on", name, text)
	}
	return n
}

// budget is how long a walk may take, 0 if nothing is said of it.
func (q *queryReader) budget() time.Duration {
	return time.Duration(q.int("budget_ms", 0)) * time.Millisecond
}

// Survey asks what keys there are.
func (c *Client) Survey(ctx context.Context, o survey.Options) (*survey.Survey, error) {
	q := url.Values{"separator": {o.Separator}}
	q.Set("top", strconv.Itoa(o.Top))
	q.Set("budget_ms", strconv.FormatInt(o.Budget.Milliseconds(), 10))
	var found survey.Survey
	return &found, c.getJSON(ctx, "/redis/survey?"+q.Encode(), &found)
}

// ListKeys asks for a list of keys.
func (c *Client) ListKeys(ctx context.Context, l KeyList) (*survey.Listing, error) {
	q := l.Filter.query()
	setBytes(q, "prefix", l.Prefix)
	q.Set("fuzzy", l.Fuzzy)
	q.Set("order", l.Order)
	q.Set("limit", strconv.Itoa(l.Limit))
	q.Set("budget_ms", strconv.FormatInt(l.Budget.Milliseconds(), 10))
	var found survey.Listing
	return &found, c.getJSON(ctx, "/redis/keys?"+q.Encode(), &found)
}

func (c *Client) getJSON(ctx context.Context, path string, v any) error {
	body, err := c.get(ctx, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("admin endpoint of %s: %w", c.dir, err)
	}
	return nil
}
