package state

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// State is what is remembered of one server, by name. It may be used concurrently.
type State struct {
	path   string
	mu     sync.Mutex
	values map[string]string
}

// Load reads what is remembered of the server of a data directory. What cannot be read
// is as good as nothing: nobody should be kept out by what they last looked at.
func Load(dataDir string) *State {
	s := &State{values: map[string]string{}}
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return s
		}
		base = filepath.Join(home, ".local", "state")
	}
	if dir, err := filepath.Abs(dataDir); err == nil {
		dataDir = dir
	}
	sum := sha256.Sum256([]byte(dataDir))
	s.path = filepath.Join(base, "orbit", "tui", hex.EncodeToString(sum[:8])+".json")
	if b, err := os.ReadFile(s.path); err == nil && json.Unmarshal(b, &s.values) != nil || s.values == nil {
		s.values = map[string]string{}
	}
	return s
}

// Empty remembers nothing from before and keeps nothing.
func Empty() *State { return &State{values: map[string]string{}} }

// Get is what is remembered under a name, or else what is given.
func (s *State) Get(name, otherwise string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, known := s.values[name]; known {
		return v
	}
	return otherwise
}

// Set remembers a value.
func (s *State) Set(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[name] = value
}

// Save writes it, for nobody else to read.
func (s *State) Save() error {
	if s.path == "" {
		return nil
	}
	s.mu.Lock()
	b, err := json.MarshalIndent(s.values, "", "  ")
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.WriteFile(s.path, append(b, '\n'), 0o600)
}
