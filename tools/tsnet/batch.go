//go:build js && wasm

package main

import (
	"runtime"
	"sync"

	"tailscale.com/net/packet"
	"tailscale.com/net/tstun"
	"tailscale.com/wgengine/filter"
	"tailscale.com/wgengine/netstack/gro"
)

// batch collects the packets that arrive in one turn of the event loop and delivers them together, so that netstack
// acknowledges the segments of a connection once, not one by one.
type batch struct {
	deliver tstun.GROFilterFunc
	tun     *tstun.Wrapper
	filled  chan struct{}

	mu    sync.Mutex
	bytes []byte // of all packets
	ends  []int  // where each of them ends in bytes
}

// batchInbound puts a batch before netstack. The goroutine ends with the program.
func batchInbound(tun *tstun.Wrapper) {
	b := &batch{deliver: tun.PostFilterPacketInboundFromWireGuard, tun: tun, filled: make(chan struct{}, 1)}
	tun.PostFilterPacketInboundFromWireGuard = b.add
	go b.run()
}

func (b *batch) add(p *packet.Parsed, _ *tstun.Wrapper, g *gro.GRO) (filter.Response, *gro.GRO) {
	b.mu.Lock()
	b.bytes = append(b.bytes, p.Buffer()...)
	b.ends = append(b.ends, len(b.bytes))
	b.mu.Unlock()
	select {
	case b.filled <- struct{}{}:
	default:
	}
	return filter.DropSilently, g
}

func (b *batch) run() {
	var bytes []byte
	var ends []int
	var p packet.Parsed
	for range b.filled {
		runtime.Gosched() // the scheduler usually comes back when nothing else can run: all that arrived is there
		b.mu.Lock()
		bytes, b.bytes = b.bytes, bytes[:0]
		ends, b.ends = b.ends, ends[:0]
		b.mu.Unlock()
		start := 0
		for _, end := range ends {
			p.Decode(bytes[start:end:end])
			b.deliver(&p, b.tun, nil)
			start = end
		}
	}
}
