// Package turn collects bytes that arrive in one turn of the event loop, so that they are handled together: in
// WebAssembly each crossing between Go and JavaScript, and each wake-up of a goroutine, costs more than the bytes do.
package turn

import (
	"runtime"
	"sync"
)

// Batch collects pieces of bytes. It may be used by several goroutines.
type Batch struct {
	filled chan struct{} // has an element if there is something to take

	mu            sync.Mutex
	pieces, spare Pieces
}

// Pieces are pieces of bytes, one after the other.
type Pieces struct {
	Bytes []byte // of all pieces
	Ends  []int  // where each piece ends in Bytes
}

// NewBatch makes an empty Batch.
func NewBatch() *Batch {
	return &Batch{filled: make(chan struct{}, 1)}
}

// Add copies a piece, which may be given in parts. It does not block.
func (b *Batch) Add(parts ...[]byte) {
	b.mu.Lock()
	for _, part := range parts {
		b.pieces.Bytes = append(b.pieces.Bytes, part...)
	}
	b.pieces.Ends = append(b.pieces.Ends, len(b.pieces.Bytes))
	b.mu.Unlock()
	select {
	case b.filled <- struct{}{}:
	default:
	}
}

// Take removes the pieces so far. They are valid until the next call, which uses their memory again.
func (b *Batch) Take() Pieces {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.pieces
	b.pieces = Pieces{Bytes: b.spare.Bytes[:0], Ends: b.spare.Ends[:0]}
	b.spare = taken
	return taken
}

// Run delivers the pieces of each turn, for ever. They are valid until deliver returns.
func (b *Batch) Run(deliver func(Pieces)) {
	for range b.filled {
		runtime.Gosched() // the scheduler usually comes back when nothing else can run, which ends the turn
		if pieces := b.Take(); len(pieces.Ends) > 0 {
			deliver(pieces)
		}
	}
}

// All iterates over the pieces.
func (p Pieces) All(yield func([]byte) bool) {
	start := 0
	for _, end := range p.Ends {
		if !yield(p.Bytes[start:end:end]) {
			return
		}
		start = end
	}
}
