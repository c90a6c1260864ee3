package keyspace

// Trim is what XTRIM and XADD may ask for.
type Trim struct {
	ByID   bool
	MaxLen int64    // entries to keep, or
	MinID  StreamID // the first one to keep
	Approx bool     // whole nodes only
	Limit  int64    // of entries removed, 0 for none
}

// trimming is what a trim removes: all nodes of a list, and then some entries of one.
type trimming struct {
	nodes   []StreamID // those of section n
	tail    bool       // the last one goes, too
	entries int64      // of the nodes
	end     StreamID   // what is before it goes; MaxStreamID: all
	part    *streamNode
	inPart  int64 // how many entries of it go; by id: those before the trim's
}

// Trim removes entries at the front and returns how many. O(1) for each removed.
func (s *Stream) Trim(t Trim) (removed int64, err error) {
	if s.Size == 0 || !t.ByID && s.Size <= t.MaxLen || t.ByID && !s.info.first.Less(t.MinID) {
		return 0, nil
	}
	plan, err := s.planTrim(t)
	if err != nil || plan.entries == 0 && plan.part == nil {
		return 0, err
	}
	removed, err = s.removeFront(t, &plan)
	if err != nil || removed == 0 {
		return removed, err
	}
	if err := s.removeNodes(&plan, removed); err != nil {
		return removed, err
	}
	s.Size -= removed
	return removed, s.saveInfo()
}

// planTrim goes through the nodes from the first on.
func (s *Stream) planTrim(t Trim) (plan trimming, err error) {
	stopped := false
	visit := func(n *streamNode, next StreamID) error {
		left := s.Size - plan.entries
		if !t.ByID && left <= t.MaxLen || t.Limit > 0 && plan.entries+n.live > t.Limit {
			stopped = true
			return nil
		}
		whole := !t.ByID && left-n.live >= t.MaxLen
		if t.ByID {
			var err error
			if whole, err = s.allBefore(n.id, next, t.MinID); err != nil {
				return err
			}
		}
		switch {
		case whole:
			plan.entries, plan.end = plan.entries+n.live, next
			if n.id == s.info.tail.id {
				plan.tail = true
			} else {
				plan.nodes = append(plan.nodes, n.id)
			}
		case t.Approx:
			stopped = true
		default:
			plan.part, plan.inPart, stopped = n, left-t.MaxLen, true
		}
		return nil
	}
	lower, upper := s.section(sectionNode)
	var before *streamNode // its end is known when the next one is
	err = s.r.scanRange(lower, upper, false, func(key, value []byte) (bool, error) {
		node, err := readNode(key, value)
		if err == nil && before != nil {
			err = visit(before, node.id)
		}
		before = &node
		return !stopped, err
	})
	if err == nil && !stopped && before != nil {
		err = visit(before, s.info.tail.id)
	}
	if err == nil && !stopped && s.info.tail.live > 0 {
		tail := s.info.tail
		err = visit(&tail, MaxStreamID)
	}
	return plan, err
}

// removeFront removes the entries, at the front of the stream, that a trim is to, and
// notes which is the first then.
func (s *Stream) removeFront(t Trim, plan *trimming) (removed int64, err error) {
	goes := func(id StreamID, of int64) bool {
		switch {
		case id.Less(plan.end) || plan.end == MaxStreamID:
			return true
		case plan.part == nil:
			return false
		case t.ByID:
			return id.Less(t.MinID)
		}
		return of < plan.inPart
	}
	var ids []StreamID // while they are few
	var first, last StreamID
	inPart, ofPart := int64(0), int64(0)
	read := func(id StreamID, value []byte) (more bool) {
		if !goes(id, inPart) {
			first = id
			return false
		}
		bytes := streamEntryBytes(value)
		if !id.Less(plan.end) {
			inPart++
			ofPart += bytes
		}
		last = id
		if removed < rangeDeleteSize {
			ids = append(ids, id)
		}
		removed++
		s.bytes -= bytes
		return true
	}
	// Nodes that all go and are many need not be read if it is known what they take.
	var from StreamID
	sums := s.nodeSums()
	if n, bytes := sums.known(plan.nodes); n < len(plan.nodes) && plan.entries >= rangeDeleteSize && plan.end != MaxStreamID {
		known := plan.nodes[n]
		err := s.scanEntries(from, known, false, func(id StreamID, value []byte) (bool, error) {
			if !id.Less(known) {
				return false, nil
			}
			return read(id, value), nil
		})
		if err != nil {
			return 0, err
		}
		from, removed = plan.end, plan.entries
		s.bytes -= bytes
	}
	err = s.scanEntries(from, MaxStreamID, false, func(id StreamID, value []byte) (bool, error) { return read(id, value), nil })
	if err != nil {
		return 0, err
	}
	if sums != nil {
		sums.drop(plan.end, plan.part, ofPart)
		s.sumsChanged(sums)
	}
	s.info.first = first
	if removed >= rangeDeleteSize {
		// From the very beginning: so the ranges of a stream that is trimmed again and
		// again become one.
		lower, _ := s.section(sectionEntry)
		upper := s.entryKey(from)
		if !last.Less(from) { // or none of what was read goes
			upper = append(s.entryKey(last), 0)
		}
		return removed, s.r.w.DeleteRange(lower, upper)
	}
	for _, id := range ids {
		if err := s.r.w.Delete(s.entryKey(id)); err != nil {
			return 0, err
		}
	}
	return removed, nil
}

// removeNodes removes the nodes that have lost all entries, and corrects the one that has
// lost some.
func (s *Stream) removeNodes(plan *trimming, removed int64) error {
	if n := len(plan.nodes); n >= rangeDeleteSize {
		lower, _ := s.section(sectionNode)
		if err := s.r.w.DeleteRange(lower, append(s.nodeKey(plan.nodes[n-1]), 0)); err != nil {
			return err
		}
	} else {
		for _, id := range plan.nodes {
			if err := s.r.w.Delete(s.nodeKey(id)); err != nil {
				return err
			}
		}
	}
	s.info.nodes -= int64(len(plan.nodes))
	if plan.tail {
		s.info.tail = streamNode{}
		s.info.nodes--
	}
	if plan.part == nil || removed == plan.entries {
		return nil
	}
	plan.part.live -= removed - plan.entries
	if plan.part.id == s.info.tail.id {
		s.info.tail = *plan.part
		return nil
	}
	return s.saveNode(plan.part)
}

// allBefore says whether all entries of the node from id on, which ends before
// next, are before limit.
func (s *Stream) allBefore(id, next, limit StreamID) (bool, error) {
	if !limit.Less(next) {
		return true, nil
	}
	all := true
	err := s.scanEntries(limit, next, false, func(found StreamID, _ []byte) (bool, error) {
		if !found.Less(id) && (found != next || next == MaxStreamID) {
			all = false
		}
		return false, nil
	})
	return all, err
}
