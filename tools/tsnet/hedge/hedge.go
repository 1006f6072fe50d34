// Package hedge starts a second attempt beside a silent first one.
package hedge

import (
	"context"
	"net"
	"time"
)

// Dial dials, and once more if there is no outcome after the wait. The first connection counts; the other one is
// closed. An error counts only when no other attempt is under way, or the context is done.
func Dial(ctx context.Context, wait time.Duration, dial func(context.Context) (net.Conn, error)) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		c   net.Conn
		err error
	}
	results := make(chan result)
	pending := 0
	try := func() {
		pending++
		go func() {
			c, err := dial(ctx)
			results <- result{c, err}
		}()
	}
	defer func() {
		for range pending { // whatever they bring, it is too late
			go func() {
				if late := <-results; late.err == nil {
					late.c.Close()
				}
			}()
		}
	}()
	try()
	second := time.NewTimer(wait)
	defer second.Stop()
	for {
		select {
		case <-second.C:
			try()
		case r := <-results:
			pending--
			if r.err == nil {
				return r.c, nil
			}
			if pending == 0 || ctx.Err() != nil {
				return nil, r.err
			}
		}
	}
}
