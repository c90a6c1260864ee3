package table

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/storage"
)

// The store's keys, by their first byte:
//
//	01 name                        engine counters and the format version
//	02 kind database oid           catalog objects (package catalog)
//	03 storage                     a sequence's state
//	04 storage                     a storage id whose keys are to be removed
//	05 storage                     a table's row count, saved now and then
//	1n storage(n bytes) key…       rows and index entries
//
// A storage id names the keys of one table, index or sequence; TRUNCATE and a
// rewrite take a new one. A row's key is its clustered key columns, or a hidden
// row number. An index entry of a unique key is that key, with the row's key (the
// suffix: without the table's prefix) as value; any other entry ends in the suffix
// and has its length as value.
//
// The ids of pinned tables have pinnedBit set, which makes their keys one range.
const (
	prefixMeta     = 0x01
	prefixSequence = 0x03
	prefixGarbage  = 0x04
	prefixStats    = 0x05
	prefixRows     = 0x10
)

const _ = uint(catalog.KeyPrefix-0x02) + uint(0x02-catalog.KeyPrefix) // 02 is taken as drawn

// Names of counters and the format under prefixMeta.
const (
	metaFormat  = "format"
	metaOID     = "oid"
	metaStorage = "storage"
	metaXID     = "xid"
	metaPinned  = "pinned"
)

// pinnedBit is set in the storage ids of pinned tables. No other id comes near it.
const pinnedBit = 1 << 40

// PinnedRange bounds the rows and index entries of pinned tables.
func PinnedRange() (lower, upper []byte) { return rowsPrefix(pinnedBit), rowsPrefix(2 * pinnedBit) }

// PinnedKey is written by every commit that changes what a pinned table is, so that
// a store which keeps their rows apart knows of it.
func PinnedKey() []byte { return metaKey(metaPinned) }

// formatVersion is that of everything here but the catalog's objects.
const formatVersion = 1

// appendOrdered appends v so that the bytes order as the numbers do: a byte that
// counts those that follow, added to base, then v without its leading zeros.
func appendOrdered(dst []byte, base byte, v uint64) []byte {
	n := (bits.Len64(v) + 7) / 8
	dst = append(dst, base+byte(n))
	for i := n - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}

// decodeOrdered reads what appendOrdered wrote.
func decodeOrdered(src []byte, base byte) (v uint64, rest []byte, ok bool) {
	if len(src) == 0 || src[0] < base || src[0] > base+8 {
		return 0, nil, false
	}
	n := int(src[0] - base)
	if len(src) < 1+n {
		return 0, nil, false
	}
	for _, b := range src[1 : 1+n] {
		v = v<<8 | uint64(b)
	}
	return v, src[1+n:], true
}

func metaKey(name string) []byte { return append([]byte{prefixMeta}, name...) }

// rowsPrefix begins all keys of a storage id.
func rowsPrefix(id uint64) []byte { return appendOrdered(nil, prefixRows, id) }

// idKey is a key that stands for a storage id as a whole.
func idKey(prefix byte, id uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefix}, id)
}

func decodeIDKey(k []byte) (uint64, error) {
	if len(k) != 9 {
		return 0, fmt.Errorf("table: key %x: %w", k, storage.ErrCorrupt)
	}
	return binary.BigEndian.Uint64(k[1:]), nil
}

// rowHeader stands before a row's columns: which version of which row it is.
type rowHeader struct {
	xmin uint64
	// cmd is the command, within its transaction, that wrote the version.
	cmd uint32
	// birth is the transaction that inserted the row: it stays the same through
	// updates, and tells a row from another that took its key after a delete.
	birth uint64
}

func (h rowHeader) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, h.xmin)
	dst = binary.AppendUvarint(dst, uint64(h.cmd))
	return binary.AppendUvarint(dst, h.xmin-h.birth)
}

// decodeHeader reads a row's header and gives what follows: the columns of a
// row, or the key's suffix of a TID.
func decodeHeader(src []byte) (h rowHeader, rest []byte, err error) {
	if len(src) >= 10 {
		h.xmin = binary.BigEndian.Uint64(src)
		cmd, n := binary.Uvarint(src[8:])
		if n > 0 {
			back, m := binary.Uvarint(src[8+n:])
			if m > 0 {
				h.cmd, h.birth = uint32(cmd), h.xmin-back
				return h, src[8+n+m:], nil
			}
		}
	}
	return h, nil, fmt.Errorf("table: row header %x: %w", src[:min(len(src), 10)], storage.ErrCorrupt)
}

// appendTID appends the TID of a row with the header and key suffix.
func appendTID(dst []byte, h rowHeader, suffix []byte) []byte {
	return append(h.append(dst), suffix...)
}
