package stream

import (
	"encoding/binary"
	"fmt"
)

// Kinds of frames. A frame is a byte with its kind, the stream's number and the payload's length as 32-bit integers,
// little-endian, and the payload.
const (
	frameData  = iota // bytes of the connection
	frameEnd          // the sender has no more bytes
	frameRoom         // how many more bytes the receiver of this frame may send: a 32-bit integer
	frameClose        // to Go: close the connection; to JavaScript: it is broken, with the reason
)

const (
	frameHead = 9 // bytes before the payload
	roomSize  = 4 // bytes of the payload of a frameRoom
)

type frame struct {
	kind    byte
	id      uint32
	payload []byte
}

// head is what precedes the payload.
func (f frame) head() (head [frameHead]byte) {
	head[0] = f.kind
	binary.LittleEndian.PutUint32(head[1:], f.id)
	binary.LittleEndian.PutUint32(head[5:], uint32(len(f.payload)))
	return head
}

// nextFrame reads the first of some frames, and returns the others. The payload is a view of the bytes.
func nextFrame(b []byte) (f frame, rest []byte, err error) {
	if len(b) < frameHead {
		return f, nil, fmt.Errorf("a frame is cut off: got %d bytes of its head, want %d", len(b), frameHead)
	}
	f.kind, f.id = b[0], binary.LittleEndian.Uint32(b[1:])
	size, b := uint64(binary.LittleEndian.Uint32(b[5:])), b[frameHead:]
	switch {
	case size > uint64(len(b)):
		return f, nil, fmt.Errorf("a frame of stream %d is cut off: got %d bytes of its payload, want %d", f.id, len(b), size)
	case f.kind == frameRoom && size != roomSize:
		return f, nil, fmt.Errorf("a frame gives stream %d room by %d bytes, want %d", f.id, size, roomSize)
	case f.kind > frameClose:
		return f, nil, fmt.Errorf("a frame of stream %d has the unknown kind %d", f.id, f.kind)
	}
	f.payload = b[:size:size]
	return f, b[size:], nil
}

func encodeRoom(count int) []byte {
	return binary.LittleEndian.AppendUint32(nil, uint32(count))
}

func decodeRoom(payload []byte) int {
	return int(binary.LittleEndian.Uint32(payload))
}
