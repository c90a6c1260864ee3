package survey

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/storage"
)

// WalkOptions choose keys of one database that are looked at in order of their names,
// some at a time.
type WalkOptions struct {
	DB     int
	Prefix []byte
	// From is where to begin, nil for the first. With Back the keys before it are
	// walked, the last of all if it is nil.
	From []byte
	Back bool
	// Filter chooses among them, and Fuzzy too: its letters are in the name, in order.
	Filter dataset.Filter
	Fuzzy  string
	// Limit is how many rows are returned, at which the walk ends. 0 is none: the keys
	// are counted.
	Limit int
	// Budget is how long the walk may take; 0 is as long as it takes.
	Budget time.Duration
}

// Walked is what a walk found, in the order of the names whichever way it went.
type Walked struct {
	Rows []KeyRow `json:"rows"`
	// Keys and Bytes are of those that were chosen, Looked of all that were looked at.
	Keys   int64 `json:"keys"`
	Bytes  int64 `json:"bytes"`
	Looked int64 `json:"looked"`
	// Next is where the walk goes on; absent if there are no more. An empty name can
	// only be the first.
	Next Name `json:"next,omitempty"`
}

// Walk looks at keys as they are now.
func Walk(ks *keyspace.Keyspace, o WalkOptions) (*Walked, error) {
	out := &Walked{Rows: []KeyRow{}}
	until := time.Now().Add(o.Budget)
	fuzzy := []rune(strings.ToLower(o.Fuzzy))
	var last []byte
	err := ks.Walk(o.DB, o.Prefix, o.From, o.Back, func(k *keyspace.Key) (keyspace.Step, error) {
		over := o.Limit > 0 && len(out.Rows) >= o.Limit
		if out.Looked%budgetStep == budgetStep-1 && o.Budget > 0 {
			over = over || time.Now().After(until)
		}
		if over {
			out.Next = slices.Clone(k.Name())
			if o.Back {
				out.Next = last // what is before it is walked next
			}
			return keyspace.Step{Stop: true}, nil
		}
		out.Looked++
		if o.Back {
			last = append(last[:0:0], k.Name()...)
		}
		if !o.Filter.Chooses(k) || !subsequence(fuzzy, k.Name()[len(o.Prefix):]) {
			return keyspace.Step{}, nil
		}
		size := k.Footprint()
		out.Keys++
		out.Bytes += size
		if o.Limit > 0 {
			out.Rows = append(out.Rows, KeyRow{
				DB: o.DB, Key: slices.Clone(k.Name()), Type: k.Type.String(), Elements: k.Size, Bytes: size, Expire: k.Expire,
			})
		}
		return keyspace.Step{}, nil
	})
	if o.Back {
		slices.Reverse(out.Rows)
	}
	return out, err
}

// subsequence tells whether letters, in lower case, are in a name, in order.
func subsequence(letters []rune, name []byte) bool {
	for len(letters) > 0 && len(name) > 0 {
		r, n := utf8.DecodeRune(name)
		if unicode.ToLower(r) == letters[0] {
			letters = letters[1:]
		}
		name = name[n:]
	}
	return len(letters) == 0
}

// ChildrenOptions choose a level of the tree that a separator makes of names.
type ChildrenOptions struct {
	DB        int
	Prefix    []byte
	Separator []byte
	From      []byte // where to begin, nil for the first
	Limit     int
	Budget    time.Duration
}

// Children are the prefixes that go on behind a prefix up to the next separator, with
// it: each stands for a branch of the tree.
type Children struct {
	Prefixes []Name `json:"prefixes"`
	// Next is where to go on; absent if there are no more.
	Next Name `json:"next,omitempty"`
}

// ListChildren finds the branches of a level. It passes over what is in them, so that
// its cost grows with their number, and with that of the names that are no branches.
func ListChildren(ks *keyspace.Keyspace, o ChildrenOptions) (*Children, error) {
	out := &Children{Prefixes: []Name{}}
	if len(o.Separator) == 0 {
		return out, nil
	}
	until := time.Now().Add(o.Budget)
	looked := 0
	err := ks.Walk(o.DB, o.Prefix, o.From, false, func(k *keyspace.Key) (keyspace.Step, error) {
		looked++
		if len(out.Prefixes) >= o.Limit || o.Budget > 0 && looked%budgetStep == 0 && time.Now().After(until) {
			out.Next = slices.Clone(k.Name())
			return keyspace.Step{Stop: true}, nil
		}
		i := bytes.Index(k.Name()[len(o.Prefix):], o.Separator)
		if i < 0 {
			return keyspace.Step{}, nil
		}
		child := slices.Clone(k.Name()[:len(o.Prefix)+i+len(o.Separator)])
		out.Prefixes = append(out.Prefixes, child)
		end := storage.PrefixEnd(child)
		return keyspace.Step{Seek: end, Stop: end == nil}, nil
	})
	return out, err
}
