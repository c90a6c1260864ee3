package server

import (
	"bytes"
	"context"
	"errors"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/redis/survey"
)

// Survey implements admin.Source.
func (s *Server) Survey(_ context.Context, o survey.Options) (_ *survey.Survey, err error) {
	if s.redis == nil {
		return nil, admin.ErrOff
	}
	snap, err := s.redis.keys.Snapshot()
	if err != nil {
		return nil, err
	}
	found, err := survey.Take(snap, o)
	return found, errors.Join(err, snap.Close())
}

// ListKeys implements admin.Source.
func (s *Server) ListKeys(_ context.Context, l admin.KeyList) (*survey.Listing, error) {
	if s.redis == nil {
		return nil, admin.ErrOff
	}
	filter, err := keyFilter(&l.Filter, s.redis.keys.Databases())
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(filter.Prefix, l.Prefix) {
		filter.Prefix = l.Prefix // the pattern decides besides
	}
	snap, err := s.redis.keys.Snapshot()
	if err != nil {
		return nil, err
	}
	found, err := survey.List(snap, survey.ListOptions{Filter: filter, Fuzzy: l.Fuzzy, Order: l.Order, Limit: l.Limit, Budget: l.Budget})
	return found, errors.Join(err, snap.Close())
}

// WalkKeys implements admin.Source.
func (s *Server) WalkKeys(_ context.Context, o admin.KeyWalk) (*survey.Walked, error) {
	if s.redis == nil {
		return nil, admin.ErrOff
	}
	chosen := admin.KeyFilter{Types: o.Types}
	if o.Match != "" {
		chosen.Match = []string{o.Match}
	}
	filter, err := keyFilter(&chosen, s.redis.keys.Databases())
	if err != nil {
		return nil, err
	}
	return survey.Walk(s.redis.keys, survey.WalkOptions{
		DB: o.DB, Prefix: o.Prefix, From: o.From, Back: o.Back, Filter: filter, Fuzzy: o.Fuzzy, Limit: o.Limit, Budget: o.Budget,
	})
}

// KeyChildren implements admin.Source.
func (s *Server) KeyChildren(_ context.Context, o admin.KeyLevel) (*survey.Children, error) {
	if s.redis == nil {
		return nil, admin.ErrOff
	}
	return survey.ListChildren(s.redis.keys, survey.ChildrenOptions{
		DB: o.DB, Prefix: o.Prefix, Separator: []byte(o.Separator), From: o.From, Limit: o.Limit, Budget: o.Budget,
	})
}
