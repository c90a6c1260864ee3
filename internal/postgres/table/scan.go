package table

import (
	"bytes"
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
	"github.com/orbit-server/orbit/internal/storage"
)

// Scan is a scan in progress. It keeps the view it was opened with, whatever the
// transaction writes, and outlives the statement (cursors), not the transaction.
type Scan struct {
	l      *layout
	il     *indexLayout // nil: the rows themselves
	p      *projection
	o      ScanOptions
	reader storage.Reader
	snap   *snapshot

	spans []keySpan
	span  int  // the current one; len(spans) or -1 at the end
	open  bool // iter stands within the span
	iter  storage.Iterator

	out   []types.Datum
	bytes arena
	key   []byte
	cover *cover
}

// Scan opens a scan. The caller closes it.
func (tx *Tx) Scan(h *Handle, o ScanOptions) (*Scan, error) {
	if tx.ended {
		return nil, pgerr.New(pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
	}
	l, err := h.layout()
	if err != nil {
		return nil, err
	}
	il, err := l.of(o.Index)
	if err != nil {
		return nil, err
	}
	s := &Scan{l: l, il: il, p: l.projection(nonNil(o.Columns)), o: o, spans: l.keySpans(il, o.Spans)}
	if il == l.clustered {
		s.il = nil
	} else if !o.TID {
		s.cover = l.covering(il, s.p)
	}
	s.out = make([]types.Datum, len(s.p.want))
	if o.Reverse {
		s.span = len(s.spans) - 1
	}
	if o.Latest {
		s.reader = tx.newestReader()
	} else {
		if s.reader, err = tx.indexView(h, l, il); err != nil {
			return nil, err
		}
		s.snap = tx.snap
		s.snap.refs.Add(1)
		for i := range s.spans {
			tx.readRange(s.spans[i].lower, s.spans[i].upper)
		}
	}
	return s, nil
}

// nonNil makes no columns differ from all columns.
func nonNil(columns []int) []int {
	if columns == nil {
		return []int{}
	}
	return columns
}

// Close ends the scan.
func (s *Scan) Close() error {
	var err error
	if s.iter != nil {
		err = s.iter.Close()
		s.iter = nil
	}
	if s.snap != nil {
		s.snap.release()
		s.snap = nil
	}
	s.span, s.spans = 0, nil
	return err
}

// Next appends up to maxRows rows to b's columns, in the order of
// ScanOptions.Columns, TID last, and adds to b.N. It returns 0 at the end.
func (s *Scan) Next(b *vec.Batch, maxRows int) (int, error) {
	n := 0
	for n < maxRows {
		key, value, ok, err := s.advance()
		if err != nil {
			return n, err
		}
		if !ok {
			break
		}
		if err := s.take(b, key, value); err != nil {
			return n, err
		}
		n++
	}
	b.N += n
	return n, nil
}

// advance moves to the next entry or row. A found point's value may be kept;
// another's only until the next call.
func (s *Scan) advance() (key, value []byte, ok bool, err error) {
	for s.span >= 0 && s.span < len(s.spans) {
		k := &s.spans[s.span]
		if k.point {
			s.nextSpan()
			value, err := s.reader.Get(k.lower)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			return k.lower, value, err == nil, err
		}
		if s.step(k) {
			if s.keysOnly() {
				return s.iter.Key(), nil, true, nil
			}
			value, err := s.iter.Value()
			return s.iter.Key(), value, err == nil, err
		}
		if s.iter == nil {
			if err := s.openIter(); err != nil {
				return nil, nil, false, err
			}
			continue
		}
		if err := s.iter.Error(); err != nil {
			return nil, nil, false, err
		}
		s.nextSpan()
	}
	return nil, nil, false, nil
}

// step moves the iterator within the span.
func (s *Scan) step(k *keySpan) bool {
	if s.iter == nil {
		return false
	}
	var ok bool
	switch {
	case s.open && s.o.Reverse:
		ok = s.iter.Prev()
	case s.open:
		ok = s.iter.Next()
	case s.o.Reverse:
		ok = s.iter.SeekLT(k.upper)
	default:
		ok = s.iter.SeekGE(k.lower)
	}
	s.open = true
	switch {
	case !ok || len(s.spans) == 1:
		return ok
	case s.o.Reverse:
		return bytes.Compare(s.iter.Key(), k.lower) >= 0
	default:
		return bytes.Compare(s.iter.Key(), k.upper) < 0
	}
}

func (s *Scan) nextSpan() {
	s.open = false
	if s.o.Reverse {
		s.span--
	} else {
		s.span++
	}
}

// openIter opens one iterator for all spans.
func (s *Scan) openIter() (err error) {
	s.iter, err = s.reader.NewIter(storage.IterOptions{
		Lower: s.spans[0].lower, Upper: s.spans[len(s.spans)-1].upper, KeysOnly: s.keysOnly(),
	})
	return err
}

// keysOnly tells that rows are only counted.
func (s *Scan) keysOnly() bool { return s.il == nil && len(s.p.want) == 0 && !s.o.TID }

// take appends a row to the batch.
func (s *Scan) take(b *vec.Batch, key, value []byte) error {
	if s.keysOnly() {
		return nil
	}
	keep := false
	suffix := key[len(s.l.prefix):]
	if s.il != nil {
		columns, sfx, err := s.il.splitEntry(key, value)
		if err != nil {
			return err
		}
		if s.cover != nil {
			if err := s.cover.read(columns, sfx, s.out); err != nil {
				return err
			}
			s.appendColumns(b)
			return nil
		}
		s.key = append(append(s.key[:0], s.l.prefix...), sfx...)
		if value, err = s.reader.Get(s.key); err != nil {
			return missingRow(s.il, err)
		}
		suffix, keep = s.key[len(s.l.prefix):], true
	}
	header, tuple, err := decodeHeader(value)
	if err != nil {
		return err
	}
	if s.p.shares && !keep {
		tuple = s.bytes.copy(tuple)
	}
	if err := s.l.read(s.p, tuple, s.out); err != nil {
		return err
	}
	s.appendColumns(b)
	if s.o.TID {
		from := s.bytes.reserve(len(suffix) + maxHeader)
		b.Cols[len(s.p.columns)].Append(types.Bytes(s.bytes.keep(appendTID(from, header, suffix))))
	}
	return nil
}

func (s *Scan) appendColumns(b *vec.Batch) {
	if s.p.place == nil {
		for i := range s.out {
			b.Cols[i].Append(s.out[i])
		}
		return
	}
	for i, at := range s.p.place {
		b.Cols[i].Append(s.out[at])
	}
}
