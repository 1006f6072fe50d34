// Package stream carries connections between Go and JavaScript: each has a number, and frames in both directions. All
// frames of one turn of the event loop cross together where they can, because a crossing costs more than the bytes of
// a page. src/embedded/_stream_frame.ts has the other side.
package stream

import (
	"net"
	"sync"

	"tsnet/turn"
)

// Set has the streams of a program.
type Set struct {
	out *turn.Batch

	mu      sync.Mutex
	lastID  uint32
	streams map[uint32]*stream
}

// NewSet makes a Set without streams.
func NewSet() *Set {
	return &Set{out: turn.NewBatch(), streams: map[uint32]*stream{}}
}

// Run passes frames to JavaScript, for ever. They are valid until pass returns.
func (s *Set) Run(pass func(frames []byte)) {
	s.out.Run(func(frames turn.Pieces) { pass(frames.Bytes) })
}

// Add makes a stream of a connection and returns its number. The connection is read as soon as JavaScript gives the
// stream room, and closed when JavaScript closes it.
func (s *Set) Add(c net.Conn) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	s.streams[s.lastID] = &stream{id: s.lastID, c: c, out: s.out}
	return s.lastID
}

// Receive hands frames of JavaScript to their streams, and keeps views of them. Frames of unknown streams are ignored.
// It does not block, so that an event handler may call it. An error is a fault of the sender; the frames before it
// count.
func (s *Set) Receive(frames []byte) error {
	for len(frames) > 0 {
		f, rest, err := nextFrame(frames)
		if err != nil {
			return err
		}
		frames = rest
		s.mu.Lock()
		to := s.streams[f.id]
		if f.kind == frameClose {
			delete(s.streams, f.id)
		}
		s.mu.Unlock()
		if to != nil {
			to.receive(f.kind, f.payload)
		}
	}
	return nil
}
