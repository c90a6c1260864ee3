package survey

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/orbit-server/orbit/internal/redis/dataset"
	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// KeyRow is a key as lists show it.
type KeyRow struct {
	DB   int    `json:"db"`
	Key  Name   `json:"key"`
	Type string `json:"type"`
	// Elements are members, elements, fields or entries; a string's bytes.
	Elements int64 `json:"elements"`
	Bytes    int64 `json:"bytes"`
	// Expire is unix milliseconds; absent if the key does not expire.
	Expire int64 `json:"expire_ms,omitempty"`
}

// Name is a key's name, which may have any bytes: in JSON it is a string, or an object
// with its hexadecimal digits if it is not UTF-8.
type Name []byte

// MarshalJSON is json.Marshaler's.
func (n Name) MarshalJSON() ([]byte, error) {
	if utf8.Valid(n) {
		return json.Marshal(string(n))
	}
	return json.Marshal(map[string]string{"hex": fmt.Sprintf("%x", []byte(n))})
}

// UnmarshalJSON is json.Unmarshaler's.
func (n *Name) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		err := json.Unmarshal(b, &s)
		*n = Name(s)
		return err
	}
	var object struct {
		Hex string `json:"hex"`
	}
	if err := json.Unmarshal(b, &object); err != nil {
		return err
	}
	_, err := fmt.Sscanf(object.Hex, "%x", (*[]byte)(n))
	return err
}

// Orders are the orders of a list: by name, largest first, most elements first, first
// to expire first.
var Orders = []string{"name", "size", "elements", "ttl"}

// ListOptions choose keys for a list.
type ListOptions struct {
	Filter dataset.Filter
	// Fuzzy is as in WalkOptions.
	Fuzzy string
	Order string
	Limit int
	// Budget is how long the walk may take; 0 is as long as it takes.
	Budget time.Duration
}

// Listing is a list of keys.
type Listing struct {
	Keys []KeyRow `json:"keys"`
	// Matched is how many keys were found, of which the list has the first. Partial
	// says that time was over before all were looked at.
	Matched int64 `json:"matched"`
	Partial bool  `json:"partial,omitempty"`
}

// List lists the keys of a snapshot that a filter chooses.
func List(snap *keyspace.Snapshot, o ListOptions) (*Listing, error) {
	before := map[string]func(a, b *KeyRow) bool{
		"size":     func(a, b *KeyRow) bool { return a.Bytes > b.Bytes },
		"elements": func(a, b *KeyRow) bool { return a.Elements > b.Elements },
		"ttl":      func(a, b *KeyRow) bool { return a.Expire < b.Expire },
		"name":     nil,
	}
	less, known := before[o.Order]
	if !known {
		return nil, fmt.Errorf("there is no order %q: use %s", o.Order, strings.Join(Orders, ", "))
	}
	out, found := &Listing{}, top{limit: o.Limit, before: less}
	until := time.Now().Add(o.Budget)
	seen, fuzzy := 0, []rune(strings.ToLower(o.Fuzzy))
	for db := range snap.Databases() {
		if len(o.Filter.Databases) > 0 && !slices.Contains(o.Filter.Databases, db) || out.Partial {
			continue
		}
		err := snap.EachKey(db, o.Filter.Prefix, func(k *keyspace.Key) (bool, error) {
			if seen++; seen%budgetStep == 0 && o.Budget > 0 && time.Now().After(until) {
				out.Partial = true
				return false, nil
			}
			if !o.Filter.Chooses(k) || o.Order == "ttl" && k.Expire == 0 || !subsequence(fuzzy, k.Name()[len(o.Filter.Prefix):]) {
				return true, nil
			}
			out.Matched++
			found.offer(db, k, k.Footprint())
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	out.Keys = found.rows()
	return out, nil
}

// top keeps the first rows of an order, or those that came first if there is none.
type top struct {
	limit  int
	before func(a, b *KeyRow) bool
	kept   []KeyRow
}

func (t *top) offer(db int, k *keyspace.Key, size int64) {
	row := KeyRow{DB: db, Type: k.Type.String(), Elements: k.Size, Bytes: size, Expire: k.Expire}
	if len(t.kept) >= t.limit {
		// The rows are cut down now and then: until then the last one to keep decides.
		if t.before == nil || t.limit == 0 || len(t.kept) == t.limit && !t.before(&row, &t.kept[t.limit-1]) {
			return
		}
	}
	row.Key = Name(slices.Clone(k.Name()))
	t.kept = append(t.kept, row)
	if t.before != nil && (len(t.kept) == t.limit || len(t.kept) >= 2*t.limit+budgetStep) {
		t.cut()
	}
}

func (t *top) cut() {
	slices.SortStableFunc(t.kept, func(a, b KeyRow) int {
		switch {
		case t.before(&a, &b):
			return -1
		case t.before(&b, &a):
			return 1
		}
		return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(string(a.Key), string(b.Key)))
	})
	t.kept = t.kept[:min(len(t.kept), t.limit)]
}

func (t *top) rows() []KeyRow {
	if t.before != nil {
		t.cut()
	}
	if t.kept == nil {
		return []KeyRow{}
	}
	return t.kept
}
