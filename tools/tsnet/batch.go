//go:build js && wasm

package main

import (
	"tailscale.com/net/packet"
	"tailscale.com/net/tstun"
	"tailscale.com/wgengine/filter"
	"tailscale.com/wgengine/netstack/gro"
	"tsnet/turn"
)

// batchInbound delivers the packets that arrive in one turn of the event loop to netstack together, so that netstack
// acknowledges the segments of a connection once, not one by one. The goroutine ends with the program.
func batchInbound(tun *tstun.Wrapper) {
	deliver := tun.PostFilterPacketInboundFromWireGuard
	batch := turn.NewBatch()
	tun.PostFilterPacketInboundFromWireGuard = func(p *packet.Parsed, _ *tstun.Wrapper, g *gro.GRO) (filter.Response, *gro.GRO) {
		batch.Add(p.Buffer())
		return filter.DropSilently, g
	}
	go batch.Run(func(packets turn.Pieces) {
		var p packet.Parsed
		for bytes := range packets.All {
			p.Decode(bytes)
			deliver(&p, tun, nil)
		}
	})
}
