package parser

import "sync"

// treeCost is how many bytes of memory a byte of SQL becomes in a parse tree,
// about: it bounds the cache, no more.
const treeCost = 60

// Cache keeps the statements of texts parsed before, within a bound on memory.
// It is safe for concurrent use.
type Cache struct {
	mu     sync.Mutex
	limit  int
	used   int
	byText map[string]*cached
	// recent is the head of a ring: next is the latest used, prev the oldest.
	recent cached
}

type cached struct {
	sql        string
	stmts      []Statement
	cost       int
	prev, next *cached
}

// NewCache makes a cache of about limit bytes.
func NewCache(limit int) *Cache {
	c := &Cache{limit: limit, byText: make(map[string]*cached)}
	c.recent.prev, c.recent.next = &c.recent, &c.recent
	return c
}

func (e *cached) unlink() { e.prev.next, e.next.prev = e.next, e.prev }

func (c *Cache) toFront(e *cached) {
	e.prev, e.next = &c.recent, c.recent.next
	e.prev.next, e.next.prev = e, e
}

// Parse is Parse, remembered.
func (c *Cache) Parse(sql string) ([]Statement, error) {
	c.mu.Lock()
	if e, ok := c.byText[sql]; ok {
		e.unlink()
		c.toFront(e)
		c.mu.Unlock()
		return e.stmts, nil
	}
	c.mu.Unlock()
	stmts, err := Parse(sql)
	if err != nil {
		return nil, err
	}
	cost := len(sql)*treeCost + 500
	if cost > c.limit/8 {
		return stmts, nil // one big text is not worth many small ones
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byText[sql]; ok {
		return stmts, nil
	}
	e := &cached{sql: sql, stmts: stmts, cost: cost}
	c.byText[sql] = e
	c.toFront(e)
	c.used += cost
	for c.used > c.limit {
		old := c.recent.prev
		old.unlink()
		delete(c.byText, old.sql)
		c.used -= old.cost
	}
	return stmts, nil
}

// Len is how many texts are kept.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.byText)
}
