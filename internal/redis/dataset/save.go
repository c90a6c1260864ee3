package dataset

import (
	"io"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// SaveOptions say what goes into a file.
type SaveOptions struct {
	Filter Filter
	// Limits are those of compact collections.
	Limits rdb.Limits
	// Aux are fields that describe the file, beside ctime and what it needs to be
	// read by redis-server.
	Aux []Aux
	// Uses writes when keys were last used, or how often, as the keyspace tracks it:
	// for a policy of eviction that looks at that.
	Uses bool
	// NoFunctions leaves out the libraries of functions.
	NoFunctions bool
	// Progress is called after every key when it is not nil; its error ends the
	// saving.
	Progress func() error
}

// Aux is a field that describes a file.
type Aux struct{ Name, Value string }

// Stats is what was saved or loaded.
type Stats struct {
	Keys      int64
	Functions int64
}

// Save writes a snapshot as an RDB file that redis-server 7.0 and later load. It
// takes little memory beyond the largest string.
func Save(out io.Writer, snap *keyspace.Snapshot, o SaveOptions) (Stats, error) {
	s := saver{w: rdb.NewWriter(out, o.Limits), snap: snap, o: &o}
	defer s.w.Stop()
	s.header()
	if err := s.functions(); err != nil {
		return s.stats, err
	}
	for db := range snap.Databases() {
		if !o.Filter.database(db) {
			continue
		}
		if err := s.database(db); err != nil {
			return s.stats, err
		}
	}
	return s.stats, s.w.Close()
}

type saver struct {
	w     *rdb.Writer
	snap  *keyspace.Snapshot
	o     *SaveOptions
	stats Stats
}

func (s *saver) header() {
	s.w.AuxInt("redis-bits", 64)
	s.w.AuxInt("ctime", s.snap.Time()/1000)
	for _, a := range s.o.Aux {
		s.w.Aux(a.Name, a.Value)
	}
	s.w.AuxInt("aof-base", 0)
}

func (s *saver) functions() error {
	if s.o.NoFunctions {
		return nil
	}
	return s.snap.EachBlob(keyspace.LibraryBlobs, func(_ string, code []byte) error {
		s.w.Function(code)
		s.stats.Functions++
		return s.w.Err()
	})
}

func (s *saver) database(db int) error {
	counted, err := s.snap.DBStats(db)
	if err != nil || counted.Keys == 0 {
		return err
	}
	s.w.SelectDB(db, counted.Keys, counted.Expires)
	return s.snap.EachKey(db, s.o.Filter.Prefix, func(k *keyspace.Key) (bool, error) {
		if !s.o.Filter.Chooses(k) {
			return true, nil
		}
		s.w.Key(k.Name(), k.Expire)
		if s.o.Uses {
			s.use(k.Name())
		}
		if err := encode(&s.w.Encoder, k); err != nil {
			return false, err
		}
		s.stats.Keys++
		if s.o.Progress != nil {
			return true, s.o.Progress()
		}
		return true, nil
	})
}

func (s *saver) use(key []byte) {
	if seconds, ok := s.snap.IdleSeconds(key); ok {
		s.w.Idle(seconds)
	} else if counter, ok := s.snap.UseFrequency(key); ok {
		s.w.Freq(uint8(counter))
	}
}
