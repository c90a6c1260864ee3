package survey

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
)

// Survey is what a walk over the keys found. It is a contract: fields are only ever
// added. Sizes are bytes of names, values and metadata, before compression.
type Survey struct {
	Databases []Database `json:"databases"` // exact; those with keys
	// Walked is the number of keys that were looked at for what follows. If it was not
	// all of them, Approximate is set, and Types, TTLs and Prefixes are extrapolated.
	Walked      int64    `json:"walked"`
	Approximate bool     `json:"approximate"`
	Types       []Group  `json:"types"`
	TTLs        []Group  `json:"ttls"`
	Prefixes    []Group  `json:"prefixes"` // the largest
	Largest     []KeyRow `json:"largest"`
}

// Database counts the keys of one database.
type Database struct {
	DB      int   `json:"db"`
	Keys    int64 `json:"keys"`
	WithTTL int64 `json:"keys_with_ttl"`
}

// Group is keys that have something in common.
type Group struct {
	Name  string `json:"name"`
	Keys  int64  `json:"keys"`
	Bytes int64  `json:"bytes"`
}

// Options of a survey.
type Options struct {
	// Separator ends a key's prefix.
	Separator string
	// Budget is how long the walk may take; 0 is as long as it takes.
	Budget time.Duration
	// Top is how many prefixes and keys are listed.
	Top int
}

// maxPrefixes bounds how many prefixes are told apart: the rest is "other".
const maxPrefixes = 100_000

const (
	noPrefix    = "(none)"
	otherPrefix = "(other)"
)

// ttlClasses are the groups of TTLs by their upper bounds.
var ttlClasses = []struct {
	name  string
	under time.Duration
}{
	{"under a minute", time.Minute},
	{"under an hour", time.Hour},
	{"under a day", 24 * time.Hour},
	{"under a week", 7 * 24 * time.Hour},
	{"a week or more", 1<<63 - 1},
}

// Take surveys a snapshot.
func Take(snap *keyspace.Snapshot, o Options) (*Survey, error) {
	w := walk{
		o: &o, snap: snap, types: map[string]*Group{}, ttls: map[string]*Group{}, prefixes: map[string]*Group{},
		largest: top{limit: o.Top, before: func(a, b *KeyRow) bool { return a.Bytes > b.Bytes }},
		out:     &Survey{Databases: []Database{}},
	}
	if o.Budget > 0 {
		w.until = time.Now().Add(o.Budget)
	}
	total := int64(0)
	for db := range snap.Databases() {
		s, err := snap.DBStats(db)
		if err != nil {
			return nil, err
		}
		if s.Keys > 0 {
			w.out.Databases = append(w.out.Databases, Database{db, s.Keys, s.Expires})
			total += s.Keys
		}
	}
	for i := range w.out.Databases {
		if err := w.database(w.out.Databases[i].DB); err != nil {
			return nil, err
		}
	}
	if w.over && w.out.Walked < total {
		w.out.Approximate = true
	}
	w.finish(total)
	return w.out, nil
}

type walk struct {
	o                     *Options
	snap                  *keyspace.Snapshot
	until                 time.Time
	over                  bool
	types, ttls, prefixes map[string]*Group
	largest               top
	out                   *Survey
}

// budgetStep is after how many keys the clock is looked at.
const budgetStep = 256

func (w *walk) database(db int) error {
	if w.over {
		return nil
	}
	return w.snap.EachKey(db, nil, func(k *keyspace.Key) (bool, error) {
		w.out.Walked++
		size := k.Footprint()
		add(w.types, k.Type.String(), size)
		add(w.ttls, ttlClass(k.Expire, w.snap.Time()), size)
		add(w.prefixes, w.prefix(k.Name()), size)
		w.largest.offer(db, k, size)
		if w.out.Walked%budgetStep == 0 && !w.until.IsZero() && time.Now().After(w.until) {
			w.over = true
		}
		return !w.over, nil
	})
}

func add(groups map[string]*Group, name string, size int64) {
	g := groups[name]
	if g == nil {
		g = &Group{Name: name}
		groups[name] = g
	}
	g.Keys++
	g.Bytes += size
}

func (w *walk) prefix(key []byte) string {
	i := bytes.Index(key, []byte(w.o.Separator))
	if i < 0 || w.o.Separator == "" {
		return noPrefix
	}
	prefix := key[:i+len(w.o.Separator)]
	if _, known := w.prefixes[string(prefix)]; !known && len(w.prefixes) >= maxPrefixes {
		return otherPrefix
	}
	return string(prefix)
}

// ttlClass names the group of a key that expires at a time, both unix milliseconds.
func ttlClass(expire, now int64) string {
	if expire == 0 {
		return "none"
	}
	left := time.Duration(expire-now) * time.Millisecond
	for _, c := range ttlClasses {
		if left < c.under {
			return c.name
		}
	}
	return ttlClasses[len(ttlClasses)-1].name
}

// finish sorts what was found, and extrapolates it to all keys.
func (w *walk) finish(total int64) {
	scale := 1.0
	if w.out.Approximate {
		scale = float64(total) / float64(w.out.Walked)
	}
	list := func(groups map[string]*Group) []Group {
		out := make([]Group, 0, len(groups))
		for _, g := range groups {
			out = append(out, Group{g.Name, int64(float64(g.Keys) * scale), int64(float64(g.Bytes) * scale)})
		}
		slices.SortFunc(out, func(a, b Group) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name)) })
		return out
	}
	w.out.Types, w.out.Prefixes = list(w.types), list(w.prefixes)
	w.out.Prefixes = w.out.Prefixes[:min(len(w.out.Prefixes), w.o.Top)]
	order := map[string]int{"none": -1}
	for i, c := range ttlClasses {
		order[c.name] = i
	}
	w.out.TTLs = list(w.ttls)
	slices.SortFunc(w.out.TTLs, func(a, b Group) int { return cmp.Compare(order[a.Name], order[b.Name]) })
	w.out.Largest = w.largest.rows()
}
