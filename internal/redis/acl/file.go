package acl

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Load replaces all users by those of a file, or none if a line is wrong. The
// clients of all users but the default one must authenticate anew. The error
// lists what is wrong, with the lines.
func (u *Users) Load(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		var failed *os.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return fmt.Errorf("Error loading ACLs, opening file '%s': %w", path, err)
	}
	return u.LoadText(path, string(text))
}

// LoadText is Load of lines that come from elsewhere.
func (u *Users) LoadText(where, text string) error {
	u.change.Lock()
	defer u.change.Unlock()
	loaded, problems := u.parse(where, text)
	if problems != "" {
		return errors.New(strings.TrimSpace(problems))
	}
	fallback := loaded[DefaultName]
	if fallback == nil {
		fallback = u.defaultPermissions()
	}
	byName := map[string]*User{DefaultName: u.fallback}
	for name, p := range loaded {
		if name != DefaultName {
			user := &User{name: name, table: u.commands}
			user.publish(p)
			byName[name] = user
		}
	}
	u.mu.Lock()
	old := u.byName
	u.byName = byName
	u.mu.Unlock()
	u.replace(u.fallback, fallback)
	for _, user := range old {
		if user != u.fallback {
			u.retire(user)
		}
	}
	return nil
}

// parse reads the lines of an ACL file.
func (u *Users) parse(path, text string) (users map[string]*permissions, problems string) {
	users = make(map[string]*permissions)
	for i, line := range strings.Split(text, "\n") {
		where := fmt.Sprintf("%s:%d", path, i+1)
		line = strings.Trim(line, " \t\r\n")
		if line == "" {
			continue
		}
		words := strings.Split(line, " ")
		switch {
		case words[0] != "user" || len(words) < 2:
			problems += where + " should start with user keyword followed by the username. "
			continue
		case hasSpaces(words[1]):
			problems += fmt.Sprintf("%s: username '%s' contains invalid characters. ", where, words[1])
			continue
		case users[words[1]] != nil:
			problems += fmt.Sprintf("WARNING: Duplicate user '%s' found on line %d. ", words[1], i+1)
			continue
		}
		p := newPermissions(u.commands, u.allChannels.Load())
		users[words[1]] = p
		problems += u.applyLine(p, where, words[2:])
	}
	return users, problems
}

// applyLine applies the rules of a line. A password must not appear in what it
// says of them.
func (u *Users) applyLine(p *permissions, where string, words []string) (problems string) {
	rules, open := mergeSelectors(words)
	if open != "" {
		return where + ": Unmatched parenthesis in selector definition. "
	}
	failed := false
	for _, rule := range rules {
		err := p.apply(u.commands, strings.Trim(rule, "\t\r\n"), u.allChannels.Load())
		switch {
		case errors.Is(err, errUnknown):
			problems += fmt.Sprintf("%s: Error in applying operation '%s': %s. ", where, rule, err)
		case err != nil && !failed:
			failed = true
			problems += fmt.Sprintf("%s: %s. ", where, err)
		}
	}
	return problems
}

// Save writes all users to a file: it has them all, or is what it was.
func (u *Users) Save(path string) (err error) {
	u.change.Lock()
	defer u.change.Unlock()
	mode := os.FileMode(0o600) // hashes of passwords
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.WriteString(strings.Join(u.Describe(), "\n") + "\n")
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
