package server

import "context"

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

// discard drops what users made in the moment in which the rest moves.
func (t *sqlTower) discard(ctx context.Context, move func(keep func(key []byte) bool) error) error {
	return t.engine.DiscardAll(ctx, move)
}

func (t *sqlTower) modeChanged() error { return nil }
