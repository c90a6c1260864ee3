package differential

import "slices"

// maxReplays bounds the work of shrink.
const maxReplays = 600

// shrink removes steps as long as the rest still differs, in pieces that become
// smaller.
func (p *pair) shrink(r *round, diff *difference) ([]step, *difference) {
	steps, replays := r.steps, 0
	differs := func(candidate []step) *difference {
		replays++
		d, err := p.play(r, candidate)
		if err != nil {
			return nil
		}
		return d
	}
	for size := len(steps) / 2; size > 0 && replays < maxReplays; {
		removed := false
		for from := len(steps) - size; from > -size && replays < maxReplays; from -= size {
			start := max(from, 0)
			candidate := slices.Delete(slices.Clone(steps), start, min(from+size, len(steps)))
			if d := differs(candidate); d != nil {
				steps, diff, removed = candidate, d, true
			}
		}
		if size == 1 && !removed {
			break
		}
		size = max(size/2, 1)
	}
	return steps, diff
}
