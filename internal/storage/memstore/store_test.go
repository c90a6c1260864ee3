package memstore_test

import (
	"errors"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
	"github.com/orbit-server/orbit/internal/storage/memstore"
	"github.com/orbit-server/orbit/internal/storage/storagetest"
)

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(testing.TB) storage.Store { return memstore.New() })
}

func TestCheckpointIsRefused(t *testing.T) {
	s := memstore.New()
	if err := s.Checkpoint(t.TempDir() + "/copy"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("checkpoint: %v, want ErrUnsupported", err)
	}
}

func TestSizeIsExact(t *testing.T) {
	s := memstore.New()
	b := s.NewBatch()
	for _, kv := range []string{"a", "bb", "ccc"} {
		if err := b.Set([]byte(kv), []byte(kv)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(b.Set([]byte("a"), []byte("longer")), b.Delete([]byte("bb"))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(b); err != nil {
		t.Fatal(err)
	}
	all, err := s.EstimateSize(nil, nil)
	if err != nil || all != 7+6 {
		t.Errorf("size %d, %v, want 13", all, err)
	}
	if st := s.Stats(); st.Keys != 2 || st.MemtableBytes != 13 {
		t.Errorf("statistics: %+v", st)
	}
}
