package source

import (
	"context"

	"github.com/orbit-server/orbit/internal/redis/survey"
)

// Databases counts the keys of the databases that have some; of the first one always.
func (s *Source) Databases(ctx context.Context) ([]survey.Database, error) {
	reply, err := s.Redis(ctx, 0, "INFO", "keyspace")
	if err != nil {
		return nil, err
	}
	return parseKeyspace(string(reply.Text)), nil
}
