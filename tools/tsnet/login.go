//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"

	"tailscale.com/ipn"
)

// start logs in and returns when the node is running. Later changes are events "notify": the state, the URL to log in
// at, and the control plane's error when it refuses.
func (n *node) start(ctx context.Context) (any, error) {
	running := make(chan error, 1)
	settle := func(err error) {
		select {
		case running <- err:
		default:
		}
	}
	watch, stop := context.WithCancel(context.Background())
	n.stopWatch = stop
	watching := make(chan struct{})
	go n.lb.WatchNotifications(watch, ipn.NotifyInitialState, func() { close(watching) }, func(m *ipn.Notify) bool {
		ev := map[string]any{}
		if m.ErrMessage != nil {
			ev["error"] = *m.ErrMessage
			settle(errors.New(*m.ErrMessage))
		}
		if m.BrowseToURL != nil && *m.BrowseToURL != "" {
			ev["loginUrl"] = *m.BrowseToURL
			if n.cfg.AuthKey != "" {
				settle(fmt.Errorf("the control plane refused the auth key and wants a login at %s", *m.BrowseToURL))
			}
		}
		if m.State != nil {
			ev["state"] = m.State.String()
			if *m.State == ipn.Running {
				settle(nil)
			}
		}
		if len(ev) > 0 {
			emit("notify", ev)
		}
		return true
	})
	<-watching

	prefs := ipn.NewPrefs()
	prefs.Hostname = n.cfg.Hostname
	prefs.WantRunning = true
	prefs.ControlURL = n.cfg.ControlURL
	if err := n.lb.Start(ipn.Options{UpdatePrefs: prefs, AuthKey: n.cfg.AuthKey}); err != nil {
		return nil, err
	}
	if n.lb.State() == ipn.NeedsLogin {
		if err := n.lb.StartLoginInteractive(ctx); err != nil {
			return nil, err
		}
	}
	select {
	case err := <-running:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		return nil, fmt.Errorf("not running yet, state %v: %w", n.lb.State(), ctx.Err())
	}
	return nil, nil
}
