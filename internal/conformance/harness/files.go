package harness

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// ReadJSON reads a file of scores.
func ReadJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// WriteJSON writes a file of scores.
func WriteJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// Percent is the share that was got of all; all of nothing is everything.
func Percent(got, of int) float64 {
	if of == 0 {
		return 100
	}
	return 100 * float64(got) / float64(of)
}
