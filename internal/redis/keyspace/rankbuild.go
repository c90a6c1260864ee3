package keyspace

import "slices"

// built are the places of a sorted set that a replacement builds. Its rank counts
// are made at the end, from these unless they are too many: to read its members
// then means to wait until they are in the store.
type built struct{ places []string }

// builtMax is the number of members up to which places are gathered.
const builtMax = 1 << 16

func (b *built) add(o *object, score float64, member []byte) {
	if o.r.bulk == nil || o.Size > builtMax {
		b.places = nil
		return
	}
	o.r.valBuf = appendOrdered(o.r.valBuf[:0], score, member)
	b.places = append(b.places, string(o.r.valBuf))
}

// rankBuilt begins counting ranks of a set that was built.
func (z *ZSet) rankBuilt() error {
	places := z.built.places
	if z.ranked || z.Size < rankedFrom || int64(len(places)) != z.Size {
		return z.startRanks()
	}
	slices.Sort(places)
	places[0] = ""
	s := &stretches{}
	for n := 0; len(places) > 0; places = places[n:] {
		if n = len(places); n > 2*rankFanout {
			n = rankFanout
		}
		s.insert(len(s.begins), places[0], 0)
		if err := z.setCount(s, len(s.begins)-1, int64(n)); err != nil {
			return err
		}
	}
	z.ranked, z.built.places = true, nil
	z.keepStretches(s)
	return nil
}
