package storagetest

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/orbit-server/orbit/internal/storage"
)

// model is what a store must look like: a map, read in key order.
type model map[string]string

// keys returns the keys in [lower, upper) in order; a nil upper is open.
func (m model) keys(o storage.IterOptions) []string {
	var out []string
	for k := range m {
		if k >= string(o.Lower) && (o.Upper == nil || k < string(o.Upper)) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

func (m model) deleteRange(lower, upper string) {
	for k := range m {
		if k >= lower && k < upper {
			delete(m, k)
		}
	}
}

var (
	genKey   = rapid.StringMatching(`[a-d]{0,3}`)
	genValue = rapid.StringMatching(`[x-z]{0,4}`)
)

func testModel(t *testing.T, s storage.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		m := model{}
		wipe(rt, s)
		var snaps []storage.Snapshot
		var models []model
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				b := s.NewBatch()
				for range rapid.IntRange(0, 6).Draw(rt, "writes") {
					drawWrite(rt, b, m)
				}
				must(rt, finish(s, b))
			},
			"get": func(rt *rapid.T) { checkGet(rt, s, m) },
			"iterate": func(rt *rapid.T) {
				checkWalk(rt, s, m)
			},
			"snapshot": func(rt *rapid.T) {
				if len(snaps) == 3 {
					must(rt, snaps[0].Close())
					snaps, models = snaps[1:], models[1:]
				}
				snaps = append(snaps, s.NewSnapshot())
				models = append(models, maps.Clone(m))
			},
			"read snapshot": func(rt *rapid.T) {
				if len(snaps) == 0 {
					rt.Skip("none")
				}
				i := rapid.IntRange(0, len(snaps)-1).Draw(rt, "which")
				checkGet(rt, snaps[i], models[i])
				checkWalk(rt, snaps[i], models[i])
			},
		})
		for i := range snaps {
			checkAll(rt, snaps[i], models[i])
			must(rt, snaps[i].Close())
		}
		checkAll(rt, s, m)
	})
}

func testOverlayModel(t *testing.T, s storage.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		base := model{}
		wipe(rt, s)
		b := s.NewBatch()
		for range rapid.IntRange(0, 8).Draw(rt, "base writes") {
			drawWrite(rt, b, base)
		}
		must(rt, finish(s, b))

		o := storage.NewOverlay(s)
		m := maps.Clone(base)
		var marks []storage.Mark
		var models []model
		var open []openIter
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) { drawWrite(rt, o, m) },
			"write many": func(rt *rapid.T) { // past what the small form holds
				for range 30 {
					drawWrite(rt, o, m)
				}
			},
			"set many": func(rt *rapid.T) { // no order is asked for
				for range 60 {
					key := genKey.Draw(rt, "key")
					must(rt, o.Set([]byte(key), []byte("many")))
					m[key] = "many"
				}
			},
			"get":     func(rt *rapid.T) { checkGet(rt, o, m) },
			"iterate": func(rt *rapid.T) { checkWalk(rt, o, m) },
			"mark": func(*rapid.T) {
				marks, models = append(marks, o.Mark()), append(models, maps.Clone(m))
			},
			"rollback": func(rt *rapid.T) {
				if len(marks) == 0 {
					rt.Skip("none")
				}
				i := rapid.IntRange(0, len(marks)-1).Draw(rt, "to")
				o.Rollback(marks[i])
				m = maps.Clone(models[i])
				marks, models = marks[:i+1], models[:i+1]
			},
			"open iterator": func(rt *rapid.T) {
				if len(open) < 2 {
					opts := drawBounds(rt)
					it, err := o.NewIter(opts)
					must(rt, err)
					open = append(open, openIter{it, maps.Clone(m), opts})
				}
			},
			"commit": func(rt *rapid.T) {
				b := s.NewBatch()
				must(rt, o.WriteTo(b))
				if b.Len() != o.Len() {
					rt.Fatalf("batch of %d writes from an overlay of %d", b.Len(), o.Len())
				}
				must(rt, finish(s, b))
				o.Reset()
				marks, models = nil, nil
				if o.Len() != 0 || o.Size() != 0 {
					rt.Fatalf("after reset: Len %d, Size %d", o.Len(), o.Size())
				}
				checkAll(rt, s, m)
			},
		})
		for _, x := range open {
			walkModel(rt, x.it, x.m, x.o)
			must(rt, x.it.Close())
		}
		checkAll(rt, o, m)
	})
}

// openIter is an iterator and the state it must go on seeing.
type openIter struct {
	it storage.Iterator
	m  model
	o  storage.IterOptions
}

func wipe(rt *rapid.T, s storage.Store) {
	b := s.NewBatch()
	must(rt, b.DeleteRange([]byte{}, []byte("\xff\xff")))
	must(rt, finish(s, b))
}

func finish(s storage.Store, b storage.Batch) error {
	p, err := s.Apply(b)
	if err != nil {
		return err
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return b.Close()
}

func must(rt *rapid.T, err error) {
	if err != nil {
		rt.Fatal(err)
	}
}

// drawWrite makes one write to w and m alike.
func drawWrite(rt *rapid.T, w storage.Writer, m model) {
	key := genKey.Draw(rt, "key")
	switch rapid.IntRange(0, 9).Draw(rt, "kind") {
	case 0:
		upper := genKey.Draw(rt, "upper")
		must(rt, w.DeleteRange([]byte(key), []byte(upper)))
		m.deleteRange(key, upper)
	case 1, 2, 3:
		must(rt, w.Delete([]byte(key)))
		delete(m, key)
	default:
		value := genValue.Draw(rt, "value")
		must(rt, w.Set([]byte(key), []byte(value)))
		m[key] = value
	}
}

func checkGet(rt *rapid.T, r storage.Reader, m model) {
	key := genKey.Draw(rt, "key")
	want, ok := m[key]
	got, err := r.Get([]byte(key))
	switch {
	case ok && err != nil, ok && string(got) != want:
		rt.Fatalf("get %q: %q, %v, want %q", key, got, err, want)
	case !ok && err != storage.ErrNotFound:
		rt.Fatalf("get %q: %q, %v, want not found", key, got, err)
	}
}

func drawBounds(rt *rapid.T) storage.IterOptions {
	var o storage.IterOptions
	if rapid.Bool().Draw(rt, "has lower") {
		o.Lower = []byte(genKey.Draw(rt, "lower"))
	}
	if rapid.Bool().Draw(rt, "has upper") {
		o.Upper = []byte(genKey.Draw(rt, "upper"))
		if string(o.Upper) < string(o.Lower) {
			o.Upper = o.Lower
		}
	}
	return o
}

func checkWalk(rt *rapid.T, r storage.Reader, m model) {
	o := drawBounds(rt)
	it, err := r.NewIter(o)
	must(rt, err)
	walkModel(rt, it, m, o)
	must(rt, it.Close())
}

// walkModel moves it about at random and checks where it stands.
func walkModel(rt *rapid.T, it storage.Iterator, m model, o storage.IterOptions) {
	keys := m.keys(o)
	at := -1 // index in keys; outside means not positioned
	for range rapid.IntRange(1, 12).Draw(rt, "steps") {
		var ok bool
		kind := rapid.SampledFrom([]string{"First", "Last", "SeekGE", "SeekLT", "Next", "Prev", "Next", "Prev", "Next"}).Draw(rt, "step")
		standing := at >= 0 && at < len(keys)
		switch kind {
		case "First":
			ok, at = it.First(), 0
		case "Last":
			ok, at = it.Last(), len(keys)-1
		case "SeekGE", "SeekLT":
			key := genKey.Draw(rt, "seek")
			i, _ := slices.BinarySearch(keys, key)
			if kind == "SeekGE" {
				ok, at = it.SeekGE([]byte(key)), i
			} else {
				ok, at = it.SeekLT([]byte(key)), i-1
			}
		case "Next":
			ok = it.Next()
			if standing {
				at++
			}
		case "Prev":
			ok = it.Prev()
			if standing {
				at--
			}
		}
		must(rt, it.Error())
		want := at >= 0 && at < len(keys)
		if ok != want || it.Valid() != want {
			rt.Fatalf("%s: %v (Valid %v), want %v; at %d of %q", kind, ok, it.Valid(), want, at, keys)
		}
		if !want {
			at = -1
			continue
		}
		value, err := it.Value()
		must(rt, err)
		if string(it.Key()) != keys[at] || string(value) != m[keys[at]] {
			rt.Fatalf("%s: on %q=%q, want %q=%q", kind, it.Key(), value, keys[at], m[keys[at]])
		}
	}
}

// checkAll compares all of r with m, forwards and backwards.
func checkAll(rt *rapid.T, r storage.Reader, m model) {
	keys := m.keys(storage.IterOptions{})
	it, err := r.NewIter(storage.IterOptions{})
	must(rt, err)
	var up, down []string
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.Value()
		must(rt, err)
		if string(value) != m[string(it.Key())] {
			rt.Fatalf("%q is %q, want %q", it.Key(), value, m[string(it.Key())])
		}
		up = append(up, string(it.Key()))
	}
	for ok := it.Last(); ok; ok = it.Prev() {
		down = append(down, string(it.Key()))
	}
	must(rt, it.Error())
	must(rt, it.Close())
	slices.Reverse(down)
	if !slices.Equal(up, keys) || !slices.Equal(down, keys) {
		rt.Fatalf("keys forwards %q, backwards %q, want %q", up, down, keys)
	}
}
