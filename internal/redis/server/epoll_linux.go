package server

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// loop is an event loop over epoll, and the worker of its connections.
//
// It is orbit's own because what the sessions need is not to be had from gnet
// 2.9.5: to stop reading from a client that does not read its replies, to hear
// when queued replies have gone out, to act at the end of a round of events (one
// wait for durability serves them all), and to go on when accepting fails for
// want of file descriptors (gnet ends the engine).
type loop struct {
	srv    *Server
	worker *worker
	epoll  int
	waker  int // an eventfd
	conns  map[int]*epollConn
	buf    []byte // for reading, of the connections without a buffer of their own

	woken atomic.Bool
	mu    sync.Mutex
	queue []func()
	// stopped guards the descriptors: their numbers may belong to others by now.
	stopped bool
	done    chan struct{} // closed when the loop has ended
	quit    bool          // set on the loop
}

const (
	readSize  = 64 << 10
	maxEvents = 1024
)

var _ eventLoop = (*loop)(nil)

func newLoop(s *Server) (eventLoop, error) {
	if s.opts.streams {
		return newStreamLoop(s), nil
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	waker, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, errors.Join(os.NewSyscallError("eventfd", err), unix.Close(epoll))
	}
	// Edge-triggered: every write wakes, and nobody needs to read it.
	event := unix.EpollEvent{Fd: int32(waker), Events: unix.EPOLLIN | unix.EPOLLET}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, waker, &event); err != nil {
		return nil, errors.Join(os.NewSyscallError("epoll_ctl", err), unix.Close(epoll), unix.Close(waker))
	}
	l := &loop{
		srv: s, epoll: epoll, waker: waker,
		conns: make(map[int]*epollConn), buf: make([]byte, readSize), done: make(chan struct{}),
	}
	l.worker = s.newWorker(l.post)
	go l.run()
	return l, nil
}

func (l *loop) sessions() *worker { return l.worker }

// post queues f for the loop. Safe for concurrent use; once the loop has stopped
// it does nothing.
func (l *loop) post(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return
	}
	l.queue = append(l.queue, f)
	if l.woken.CompareAndSwap(false, true) {
		one := [8]byte{1}
		for {
			if _, err := unix.Write(l.waker, one[:]); err != unix.EINTR {
				return // full means that it is awake
			}
		}
	}
}

// run is the loop: a round takes what events there are, then settles the writes
// of all, then does what was posted.
func (l *loop) run() {
	defer close(l.done)
	events := make([]unix.EpollEvent, maxEvents)
	for !l.quit {
		if l.worker.handedOn {
			// While the loop sleeps in the kernel, nobody else would start what it
			// set going until the scheduler's watch comes round. Each yield wakes
			// another thread, though, so it is not for every round.
			l.worker.handedOn = false
			runtime.Gosched()
		}
		n, err := unix.EpollWait(l.epoll, events, -1)
		if err != nil && err != unix.EINTR {
			l.srv.log.Error("event loop", "err", os.NewSyscallError("epoll_wait", err))
			break
		}
		if n <= 0 {
			continue
		}
		l.worker.tick()
		if l.woken.Load() {
			// What another loop posted before it sent a reply comes before what the
			// reader of that reply makes a client of this loop do.
			l.runPosted()
		}
		for i := range events[:n] {
			if c := l.conns[int(events[i].Fd)]; c != nil {
				c.handle(events[i].Events)
			}
		}
		if l.woken.Load() {
			l.runPosted()
		}
		l.worker.settle()
	}
	for _, c := range l.conns {
		c.close()
	}
}

func (l *loop) runPosted() {
	l.woken.Store(false)
	l.mu.Lock()
	queue := l.queue
	l.queue = nil
	l.mu.Unlock()
	for _, f := range queue {
		f()
	}
}

// stop ends the loop and its connections and waits for it.
func (l *loop) stop() error {
	l.post(func() { l.quit = true })
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	return errors.Join(unix.Close(l.epoll), unix.Close(l.waker))
}

// take makes conn one of the loop's. The socket leaves Go's own poller.
func (l *loop) take(conn net.Conn) {
	addr, laddr := conn.RemoteAddr().String(), conn.LocalAddr().String()
	fd, err := steal(conn)
	if err != nil {
		l.srv.clients.count.Add(-1)
		l.srv.log.Warn("cannot take a connection", "err", err)
		return
	}
	l.post(func() {
		c := &epollConn{loop: l, socket: fd, interest: unix.EPOLLIN}
		event := unix.EpollEvent{Fd: int32(fd), Events: c.interest}
		if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
			l.srv.clients.count.Add(-1)
			l.srv.log.Warn("cannot take a connection", "err", errors.Join(err, unix.Close(fd)))
			return
		}
		l.conns[fd] = c
		c.session = l.worker.open(c, addr, laddr)
	})
}

// steal duplicates the socket's descriptor and closes the original.
func steal(conn net.Conn) (int, error) {
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return 0, errors.Join(fmt.Errorf("%T is not a socket", conn), conn.Close())
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return 0, errors.Join(err, conn.Close())
	}
	fd := -1
	var dupErr error
	err = control.Control(func(from uintptr) {
		fd, dupErr = unix.FcntlInt(from, unix.F_DUPFD_CLOEXEC, 0)
	})
	return fd, errors.Join(err, os.NewSyscallError("fcntl", dupErr), conn.Close())
}
