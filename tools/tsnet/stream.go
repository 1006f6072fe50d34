//go:build js && wasm

package main

import (
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync"
	"syscall/js"
	"time"
)

// A stream is a connection as JavaScript has it: a number, and frames in both directions. A frame is a byte with its
// kind, the stream's number and the payload's length as 32-bit integers, little-endian, and the payload. All frames of
// one turn of the event loop cross together where they can, because a crossing costs more than the bytes of a page.
const (
	frameData  = iota // bytes of the connection
	frameEnd          // the sender has no more bytes
	frameRoom         // how many more bytes the receiver of this frame may send: a 32-bit integer
	frameClose        // to Go: close the connection; to JavaScript: it is broken, with the reason
)

const (
	frameHead = 9
	// window is what each side may send before the other has told that it took some of it.
	window = 64 << 10
	// maxRead bounds one read. A page of metrics fits.
	maxRead = 8 << 10
	// grace is how long a connection that JavaScript closed may still take to send what was written.
	grace = 10 * time.Second
)

// outbox has frames for JavaScript, of a turn of the event loop.
type outbox struct {
	filled chan struct{}

	mu    sync.Mutex
	bytes []byte
}

func (o *outbox) add(kind byte, id uint32, payload []byte) {
	o.mu.Lock()
	o.bytes = append(o.bytes, kind)
	o.bytes = binary.LittleEndian.AppendUint32(o.bytes, id)
	o.bytes = binary.LittleEndian.AppendUint32(o.bytes, uint32(len(payload)))
	o.bytes = append(o.bytes, payload...)
	o.mu.Unlock()
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

// run passes the frames on, for ever.
func (o *outbox) run(pass js.Value) {
	var spare []byte
	for range o.filled {
		runtime.Gosched() // the scheduler usually comes back when nothing else can run, which ends the turn
		o.mu.Lock()
		frames := o.bytes
		o.bytes = spare[:0]
		o.mu.Unlock()
		if len(frames) > 0 {
			pass.Invoke(jsBytes(frames))
		}
		spare = frames
	}
}

type stream struct {
	id  uint32
	c   net.Conn
	out *outbox

	mu        sync.Mutex
	room      int      // bytes that JavaScript takes
	unsent    [][]byte // bytes from JavaScript; nil is the end
	taken     int      // bytes from JavaScript that were sent since it was given room
	isReading bool     // stays true at the end of what the peer sends
	isWriting bool
	isClosed  bool // by JavaScript
	isBroken  bool // and JavaScript was told
}

// receive handles a frame from JavaScript. It must not block, because it runs in an event handler.
func (s *stream) receive(kind byte, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kind {
	case frameData, frameEnd:
		if s.isBroken {
			return
		}
		if kind == frameEnd {
			payload = nil
		}
		s.unsent = append(s.unsent, payload)
		if !s.isWriting {
			s.isWriting = true
			go s.write()
		}
	case frameRoom:
		s.room += int(binary.LittleEndian.Uint32(payload))
		if !s.isReading {
			s.isReading = true
			go s.read()
		}
	case frameClose:
		s.isClosed = true
		if s.isWriting {
			s.c.SetWriteDeadline(time.Now().Add(grace)) // write closes the connection at its end
			if !s.isReading {
				s.isReading = true
				go s.read()
			}
		} else {
			go s.c.Close()
		}
	}
}

// read passes on what the peer sends, while there is room. What it sends while a closed connection still writes is read
// and dropped, because unread bytes would reset the connection.
func (s *stream) read() {
	b := make([]byte, maxRead)
	for {
		s.mu.Lock()
		most := min(s.room, maxRead)
		if s.isClosed {
			most = maxRead
		}
		if most == 0 {
			s.isReading = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		k, err := s.c.Read(b[:most])
		s.mu.Lock()
		s.room -= k
		isClosed := s.isClosed
		s.mu.Unlock()
		if k > 0 && !isClosed {
			s.out.add(frameData, s.id, b[:k])
		}
		switch {
		case err == io.EOF && !isClosed:
			s.out.add(frameEnd, s.id, nil)
			return
		case err != nil:
			s.fail(err)
			return
		}
	}
}

// write sends what JavaScript wrote, and closes the connection if JavaScript has.
func (s *stream) write() {
	for {
		s.mu.Lock()
		if len(s.unsent) == 0 {
			s.isWriting = false
			isClosed := s.isClosed
			s.mu.Unlock()
			if isClosed {
				s.c.Close()
			}
			return
		}
		b := s.unsent[0]
		s.unsent = s.unsent[1:]
		s.mu.Unlock()
		if b == nil {
			if c, ok := s.c.(interface{ CloseWrite() error }); ok {
				c.CloseWrite() // the read side tells of a broken connection
			}
			continue
		}
		if _, err := s.c.Write(b); err != nil {
			s.fail(err)
			continue
		}
		if s.taken += len(b); s.taken >= window/2 {
			s.out.add(frameRoom, s.id, binary.LittleEndian.AppendUint32(nil, uint32(s.taken)))
			s.taken = 0
		}
	}
}

// fail gives a broken connection up, and tells JavaScript once.
func (s *stream) fail(err error) {
	s.mu.Lock()
	told := s.isClosed || s.isBroken
	s.isBroken = true
	s.unsent = nil
	s.mu.Unlock()
	if !told {
		s.out.add(frameClose, s.id, []byte(err.Error()))
	}
}

// frames hands the frames of JavaScript to their streams.
func (n *node) frames(b []byte) {
	for len(b) >= frameHead {
		kind, id, size := b[0], binary.LittleEndian.Uint32(b[1:]), binary.LittleEndian.Uint32(b[5:])
		payload := b[frameHead:][:size:size]
		b = b[frameHead+size:]
		n.mu.Lock()
		s := n.streams[id]
		if kind == frameClose {
			delete(n.streams, id)
		}
		n.mu.Unlock()
		if s != nil {
			s.receive(kind, payload)
		}
	}
}
