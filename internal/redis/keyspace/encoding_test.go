package keyspace

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/orbit-server/orbit/internal/storage"
)

func TestMetadataComesBack(t *testing.T) {
	for _, m := range []Meta{
		{Type: TypeString},
		{Type: TypeString, value: []byte("\x00v"), Size: 2, Expire: math.MaxInt64},
		{Type: TypeString, version: 9, Size: MaxString, bytes: MaxString + 62<<14, chunk: 32 << 10, turned: true},
		{Type: TypeString, version: 1, Size: 7, bytes: 7 + 3*62, chunk: 3, Expire: 5},
		{Type: TypeHash, version: math.MaxUint64, Size: 1 << 40, bytes: 1 << 50},
		{Type: TypeList, version: 1, Size: 3, head: -5, Expire: 1},
		{Type: TypeZSet, version: 7, Size: 600, ranked: true},
		{Type: TypeHash, version: 8, Size: 3, bytes: 300, timed: true},
		{Type: TypeHash, version: 8, Size: 3, bytes: 300, timed: true, due: math.MaxInt64, Expire: 9},
	} {
		got, err := decodeMeta(appendMeta(nil, &m))
		if err != nil || got.Type != m.Type || got.Expire != m.Expire || got.Size != m.Size || got.version != m.version ||
			got.head != m.head || got.chunk != m.chunk || got.turned != m.turned || got.bytes != m.bytes || got.ranked != m.ranked || got.timed != m.timed || got.due != m.due || !bytes.Equal(got.value, m.value) {
			t.Errorf("%+v came back as %+v, %v", m, got, err)
		}
	}
}

// Damaged records are errors that say so, and never a panic.
func FuzzDecoders(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendMeta(nil, &Meta{Type: TypeList, version: 300, Size: 9, head: -1, Expire: 5}))
	f.Add(appendMeta(nil, &Meta{Type: TypeString, version: 300, Size: 1 << 20, chunk: 1 << 15}))
	f.Add((&databaseMap{next: 3, ids: []uint32{1, 2}}).append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, metaErr := decodeMeta(b)
		_, mapErr := decodeDatabaseMap(b)
		_, tallyErr := decodeTally(b)
		_, garbageErr := decodeDatabaseGarbage(b)
		_, _, _, expiryErr := splitExpiryKey(b)
		_, scoreErr := decodeScore(b)
		_, countErr := decodeCount(b)
		for _, err := range []error{metaErr, mapErr, tallyErr, garbageErr, expiryErr, scoreErr, countErr} {
			if err != nil && !errors.Is(err, storage.ErrCorrupt) {
				t.Errorf("%v does not say that the data is damaged", err)
			}
		}
	})
}
