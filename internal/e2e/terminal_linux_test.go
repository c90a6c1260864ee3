package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// onTerminal runs a program on a pseudo-terminal and returns what it shows.
func onTerminal(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	master, slave := openTerminal(t)
	defer func() { _ = master.Close() }()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	err := cmd.Start()
	_ = slave.Close()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	chunk := make([]byte, 4096)
	for err == nil {
		var n int
		n, err = master.Read(chunk)
		out.Write(chunk[:n])
		// As every terminal does: say what it is when it is asked.
		for range bytes.Count(chunk[:n], []byte("\x1b[c")) {
			if _, err := master.WriteString("\x1b[?62c"); err != nil {
				t.Fatal(err)
			}
		}
	}
	// When nobody has the other side open any more, reading fails with EIO.
	if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}

// openTerminal makes a pseudo-terminal: its master's side, and the one that a program
// gets.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	if _, err := os.Stat("/dev/ptmx"); err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	master, slave, err := newTerminal()
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

func newTerminal() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, master.Close())
	}
	return master, slave, nil
}

// watch collects what is written to a terminal until it ends.
func watch(master io.Reader) *output {
	seen := &output{}
	go func() { _, _ = io.Copy(seen, master) }()
	return seen
}
