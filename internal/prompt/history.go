package prompt

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// HistoryLimit is how many lines of history are kept.
const HistoryLimit = 10_000

// Names of the files of history, of each protocol.
const (
	SQLHistory   = "sql_history"
	RedisHistory = "redis_history"
)

// HistoryFile is in the user's state directory, readable by nobody else; "" if there
// is no such directory.
func HistoryFile(name string) string {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(home, ".local", "state")
	}
	dir := filepath.Join(base, "orbit")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil || f.Close() != nil {
		return ""
	}
	return path
}

// ReadHistory gives the last lines of a file, the newest last; none if there is no
// file.
func ReadHistory(path string) (lines []string) {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		if line := scan.Text(); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(len(lines)-HistoryLimit, 0):]
}

// AppendHistory adds a text to a file, as one line.
func AppendHistory(path, text string) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(OneLine(text) + "\n")
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// OneLine is a text as history keeps it.
func OneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }
