package server

import (
	"context"
	"errors"
)

func (t *sqlTower) house() *house { return t.store }

// dataBytes is an estimate: what has not been written to tables yet is missing, and
// what is there is compressed.
func (t *sqlTower) dataBytes() int64 {
	n, err := t.store.EstimateSize(nil, nil)
	if err != nil {
		return 0
	}
	return int64(n)
}

var errDiscardSQL = errors.New("tables cannot be discarded while the server runs: drop them, then change the mode")

func (t *sqlTower) discard(context.Context, func(keep func(key []byte) bool) error) error {
	return errDiscardSQL
}

func (t *sqlTower) modeChanged() error { return nil }
