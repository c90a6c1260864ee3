package table

// lockClass is a family of locks with its own modes.
type lockClass uint8

const (
	classRow lockClass = iota
	classRelation
	className
	classAdvisory
)

// existence is a row-class mode beside the four of SQL: whoever makes a unique
// key come or go holds it on that key, so that others who would add the same key
// wait for the outcome. It conflicts with itself only; FOR UPDATE of a row that
// merely exists does not hold up an insert that is going to fail.
const existence = uint8(ForUpdate) + 1

// Modes of advisory locks, and the one mode of names.
const (
	advisoryShared    uint8 = 0
	advisoryExclusive uint8 = 1
	nameExclusive     uint8 = 0
)

func modeSet(modes ...uint8) (m uint16) {
	for _, mode := range modes {
		m |= 1 << mode
	}
	return m
}

// conflicts gives, per class and mode, the modes of others that it cannot stand.
// Rows: PostgreSQL's documentation, table "Conflicting Row-Level Locks".
// Relations: table "Conflicting Lock Modes", lock.c's LockConflicts.
var conflicts = [...][9]uint16{
	classRow: {
		ForKeyShare:    modeSet(uint8(ForUpdate)),
		ForShare:       modeSet(uint8(ForNoKeyUpdate), uint8(ForUpdate)),
		ForNoKeyUpdate: modeSet(uint8(ForShare), uint8(ForNoKeyUpdate), uint8(ForUpdate)),
		ForUpdate:      modeSet(uint8(ForKeyShare), uint8(ForShare), uint8(ForNoKeyUpdate), uint8(ForUpdate)),
		existence:      modeSet(existence),
	},
	classRelation: {
		AccessShare:          modeSet(8),
		RowShare:             modeSet(7, 8),
		RowExclusive:         modeSet(5, 6, 7, 8),
		ShareUpdateExclusive: modeSet(4, 5, 6, 7, 8),
		Share:                modeSet(3, 4, 6, 7, 8),
		ShareRowExclusive:    modeSet(3, 4, 5, 6, 7, 8),
		Exclusive:            modeSet(2, 3, 4, 5, 6, 7, 8),
		AccessExclusive:      modeSet(1, 2, 3, 4, 5, 6, 7, 8),
	},
	className: {nameExclusive: modeSet(nameExclusive)},
	classAdvisory: {
		advisoryShared:    modeSet(advisoryExclusive),
		advisoryExclusive: modeSet(advisoryShared, advisoryExclusive),
	},
}

// modeNames are as pg_locks and deadlock details spell them. A wait for a row
// shows as PostgreSQL's wait for the transaction that holds it.
var modeNames = [...][9]string{
	classRow: {"RowKeyShareLock", "RowShareLock", "RowNoKeyExclusiveLock", "RowExclusiveLock", "KeyLock"},
	classRelation: {
		"", "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock",
		"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
	},
	className:     {"ExclusiveLock"},
	classAdvisory: {"ShareLock", "ExclusiveLock"},
}

func (m LockMode) String() string { return modeNames[classRelation][m] }
