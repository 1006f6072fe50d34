package hedge

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// attempt is what one dial does.
type attempt struct {
	takes      time.Duration
	err        error
	isDeaf     bool // ignores its context
	wantsClose bool // its connection must be closed in the end
}

type conn struct {
	net.Conn
	isClosed atomic.Bool
}

func (c *conn) Close() error {
	c.isClosed.Store(true)
	return nil
}

var errRefused, errReset = errors.New("refused"), errors.New("reset")

func TestDial(t *testing.T) {
	const wait, timeout = time.Second, 10 * time.Second
	tests := []struct {
		name     string
		attempts []attempt // as many as are wanted
		want     int       // number of the attempt whose connection counts
		wantErr  error
		takes    time.Duration
	}{
		{
			name:     "one that answers in time is the only one",
			attempts: []attempt{{takes: wait - 1}},
			want:     1, takes: wait - 1,
		},
		{
			name:     "one that fails in time is the only one",
			attempts: []attempt{{takes: wait - 1, err: errRefused}},
			wantErr:  errRefused, takes: wait - 1,
		},
		{
			name:     "a second one starts beside a silent one, which is given up",
			attempts: []attempt{{takes: time.Hour}, {takes: 1}},
			want:     2, takes: wait + 1,
		},
		{
			name:     "the slower one is closed",
			attempts: []attempt{{takes: 5 * time.Second, isDeaf: true, wantsClose: true}, {takes: 1}},
			want:     2, takes: wait + 1,
		},
		{
			name:     "so is the second one",
			attempts: []attempt{{takes: 2 * time.Second}, {takes: 5 * time.Second, isDeaf: true, wantsClose: true}},
			want:     1, takes: 2 * time.Second,
		},
		{
			name:     "a failure waits for the other one",
			attempts: []attempt{{takes: 2 * time.Second, err: errRefused}, {takes: 4 * time.Second}},
			want:     2, takes: wait + 4*time.Second,
		},
		{
			name:     "the last failure counts",
			attempts: []attempt{{takes: 2 * time.Second, err: errRefused}, {takes: 4 * time.Second, err: errReset}},
			wantErr:  errReset, takes: wait + 4*time.Second,
		},
		{
			name:     "the context ends both",
			attempts: []attempt{{takes: time.Hour}, {takes: time.Hour}},
			wantErr:  context.DeadlineExceeded, takes: timeout,
		},
		{
			name: "one that connects after the context has ended the other is closed",
			attempts: []attempt{
				{takes: time.Hour},
				{takes: timeout, isDeaf: true, wantsClose: true},
			},
			wantErr: context.DeadlineExceeded, takes: timeout,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				start := time.Now()
				var started atomic.Int32
				conns := make([]conn, len(test.attempts))
				c, err := Dial(ctx, wait, func(ctx context.Context) (net.Conn, error) {
					n := int(started.Add(1))
					if n > len(test.attempts) {
						return nil, errRefused
					}
					a, done := test.attempts[n-1], ctx.Done()
					if a.isDeaf {
						done = nil
					}
					select {
					case <-time.After(a.takes):
						if a.err != nil {
							return nil, a.err
						}
						return &conns[n-1], nil
					case <-done:
						return nil, ctx.Err()
					}
				})
				if took := time.Since(start); took != test.takes {
					t.Errorf("took %v, want %v", took, test.takes)
				}
				if !errors.Is(err, test.wantErr) {
					t.Errorf("got error %v, want %v", err, test.wantErr)
				}
				var want net.Conn
				if test.want != 0 {
					want = &conns[test.want-1]
				}
				if c != want {
					t.Errorf("got connection %p, want that of attempt %d", c, test.want)
				}
				if got := int(started.Load()); got != len(test.attempts) {
					t.Errorf("started %d attempts, want %d", got, len(test.attempts))
				}
				time.Sleep(timeout) // all that listen to their context have ended by now
				synctest.Wait()
				for i := range conns {
					if got, want := conns[i].isClosed.Load(), test.attempts[i].wantsClose; got != want {
						t.Errorf("attempt %d: closed %v, want %v", i+1, got, want)
					}
				}
			})
		})
	}
}
