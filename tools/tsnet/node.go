//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"tailscale.com/control/controlclient"
	"tailscale.com/hostinfo"
	"tailscale.com/ipn/ipnauth"
	"tailscale.com/ipn/ipnlocal"
	"tailscale.com/ipn/localapi"
	"tailscale.com/net/netmon"
	"tailscale.com/net/tsdial"
	"tailscale.com/tsd"
	"tailscale.com/types/logger"
	"tailscale.com/types/logid"
	"tailscale.com/wgengine"
	"tailscale.com/wgengine/netstack"
	"tsnet/stream"
)

type config struct {
	Hostname   string            `json:"hostname"`
	AuthKey    string            `json:"authKey"`
	ControlURL string            `json:"controlUrl"`
	State      map[string]string `json:"state"` // key → base64, as events "state" of earlier runs had it
	Verbose    bool              `json:"verbose"`
	Faults     bool              `json:"faults"` // lets tests freeze and crash this program
}

type node struct {
	cfg       config
	logf      logger.Logf
	sys       *tsd.System
	eng       wgengine.Engine
	ns        *netstack.Impl
	lb        *ipnlocal.LocalBackend
	dialer    *tsdial.Dialer
	netMon    *netmon.Monitor
	api       http.Handler
	stopWatch context.CancelFunc
	streams   *stream.Set

	mu        sync.Mutex
	listening map[uint16]bool
}

func newNode(c config, streams *stream.Set) (_ *node, err error) {
	n := &node{cfg: c, logf: logger.Discard, streams: streams, listening: map[uint16]bool{}}
	log.SetOutput(io.Discard)
	if c.Verbose {
		n.logf = func(f string, a ...any) { emit("log", fmt.Sprintf(f, a...)) }
		log.SetOutput(logger.FuncWriter(n.logf))
	}
	hostinfo.SetApp("tsmetrics")

	n.sys = tsd.NewSystem()
	sys, bus := n.sys, n.sys.Bus.Get()
	if n.netMon, err = netmon.New(bus, n.logf); err != nil {
		return nil, err
	}
	n.dialer = &tsdial.Dialer{Logf: n.logf}
	n.dialer.SetBus(bus)
	n.eng, err = wgengine.NewUserspaceEngine(n.logf, wgengine.Config{
		EventBus:      bus,
		NetMon:        n.netMon,
		Dialer:        n.dialer,
		SetSubsystem:  sys.Set,
		ControlKnobs:  sys.ControlKnobs(),
		HealthTracker: sys.HealthTracker.Get(),
		ExtraRootCAs:  sys.ExtraRootCAs,
		Metrics:       sys.UserMetricsRegistry(),
	})
	if err != nil {
		return nil, err
	}
	sys.Set(n.eng)
	sys.HealthTracker.Get().SetMetricsRegistry(sys.UserMetricsRegistry())
	if n.ns, err = netstack.Create(n.logf, sys.Tun.Get(), n.eng, sys.MagicSock.Get(), n.dialer, sys.DNSManager.Get(), sys.ProxyMapper()); err != nil {
		return nil, err
	}
	sys.Tun.Get().Start()
	sys.Set(n.ns)
	n.ns.ProcessLocalIPs = true
	n.ns.ProcessSubnets = false
	n.ns.GetTCPHandlerForFlow = func(src, dst netip.AddrPort) (func(net.Conn), bool) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.listening[dst.Port()] {
			return func(c net.Conn) { n.accept(dst.Port(), src, c) }, true
		}
		return nil, true // refuse; false would forward the connection to localhost
	}
	n.dialer.UseNetstackForIP = func(netip.Addr) bool { return true }
	n.dialer.NetstackDialTCP = func(ctx context.Context, dst netip.AddrPort) (net.Conn, error) {
		c, err := n.ns.DialContextTCP(ctx, dst)
		if err != nil {
			return nil, err // not a typed nil
		}
		return c, nil
	}
	n.dialer.NetstackDialUDP = func(context.Context, netip.AddrPort) (net.Conn, error) {
		return nil, errors.ErrUnsupported // never called, but the dialer requires it
	}
	sys.NetstackRouter.Set(true)
	sys.Set(&store{m: c.State})

	private, err := logid.NewPrivateID()
	if err != nil {
		return nil, err
	}
	id := private.Public()
	if n.lb, err = ipnlocal.NewLocalBackend(n.logf, id, sys, controlclient.LocalBackendStartKeyOSNeutral); err != nil {
		return nil, err
	}
	if err := n.ns.Start(n.lb); err != nil {
		return nil, err
	}
	batchInbound(sys.Tun.Get())
	h := localapi.NewHandler(localapi.HandlerConfig{Actor: ipnauth.Self, Backend: n.lb, Logf: n.logf, LogID: id, EventBus: bus})
	h.PermitRead, h.PermitWrite = true, true
	n.api = h
	return n, nil
}

// shutdown closes the node, which stays registered, unless JavaScript logged it out before.
func (n *node) shutdown() {
	if n.stopWatch != nil {
		n.stopWatch()
	}
	n.lb.Shutdown()
	n.ns.Close()
	n.eng.Close()
	// n.dialer.Close() panics ("unreachable") when ts_omit_peerapiclient is set
	n.netMon.Close()
	n.sys.Bus.Get().Close()
}
