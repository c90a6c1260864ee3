package session

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/table"
)

// handle gives the table handle of a relation.
func (s *Session) handle(rel *catalog.Relation) (*table.Handle, error) {
	return table.NewHandle(rel, nil), nil
}
