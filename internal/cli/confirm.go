package cli

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
)

// goOn says at a terminal what is about to happen, and asks whether to go on: an error
// if not.
func goOn(s *Streams, about string) error {
	_, _ = fmt.Fprintf(s.Err, "%s Go on? [y/N] ", about)
	line, err := bufio.NewReader(s.In).ReadString('\n')
	if err != nil && line == "" {
		return err
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}
