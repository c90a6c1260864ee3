package keyspace

// DBSize is the number of keys of a database, expired ones included until they
// are removed. O(1).
func (r *Run) DBSize(db int) (int64, error) {
	t, err := r.tallyOf(db)
	return t.keys, err
}

// DBStats is what INFO tells of a database. O(1).
func (r *Run) DBStats(db int) (DBStats, error) {
	t, err := r.tallyOf(db)
	if err != nil {
		return DBStats{}, err
	}
	s := DBStats{Keys: t.keys, Expires: t.expires, Timed: t.timed}
	if t.expires > 0 {
		s.AvgTTL = max(0, t.expirySum/t.expires*1000-r.now)
	}
	return s, nil
}

// tallyOf is the tally of a database of the protocol.
func (r *Run) tallyOf(db int) (tally, error) {
	id, err := r.dbid(db)
	if err != nil {
		return tally{}, err
	}
	return r.pendingTally(id), nil
}

// pendingTally is a tally with the run's own writes.
func (r *Run) pendingTally(id uint32) tally {
	t := r.ks.counts.get(id)
	for _, d := range r.deltas {
		if d.id == id {
			t.add(d.tally)
		}
	}
	return t
}

// FlushDB removes all keys of a database. It takes the lock on the whole
// keyspace, if LockAll has not; its cost does not depend on the number of keys.
func (r *Run) FlushDB(db int) error {
	if _, err := r.dbid(db); err != nil {
		return err
	}
	if err := r.LockAll(); err != nil {
		return err
	}
	for other := range r.dbs.ids {
		if other == db {
			continue
		}
		if t := r.pendingTally(r.dbs.ids[other]); t.keys > 0 {
			m := r.dbs.clone()
			if err := r.abandon(m, db, false); err != nil {
				return err
			}
			return r.setDatabases(m)
		}
	}
	return r.FlushAll()
}

// FlushAll removes all keys of all databases, as FlushDB does.
func (r *Run) FlushAll() error {
	if err := r.LockAll(); err != nil {
		return err
	}
	m := r.dbs.clone()
	for db := range m.ids {
		if err := r.abandon(m, db, true); err != nil {
			return err
		}
	}
	if err := r.discardAllVersions(); err != nil {
		return err
	}
	return r.setDatabases(m)
}

// SwapDB exchanges two databases. It takes the lock on the whole keyspace.
func (r *Run) SwapDB(a, b int) error {
	for _, db := range []int{a, b} {
		if _, err := r.dbid(db); err != nil {
			return err
		}
	}
	if err := r.LockAll(); err != nil {
		return err
	}
	if a == b {
		return nil
	}
	m := r.dbs.clone()
	m.ids[a], m.ids[b] = m.ids[b], m.ids[a]
	return r.setDatabases(m)
}

func (r *Run) setDatabases(m *databaseMap) error {
	r.dbs = m
	r.readyAll = r.readyAll || r.ks.waiters.Load() > 0
	return r.w.Set(systemDatabases, m.append(nil))
}

// abandon gives a database a new dbid and queues what lies under the old one,
// unless nothing does. covered says that the subkeys of its collections are
// queued already.
func (r *Run) abandon(m *databaseMap, db int, covered bool) error {
	id := m.ids[db]
	t := r.pendingTally(id)
	if t.keys == 0 {
		return nil
	}
	m.renew(db)
	r.flushed = append(r.flushed, id)
	return r.discardDatabase(id, databaseGarbage{subkeysCovered: covered, noExpiry: t.expires == 0 && t.timed == 0})
}
