package dataset

import (
	"errors"
	"fmt"
	"io"

	"github.com/orbit-server/orbit/internal/redis/keyspace"
	"github.com/orbit-server/orbit/internal/redis/rdb"
)

// LoadOptions say what is taken of a file.
type LoadOptions struct {
	Filter Filter
	// Replace lets keys of the file replace those there are. Otherwise that is
	// ErrExists.
	Replace bool
	// Function is called with the code of every library. Nil: they are left out.
	Function func(code []byte) error
	// Aux is called with every field that describes the file, when it is not nil.
	Aux func(name, value []byte)
	// SkipModules leaves out the values of modules. Otherwise they are an error.
	SkipModules bool
	// Whole says that nothing may follow the file; else ErrTrailing.
	Whole bool
	// Progress is called after every key when it is not nil; its error ends the
	// loading.
	Progress func() error
}

// LoadStats is what was loaded and what was not.
type LoadStats struct {
	Stats
	Expired int64 // keys whose time was over
	Empty   int64 // collections without members, which old versions could write
	Modules int64 // values of modules
}

// ErrExists says that a key of a file is there already, or is twice in the file.
var ErrExists = errors.New("a key exists already")

// ErrTrailing says that something follows the file, such as the commands of an
// append-only file.
var ErrTrailing = errors.New("something follows the RDB file: is it an append-only file?")

// Load reads an RDB file into the keyspace. The run holds the locks of all its
// keys: it is one after LockAll, or that of a replacement. It is applied bit by
// bit, and by the caller at the end; of a failed load, parts are there.
func Load(in io.Reader, into *keyspace.Run, o LoadOptions) (LoadStats, error) {
	r, err := rdb.NewReader(in)
	if err != nil {
		return LoadStats{}, err
	}
	l := loader{in: r, run: into, o: &o, build: into.Build}
	a := readAhead(r)
	defer a.stop()
	for p := range a.parts {
		into.Foresee(p.keys)
		for i := range p.entries {
			if err := l.entry(&p.entries[i]); err != nil {
				return l.stats, err
			}
		}
		if errors.Is(p.err, io.EOF) {
			return l.stats, l.end()
		}
		if p.err != nil {
			return l.stats, p.err
		}
		a.done(p)
	}
	return l.stats, io.ErrUnexpectedEOF // the last part has an error
}

type loader struct {
	in    *rdb.Reader
	run   *keyspace.Run
	o     *LoadOptions
	stats LoadStats

	// Of one key after the other.
	build func(key []byte, t keyspace.Type) (*keyspace.Building, error)
	k     keyspace.Key
	v     storing
}

// end looks for what follows the file.
func (l *loader) end() error {
	if !l.o.Whole {
		return nil
	}
	n, err := io.ReadFull(l.in.Rest(), make([]byte, 1))
	switch {
	case n > 0:
		return ErrTrailing
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

func (l *loader) entry(e *entry) error {
	switch {
	case e.Aux != nil:
		if l.o.Aux != nil {
			l.o.Aux(e.Aux.Name, e.Aux.Value)
		}
		return nil
	case e.Key == nil:
		if l.o.Function == nil {
			return nil
		}
		l.stats.Functions++
		return l.o.Function(e.Function)
	}
	err := l.key(e)
	switch {
	case errors.Is(err, rdb.ErrEmpty):
		l.stats.Empty++
	case errors.Is(err, rdb.ErrModule) && l.o.SkipModules && !errors.Is(err, rdb.ErrFormat):
		l.stats.Modules++
	case err != nil:
		return fmt.Errorf("key %.100q of database %d: %w", e.Key, e.DB, err)
	}
	if l.o.Progress != nil {
		return l.o.Progress()
	}
	return nil
}

// value hands an entry's value on.
func (l *loader) value(e *entry, to rdb.Receiver) error {
	switch {
	case e.failed != nil:
		return e.failed
	case e.isString():
		return to.String(e.value)
	}
	return l.in.Value(to)
}

func (l *loader) key(e *entry) error {
	f := &l.o.Filter
	if !f.database(e.DB) || !f.name(e.Key) {
		return l.value(e, rdb.Skip{})
	}
	if e.Expire != 0 && l.run.Past(e.Expire) {
		l.stats.Expired++
		return l.value(e, rdb.Skip{})
	}
	var err error
	if l.k, err = l.run.Peek(e.DB, e.Key); err != nil {
		return err
	}
	if l.k.Exists() && !l.o.Replace {
		return ErrExists
	}
	l.v = storing{run: l.run, key: &l.k, expire: e.Expire, build: l.build, spill: true}
	if len(f.Types) > 0 {
		if !e.known || !f.kind(types[e.kind]) {
			return l.value(e, rdb.Skip{})
		}
	}
	if err := l.value(e, &l.v); err != nil {
		return err
	}
	if err := l.v.link(); err != nil {
		return err
	}
	l.stats.Keys++
	if e.Idle >= 0 {
		l.run.SetIdleSeconds(e.Key, e.Idle)
	}
	if e.Freq >= 0 {
		l.run.SetUseFrequency(e.Key, int64(e.Freq))
	}
	if l.run.Full() {
		return l.run.Spill()
	}
	return nil
}
