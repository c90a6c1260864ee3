package parser

import (
	"container/list"
	"sync"
)

// treeCost is how many bytes of memory a byte of SQL becomes in a parse tree,
// about: it bounds the cache, no more.
const treeCost = 60

// Cache keeps the statements of texts parsed before, within a bound on memory.
// It is safe for concurrent use.
type Cache struct {
	mu     sync.Mutex
	limit  int
	used   int
	byText map[string]*list.Element
	recent list.List // of *cached, the latest first
}

type cached struct {
	sql   string
	stmts []Statement
	cost  int
}

// NewCache makes a cache of about limit bytes.
func NewCache(limit int) *Cache {
	return &Cache{limit: limit, byText: make(map[string]*list.Element)}
}

// Parse is Parse, remembered.
func (c *Cache) Parse(sql string) ([]Statement, error) {
	c.mu.Lock()
	if e, ok := c.byText[sql]; ok {
		c.recent.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(*cached).stmts, nil
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
	c.byText[sql] = c.recent.PushFront(&cached{sql, stmts, cost})
	c.used += cost
	for c.used > c.limit {
		last := c.recent.Back()
		old := c.recent.Remove(last).(*cached)
		delete(c.byText, old.sql)
		c.used -= old.cost
	}
	return stmts, nil
}

// Len is how many texts are kept.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recent.Len()
}
