package stream

import (
	"io"
	"net"
	"sync"
	"time"

	"tsnet/turn"
)

const (
	// window is what each side may send before the other has told that it took some of it.
	window = 64 << 10
	// maxRead bounds one read. A page of metrics fits.
	maxRead = 8 << 10
	// grace is how long a connection that JavaScript closed may still take to send what was written.
	grace = 10 * time.Second
)

// A stream is a connection as JavaScript has it.
type stream struct {
	id  uint32
	c   net.Conn
	out *turn.Batch

	mu        sync.Mutex
	room      int      // bytes that JavaScript takes
	unsent    [][]byte // bytes from JavaScript; nil is the end
	taken     int      // bytes from JavaScript that were sent since it was given room
	isReading bool     // stays true at the end of what the peer sends
	isWriting bool
	isClosed  bool // by JavaScript
	isBroken  bool // and JavaScript was told
}

// send queues a frame for JavaScript.
func (s *stream) send(kind byte, payload []byte) {
	head := frame{kind, s.id, payload}.head()
	s.out.Add(head[:], payload)
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
		s.room += decodeRoom(payload)
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
			s.send(frameData, b[:k])
		}
		switch {
		case err == io.EOF:
			if !isClosed {
				s.send(frameEnd, nil)
			}
			return // what JavaScript wrote is still sent
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
			s.send(frameRoom, encodeRoom(s.taken))
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
		s.send(frameClose, []byte(err.Error()))
	}
}
