package server

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// epollConn is a connection of an event loop.
type epollConn struct {
	loop     *loop
	session  *session
	socket   int
	interest uint32
	dead     bool

	chunks [][]byte // replies that the system has not taken yet
	size   int
}

var _ transport = (*epollConn)(nil)

// handle serves the events of one round.
func (c *epollConn) handle(events uint32) {
	if events&unix.EPOLLOUT != 0 {
		c.flush()
	}
	if c.dead || events&(unix.EPOLLIN|unix.EPOLLHUP|unix.EPOLLERR) == 0 {
		return
	}
	if c.interest&unix.EPOLLIN == 0 {
		// Nobody reads, so only the end of the connection can be meant.
		if events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			c.close()
		}
		return
	}
	own := c.session.space()
	buf := own
	if own == nil {
		buf = c.loop.buf
	}
	n, err := transfer(unix.SYS_READ, c.socket, buf)
	switch {
	case n > 0 && own != nil:
		c.session.filled(n)
	case n > 0:
		c.session.receive(buf[:n])
	case err == unix.EAGAIN || err == unix.EINTR:
	case err == 0:
		// The client sends no more, and may still read what it asked for.
		c.session.Close()
		c.setReading(false)
		c.session.closeIfDone()
	default:
		c.close()
	}
}

func (c *epollConn) write(b []byte) (taken bool) {
	if c.dead {
		return false
	}
	if c.size > 0 {
		return c.enqueue(b)
	}
	n, err := c.send(b)
	if err != nil {
		c.close()
		return false
	}
	if n == len(b) {
		return false
	}
	c.chunks = append(c.chunks, b[n:])
	c.size += len(b) - n
	c.setInterest(c.interest | unix.EPOLLOUT)
	return true
}

// enqueue adds b to what waits, within the last chunk if there is room.
func (c *epollConn) enqueue(b []byte) (taken bool) {
	c.size += len(b)
	last := &c.chunks[len(c.chunks)-1]
	if cap(*last)-len(*last) >= len(b) {
		*last = append(*last, b...)
		return false
	}
	c.chunks = append(c.chunks, b)
	return true
}

// send writes what the system takes at once.
func (c *epollConn) send(b []byte) (int, error) {
	for {
		n, err := transfer(unix.SYS_WRITE, c.socket, b)
		switch err {
		case 0:
			return n, nil
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, err
		}
	}
}

// transfer reads or writes a socket, which never blocks. It does not tell Go's
// scheduler: that would take the processor from the loop when the kernel, which
// delivers to a local client within the call, takes more than a few microseconds.
func transfer(call uintptr, fd int, b []byte) (int, syscall.Errno) {
	n, _, err := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if err != 0 {
		return 0, err
	}
	return int(n), 0
}

// flush sends what waited, now that the system takes more.
func (c *epollConn) flush() {
	for len(c.chunks) > 0 {
		first := c.chunks[0]
		n, err := c.send(first)
		if err != nil {
			c.close()
			return
		}
		c.size -= n
		if n < len(first) {
			c.chunks[0] = first[n:]
			c.session.drained()
			return
		}
		c.chunks[0] = nil
		c.chunks = c.chunks[1:]
	}
	c.chunks = nil
	c.setInterest(c.interest &^ unix.EPOLLOUT)
	c.session.drained()
}

func (c *epollConn) queued() int { return c.size }

func (c *epollConn) pieces() int { return len(c.chunks) }

func (c *epollConn) fd() int { return c.socket }

func (c *epollConn) setReading(on bool) {
	if on {
		c.setInterest(c.interest | unix.EPOLLIN)
	} else {
		c.setInterest(c.interest &^ unix.EPOLLIN)
	}
}

func (c *epollConn) setInterest(interest uint32) {
	if c.dead || interest == c.interest {
		return
	}
	c.interest = interest
	event := unix.EpollEvent{Fd: int32(c.socket), Events: interest}
	if err := unix.EpollCtl(c.loop.epoll, unix.EPOLL_CTL_MOD, c.socket, &event); err != nil {
		c.loop.srv.log.Error("event loop", "err", os.NewSyscallError("epoll_ctl", err))
		c.close()
	}
}

func (c *epollConn) close() {
	if c.dead {
		return
	}
	c.dead = true
	delete(c.loop.conns, c.socket)
	// Closing takes the socket out of epoll too: it has no other descriptor.
	if err := unix.Close(c.socket); err != nil {
		c.loop.srv.log.Debug("closing a connection", "err", err)
	}
	c.chunks, c.size = nil, 0
	c.loop.srv.clients.count.Add(-1)
	c.session.gone()
}
