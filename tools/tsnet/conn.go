//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// hedge is the time after which a second dial starts beside a silent one. A SYN can be lost for good while the peer
// still has the same address pair in TIME_WAIT, and the first handshake after joining is repeated only after 5 s.
const hedge = 1500 * time.Millisecond

// dial opens a TCP connection over the tailnet.
func (n *node) dial(ctx context.Context, addr string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		c   net.Conn
		err error
	}
	const tries = 2
	results := make(chan result, tries)
	try := func() {
		c, err := n.dialer.UserDial(ctx, "tcp", addr)
		results <- result{c, err}
	}
	go try()
	second := time.NewTimer(hedge)
	defer second.Stop()
	started, pending := 1, 1
	for {
		select {
		case <-second.C:
			if started < tries {
				started++
				pending++
				go try()
			}
		case r := <-results:
			pending--
			if r.err == nil {
				for ; pending > 0; pending-- { // close the slower one as well
					go func() {
						if late := <-results; late.c != nil {
							late.c.Close()
						}
					}()
				}
				return r.c, nil
			}
			if pending == 0 || ctx.Err() != nil {
				return nil, r.err
			}
		}
	}
}

func (n *node) dialJS(ctx context.Context, addr string) (any, error) {
	c, err := n.dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	return toJSON(n.addConn(c, addr))
}

type connInfo struct {
	ID     uint32 `json:"id"`             // of the stream
	Port   uint16 `json:"port,omitempty"` // of the listener; 0 for a connection that was dialled
	Remote string `json:"remote"`
	Peer   *peer  `json:"peer"` // who connected; null if the tailnet does not know
}

// addConn makes a stream of a connection, which is read as soon as JavaScript gives it room.
func (n *node) addConn(c net.Conn, remote string) connInfo {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lastID++
	n.streams[n.lastID] = &stream{id: n.lastID, c: c, out: n.out}
	return connInfo{ID: n.lastID, Remote: remote}
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
	i := n.addConn(c, remote.String())
	i.Port, i.Peer = port, n.whois(remote)
	emit("conn", i)
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
