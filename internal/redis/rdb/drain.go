package rdb

import (
	"encoding/binary"
	"hash/crc64"
	"io"
	"sync/atomic"
)

// drain takes the bytes of a file from who encodes them: a goroutine of its own adds
// them to the checksum and writes them, while the next ones are encoded.
type drain struct {
	out  io.Writer
	sum  uint64                // the goroutine's, until that has ended
	full chan []byte           // nil until there is something to write
	free chan []byte           // to be filled again
	done chan struct{}         // closed at the goroutine's end
	err  atomic.Pointer[error] // what ended the writing; the rest is dropped
}

// drainBuffers is how many buffers there are: one is filled, one on its way, one
// written.
const drainBuffers = 3

// begin starts the goroutine. Short files never need it.
func (d *drain) begin() {
	d.full, d.free, d.done = make(chan []byte, 1), make(chan []byte, drainBuffers), make(chan struct{})
	for range drainBuffers - 1 {
		d.free <- nil
	}
	go func() {
		defer close(d.done)
		for b := range d.full {
			d.write(b)
			if cap(b) > 16*flushSize {
				b = nil // it held one large string
			}
			d.free <- b[:0]
		}
	}()
}

func (d *drain) write(b []byte) {
	if d.err.Load() != nil {
		return
	}
	d.sum = crc64.Update(d.sum, jones, b)
	if _, err := d.out.Write(b); err != nil {
		d.err.Store(&err)
	}
}

// take passes b on and returns a buffer to fill.
func (d *drain) take(b []byte) []byte {
	if d.full == nil {
		d.begin()
	}
	d.full <- b
	return <-d.free
}

// failed is why nothing is written any more.
func (d *drain) failed() error {
	if err := d.err.Load(); err != nil {
		return *err
	}
	return nil
}

// stop returns when all that was taken is written.
func (d *drain) stop() {
	if d.full != nil {
		close(d.full)
		<-d.done
		d.full = nil
	}
}

// end writes the last bytes and the checksum.
func (d *drain) end(b []byte) error {
	d.stop()
	d.write(b)
	if err := d.failed(); err != nil {
		return err
	}
	_, err := d.out.Write(binary.LittleEndian.AppendUint64(nil, ^d.sum))
	return err
}
