//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"tsnet/hedge"
)

// hedgeWait is the time after which a second dial starts beside a silent one. A SYN can be lost for good while the peer
// still has the same address pair in TIME_WAIT, and the first handshake after joining is repeated only after 5 s.
const hedgeWait = 1500 * time.Millisecond

// dial opens a TCP connection over the tailnet.
func (n *node) dial(ctx context.Context, addr string) (any, error) {
	c, err := hedge.Dial(ctx, hedgeWait, func(ctx context.Context) (net.Conn, error) {
		return n.dialer.UserDial(ctx, "tcp", addr)
	})
	if err != nil {
		return nil, err
	}
	return toJSON(connInfo{ID: n.streams.Add(c), Remote: addr})
}

type connInfo struct {
	ID     uint32 `json:"id"`             // of the stream
	Port   uint16 `json:"port,omitempty"` // of the listener; 0 for a connection that was dialled
	Remote string `json:"remote"`
	Peer   *peer  `json:"peer"` // who connected; null if the tailnet does not know
}

func (n *node) listen(port uint16) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listening[port] {
		return fmt.Errorf("port %d is taken", port)
	}
	n.listening[port] = true
	return nil
}

func (n *node) unlisten(port uint16) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listening, port)
}

// accept tells JavaScript of a connection that came in on a port. The connection itself does not know its remote
// address any more when the peer has reset it.
func (n *node) accept(port uint16, remote netip.AddrPort, c net.Conn) {
	emit("conn", connInfo{ID: n.streams.Add(c), Port: port, Remote: remote.String(), Peer: n.whois(remote)})
}

type peer struct {
	Name string   `json:"name"`
	User string   `json:"user"` // login name; empty for a tagged node
	Tags []string `json:"tags"`
}

func (n *node) whois(remote netip.AddrPort) *peer {
	nv, u, ok := n.lb.WhoIs("tcp", remote)
	if !ok {
		return nil
	}
	p := &peer{Name: nv.ComputedName(), Tags: nv.Tags().AsSlice()}
	if !nv.IsTagged() {
		p.User = u.LoginName
	}
	return p
}
