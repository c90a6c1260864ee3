package sysview

import "github.com/orbit-server/orbit/internal/postgres/types"

// server is the server behind a scan, nil if there is none.
func (s *scan) server() Server {
	v, err := serverOf(s.ec.Fn)
	if err != nil {
		return nil
	}
	return v
}

func pgSettings(s *scan) error {
	server := s.server()
	if server == nil {
		return nil
	}
	for _, g := range server.Settings() {
		enum := null
		if len(g.Enum) > 0 {
			enum = texts(types.TextOID, g.Enum)
		}
		if err := s.row(
			text(g.Name), text(g.Value), textOrNull(g.Unit), text(g.Category), text(g.Desc), null, text(g.Context),
			text(g.Type), text(g.Source), textOrNull(g.Min), textOrNull(g.Max), enum, text(g.Boot), text(g.Reset), null, null,
			boolean(false),
		); err != nil {
			return err
		}
	}
	return nil
}

func pgPreparedStatements(s *scan) error {
	server := s.server()
	if server == nil {
		return nil
	}
	for _, p := range server.Prepared() {
		if err := s.row(
			text(p.Name), text(p.Statement), timestamp(p.Made), numbers(types.RegtypeOID, p.Params), boolean(p.FromSQL),
			null, null, // how often which kind of plan was used is not counted
		); err != nil {
			return err
		}
	}
	return nil
}

func pgCursors(s *scan) error {
	server := s.server()
	if server == nil {
		return nil
	}
	for _, c := range server.Cursors() {
		if err := s.row(
			text(c.Name), text(c.Statement), boolean(c.Hold), boolean(c.Binary), boolean(c.Scrollable), timestamp(c.Made),
		); err != nil {
			return err
		}
	}
	return nil
}
