package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
)

// KeyFilter chooses keys of the Redis half. The zero value chooses all.
type KeyFilter struct {
	Databases []int    // all when empty
	Match     []string // glob patterns, of which one must match; all keys when empty
	Types     []string // names that TYPE replies; all when empty
	// NoFunctions leaves out libraries of functions.
	NoFunctions bool
}

func (f *KeyFilter) query() url.Values {
	q := url.Values{"match": f.Match, "type": f.Types}
	for _, db := range f.Databases {
		q.Add("db", strconv.Itoa(db))
	}
	if f.NoFunctions {
		q.Set("functions", "no")
	}
	return q
}

func filterOf(q url.Values) (f KeyFilter, err error) {
	f.Match, f.Types, f.NoFunctions = q["match"], q["type"], q.Get("functions") == "no"
	for _, text := range q["db"] {
		db, err := strconv.Atoi(text)
		if err != nil || db < 0 {
			return f, fmt.Errorf("db %q is no database", text)
		}
		f.Databases = append(f.Databases, db)
	}
	return f, nil
}

// Trailers of a stream: what ended it before it was whole, or the SavedKeys in it.
const (
	trailerError = "Orbit-Error"
	trailerSaved = "Orbit-Saved"
)

// rdbRoutes serve /redis/rdb: GET is the keys as of one moment, as an RDB file; POST
// loads such a file.
func rdbRoutes(mux *http.ServeMux, source Source) {
	mux.Handle("GET /redis/rdb", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		f, err := filterOf(r.URL.Query())
		if err != nil {
			answerError(w, http.StatusBadRequest, err.Error())
			return
		}
		w.Header()["Trailer"] = []string{trailerError, trailerSaved}
		out := &lateHeader{w: w}
		saved, err := source.SaveRDB(r.Context(), out, f)
		if err == nil {
			w.Header().Set(trailerSaved, fmt.Sprintf("%d %d", saved.Keys, saved.Functions))
			return
		}
		if !out.begun {
			status := http.StatusInternalServerError
			if errors.Is(err, ErrOff) {
				status = http.StatusNotFound
			}
			answerError(w, status, err.Error())
			return
		}
		w.Header().Set(trailerError, err.Error())
	}))
	mux.Handle("POST /redis/rdb", ownerOnly(func(w http.ResponseWriter, r *http.Request) {
		f, err := filterOf(r.URL.Query())
		if err != nil {
			answerError(w, http.StatusBadRequest, err.Error())
			return
		}
		loaded, err := source.LoadRDB(r.Context(), r.Body, f)
		if errors.Is(err, ErrNotEmpty) {
			answerError(w, http.StatusConflict, err.Error())
			return
		}
		answerOr(w, loaded, err)
	}))
}

// SavedKeys is what was saved.
type SavedKeys struct{ Keys, Functions int64 }

// LoadedKeys is what was loaded.
type LoadedKeys struct {
	Keys      int64 `json:"keys"`
	Functions int64 `json:"functions"`
	Expired   int64 `json:"expired"`
	Empty     int64 `json:"empty"`
	Modules   int64 `json:"modules"`
}

// ErrNotEmpty says that there are keys or libraries already: an RDB file is taken as a
// whole, or not at all, and only by who has none.
var ErrNotEmpty = errors.New("there is data already")

// LoadRDB loads an RDB file into a keyspace without keys: all of it or nothing.
func (c *Client) LoadRDB(ctx context.Context, in io.Reader, f KeyFilter) (loaded LoadedKeys, err error) {
	if c.source != nil {
		body := &input{Reader: in}
		loaded, err = c.source.LoadRDB(ctx, body, f)
		if failed := body.err.Load(); failed != nil {
			err = &InputError{*failed}
		}
		return loaded, err
	}
	body := &input{Reader: in}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://orbit/redis/rdb?"+f.query().Encode(), body)
	if err != nil {
		return loaded, err
	}
	res, err := c.http.Do(req)
	if failed := body.err.Load(); failed != nil {
		if err == nil {
			_ = res.Body.Close() // what was sent is not whole, whatever is answered
		}
		return loaded, &InputError{*failed}
	}
	if err != nil {
		return loaded, c.unreachable(err)
	}
	said, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return loaded, c.unreachable(err)
	}
	switch res.StatusCode {
	case http.StatusOK:
		err = json.Unmarshal(said, &loaded)
		return loaded, err
	case http.StatusConflict:
		return loaded, ErrNotEmpty
	}
	return loaded, c.refusal(res, said)
}

// input is what is sent to the server, and notes why it could not be read.
type input struct {
	io.Reader
	err atomic.Pointer[error]
}

func (i *input) Read(p []byte) (int, error) {
	n, err := i.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		i.err.Store(&err)
	}
	return n, err
}

// InputError is one of reading what was to be sent.
type InputError struct{ error }

func (e *InputError) Unwrap() error { return e.error }

// ErrOff says that the server does not serve the protocol that was asked for.
var ErrOff = errors.New("this server does not serve it")

// lateHeader notes whether the answer has begun: until then it can still be an error.
type lateHeader struct {
	w     http.ResponseWriter
	begun bool
}

func (l *lateHeader) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/octet-stream")
	}
	return l.w.Write(b)
}

// SaveRDB writes the keys as an RDB file, consistent as of one moment. The file is whole
// unless there is an error.
func (c *Client) SaveRDB(ctx context.Context, out io.Writer, f KeyFilter) (saved SavedKeys, err error) {
	if c.source != nil {
		return c.source.SaveRDB(ctx, out, f)
	}
	in, err := c.rdb(ctx, f)
	if err != nil {
		return saved, err
	}
	if _, err = io.CopyBuffer(onlyWriter{out}, in, make([]byte, copySize)); err == nil {
		if _, err = fmt.Sscanf(in.res.Trailer.Get(trailerSaved), "%d %d", &saved.Keys, &saved.Functions); err != nil {
			err = fmt.Errorf("the server's answer does not say what it holds: %w", err)
		}
	}
	return saved, errors.Join(err, in.Close())
}

// copySize is what passes at a time.
const copySize = 256 << 10

// onlyWriter hides what else a writer can do: the buffer that is given is larger than
// the ones of ReadFrom.
type onlyWriter struct{ io.Writer }

// RDB reads the keys as an RDB file, consistent as of one moment. A file that is not
// whole ends with an error instead of io.EOF.
func (c *Client) RDB(ctx context.Context, f KeyFilter) (io.ReadCloser, error) {
	if c.source == nil {
		return c.rdb(ctx, f)
	}
	p := &piped{done: make(chan struct{})}
	var to *io.PipeWriter
	p.PipeReader, to = io.Pipe()
	go func() {
		defer close(p.done)
		_, err := c.source.SaveRDB(ctx, to, f)
		_ = to.CloseWithError(err) // never fails
	}()
	return p, nil
}

// piped is a file that this process saves while it is read.
type piped struct {
	*io.PipeReader
	done chan struct{}
}

// Close returns once nothing is saved any more.
func (p *piped) Close() error {
	err := p.PipeReader.Close()
	<-p.done
	return err
}

func (c *Client) rdb(ctx context.Context, f KeyFilter) (*stream, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://orbit/redis/rdb?"+f.query().Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if res.StatusCode != http.StatusOK {
		body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		return nil, errors.Join(c.refusal(res, body), err, res.Body.Close())
	}
	return &stream{res}, nil
}

// stream is an answer whose trailer tells what went wrong on the way.
type stream struct{ res *http.Response }

func (s *stream) Read(b []byte) (int, error) {
	n, err := s.res.Body.Read(b)
	if errors.Is(err, io.EOF) {
		if text := s.res.Trailer.Get(trailerError); text != "" {
			return n, errors.New(text)
		}
	}
	return n, err
}

func (s *stream) Close() error { return s.res.Body.Close() }
