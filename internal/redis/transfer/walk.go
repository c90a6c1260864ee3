package transfer

import (
	"errors"
	"fmt"
	"io"

	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// Sink takes the entries of a file in its own form.
type Sink interface {
	// Function is a library's code.
	Function(code []byte) error
	// Key takes one key, whose value it reads.
	Key(e *rdb.Entry, r *rdb.Reader) error
}

// Stats is what a walk has met.
type Stats struct {
	Keys      int64 `json:"keys"`
	Functions int64 `json:"functions"`
	// Empty are collections without members, which old servers could write, Modules
	// values of modules, Expired keys whose time was over: none of them is handed on.
	Empty   int64 `json:"empty,omitempty"`
	Modules int64 `json:"modules,omitempty"`
	Expired int64 `json:"expired,omitempty"`
	// Commands are those of an append-only file.
	Commands int64 `json:"commands,omitempty"`
}

// Options of a walk.
type Options struct {
	// Now is the time in unix milliseconds by which keys have expired; 0: none has.
	Now int64
	// Chooses decides on keys, all when nil. The type is rdb's name of it.
	Chooses func(db int, key []byte, kind rdb.Kind) bool
	// NoFunctions leaves out libraries.
	NoFunctions bool
}

// Walk reads an RDB file to its end and hands its entries on. rest is what follows it
// in an append-only file.
func Walk(in io.Reader, to Sink, o Options) (s Stats, rest io.Reader, err error) {
	r, err := rdb.NewReader(in)
	if err != nil {
		return s, nil, err
	}
	for {
		e, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return s, r.Rest(), nil
		case err != nil:
			return s, nil, err
		case e.Key != nil:
			err = s.key(r, &e, to, &o)
		case e.Aux == nil && !o.NoFunctions:
			s.Functions++
			err = to.Function(e.Function)
		}
		if err != nil {
			return s, nil, err
		}
	}
}

func (s *Stats) key(r *rdb.Reader, e *rdb.Entry, to Sink, o *Options) error {
	kind, known := r.Kind()
	switch {
	case e.Expire != 0 && e.Expire <= o.Now:
		s.Expired++
		return r.Value(rdb.Skip{})
	case o.Chooses != nil && !(known && o.Chooses(e.DB, e.Key, kind)):
		return r.Value(rdb.Skip{})
	}
	err := to.Key(e, r)
	switch {
	case errors.Is(err, rdb.ErrEmpty):
		s.Empty++
		return nil
	case errors.Is(err, rdb.ErrModule) && !errors.Is(err, rdb.ErrFormat):
		s.Modules++
		return nil
	case err != nil:
		return fmt.Errorf("key %.100q of database %d: %w", e.Key, e.DB, err)
	}
	s.Keys++
	return nil
}
