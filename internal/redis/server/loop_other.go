//go:build !linux

package server

func newLoop(s *Server) (eventLoop, error) { return newStreamLoop(s), nil }
