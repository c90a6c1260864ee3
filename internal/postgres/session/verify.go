package session

import (
	"fmt"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/exec"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/table"
	"github.com/orbit-server/orbit/internal/storage"
)

// Verify is table.Verify of a view of the engine's store: it compiles the expressions
// of indexes, as the first role sees them.
func (m *Manager) Verify(r storage.Reader, o table.VerifyOptions) error {
	sessions := map[*catalog.View]*Session{} // of the database that is being checked
	o.Handle = func(view *catalog.View, rel *catalog.Relation) (*table.Handle, error) {
		s := sessions[view]
		if s == nil {
			db, role := view.DatabaseByOID(view.Database()), view.Role(catalog.BootstrapRole)
			if db == nil || role == nil {
				return nil, fmt.Errorf("database %d or its first role is not in the catalog", view.Database())
			}
			s = newSession(m, Login{}, nil, db, role)
			if err := s.startSettings(nil); err != nil {
				return nil, err
			}
			clear(sessions)
			sessions[view] = s
		}
		return s.prepare(view, rel)
	}
	return table.Verify(r, o)
}

// prepare makes the table handle of a relation with the evaluator of its indexes.
func (s *Session) prepare(view *catalog.View, rel *catalog.Relation) (*table.Handle, error) {
	env := s.planEnv(view, "")
	keys, predicates, err := plan.IndexRules(env, rel)
	if err != nil {
		return nil, err
	}
	eval, err := exec.NewIndexEval(env.Fn, rel, keys, predicates)
	if err != nil {
		return nil, err
	}
	return table.NewHandle(rel, eval), nil
}
