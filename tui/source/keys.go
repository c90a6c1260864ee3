package source

import (
	"context"
	"time"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/redis/survey"
)

// Walks take a little at a time: so long, of the server's time.
const walkBudget = 60 * time.Millisecond

// Databases counts the keys of the databases that have some; of the first one always.
func (s *Source) Databases(ctx context.Context) ([]survey.Database, error) {
	reply, err := s.Redis(ctx, 0, "INFO", "keyspace")
	if err != nil {
		return nil, err
	}
	return parseKeyspace(string(reply.Text)), nil
}

// KeyFilter chooses keys of a database.
type KeyFilter struct {
	Prefix string
	// Match is a glob pattern of the whole name, Fuzzy are letters that are in what
	// follows the prefix, in order.
	Match, Fuzzy string
	Types        []string
}

// Plain tells whether all keys of the prefix are chosen.
func (f *KeyFilter) Plain() bool { return f.Match == "" && f.Fuzzy == "" && len(f.Types) == 0 }

func (f *KeyFilter) walk(db int) admin.KeyWalk {
	return admin.KeyWalk{DB: db, Prefix: []byte(f.Prefix), Match: f.Match, Fuzzy: f.Fuzzy, Types: f.Types, Budget: walkBudget}
}

// Keys are up to limit keys from the one named from on, or the first if it is nil. What
// is found may be less, or nothing, although there are more: Next says where to go on.
func (s *Source) Keys(ctx context.Context, db int, f KeyFilter, from []byte, limit int) (*survey.Walked, error) {
	o := f.walk(db)
	o.From, o.Limit = from, limit
	return s.client.WalkKeys(ctx, o)
}

// KeysBefore are up to limit keys before the one named, or the last if it is nil.
func (s *Source) KeysBefore(ctx context.Context, db int, f KeyFilter, before []byte, limit int) (*survey.Walked, error) {
	o := f.walk(db)
	o.From, o.Back, o.Limit = before, true, limit
	return s.client.WalkKeys(ctx, o)
}

// CountKeys goes on counting from a key on, or from the first if it is nil.
func (s *Source) CountKeys(ctx context.Context, db int, f KeyFilter, from []byte) (*survey.Walked, error) {
	o := f.walk(db)
	o.From = from
	return s.client.WalkKeys(ctx, o)
}

// KeysBy are the first keys of an order of survey.Orders.
func (s *Source) KeysBy(ctx context.Context, db int, f KeyFilter, order string, limit int) (*survey.Listing, error) {
	filter := admin.KeyFilter{Databases: []int{db}, Types: f.Types}
	if f.Match != "" {
		filter.Match = []string{f.Match}
	}
	return s.client.ListKeys(ctx, admin.KeyList{
		Filter: filter, Prefix: []byte(f.Prefix), Fuzzy: f.Fuzzy, Order: order, Limit: limit, Budget: orderBudget,
	})
}

// orderBudget is for what has to look at all keys.
const orderBudget = 2 * time.Second

// KeyChildren are up to limit branches of a level of names, from a name on.
func (s *Source) KeyChildren(ctx context.Context, db int, prefix, separator string, from []byte, limit int) (*survey.Children, error) {
	return s.client.KeyChildren(ctx, admin.KeyLevel{
		DB: db, Prefix: []byte(prefix), Separator: separator, From: from, Limit: limit, Budget: walkBudget,
	})
}
