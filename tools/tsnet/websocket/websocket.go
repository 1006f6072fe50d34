//go:build js && wasm

// Package websocket takes the place of github.com/coder/websocket, as much of it as Tailscale's code uses for DERP and
// control. Both read and write a stream, so what is written in one turn of the event loop goes to JavaScript in one
// call: there, a call for each packet costs as much as the packet.
package websocket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"syscall/js"
)

// MessageType is the type of a message. Only binary ones are sent.
type MessageType int

const MessageBinary MessageType = 2

// StatusCode says why a connection was closed.
type StatusCode int

const (
	StatusNormalClosure   StatusCode = 1000
	StatusGoingAway       StatusCode = 1001
	StatusUnsupportedData StatusCode = 1003
)

const (
	// maxMessage bounds a message that is sent: DERP refuses longer ones.
	maxMessage = 32 << 10
	// maxUnread bounds what arrived and was not read: a WebSocket cannot make its server wait.
	maxUnread = 16 << 20
)

var (
	errNotBinary = errors.New("the WebSocket got a message that is not binary")
	errUnread    = fmt.Errorf("the WebSocket got more than %d bytes that were not read", maxUnread)
)

// Classes of JavaScript.
var arrayBuffer, uint8Array = js.Global().Get("ArrayBuffer"), js.Global().Get("Uint8Array")

// DialOptions has the subprotocols to offer.
type DialOptions struct {
	Subprotocols []string
}

// Conn is a WebSocket.
type Conn struct {
	ws      js.Value
	opened  chan struct{}
	closed  chan struct{}
	arrived chan struct{} // has an element if there is something to read
	filled  chan struct{} // has an element if there is something to send

	mu      sync.Mutex
	in, out []byte
	err     error // why it is closed
}

// Dial connects. The response only says that the server agreed.
func Dial(ctx context.Context, url string, o *DialOptions) (*Conn, *http.Response, error) {
	c := &Conn{
		opened:  make(chan struct{}),
		closed:  make(chan struct{}),
		arrived: make(chan struct{}, 1),
		filled:  make(chan struct{}, 1),
	}
	protocols := make([]any, len(o.Subprotocols))
	for i, p := range o.Subprotocols {
		protocols[i] = p
	}
	url = strings.Replace(strings.Replace(url, "http://", "ws://", 1), "https://", "wss://", 1)
	if err := c.open(url, protocols); err != nil {
		return nil, nil, fmt.Errorf("cannot open a WebSocket at %s: %w", url, err)
	}
	c.listen()
	select {
	case <-c.opened:
		go c.send()
		return c, &http.Response{StatusCode: http.StatusSwitchingProtocols}, nil
	case <-c.closed:
		return nil, nil, fmt.Errorf("cannot open a WebSocket at %s: %w", url, c.reason())
	case <-ctx.Done():
		c.ws.Call("close")
		return nil, nil, fmt.Errorf("cannot open a WebSocket at %s: %w", url, ctx.Err())
	}
}

// open makes the WebSocket, which refuses what is no URL.
func (c *Conn) open(url string, protocols []any) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case js.Error:
			err = e
		default:
			panic(e)
		}
	}()
	c.ws = js.Global().Get("WebSocket").New(url, protocols)
	return nil
}

// listen handles the events of the WebSocket, of which "close" is the last. The handlers must not block.
func (c *Conn) listen() {
	var handlers []js.Func
	on := func(kind string, handle func(event js.Value)) {
		f := js.FuncOf(func(_ js.Value, a []js.Value) any { handle(a[0]); return nil })
		handlers = append(handlers, f)
		c.ws.Call("addEventListener", kind, f)
	}
	on("open", func(js.Value) { close(c.opened) })
	on("message", func(e js.Value) {
		if err := c.receive(e.Get("data")); err != nil {
			c.giveUp(err)
		}
	})
	on("close", func(e js.Value) {
		c.fail(&closeError{StatusCode(e.Get("code").Int()), e.Get("reason").String()})
		for _, f := range handlers {
			f.Release()
		}
	})
}

// receive keeps a message until it is read.
func (c *Conn) receive(data js.Value) error {
	if !data.InstanceOf(arrayBuffer) {
		return errNotBinary
	}
	array := uint8Array.New(data)
	c.mu.Lock()
	defer c.mu.Unlock()
	start, size := len(c.in), array.Length()
	switch {
	case c.err != nil: // the peer sends until it has heard
		return nil
	case start+size > maxUnread:
		return errUnread
	}
	c.in = append(c.in, make([]byte, size)...)
	js.CopyBytesToGo(c.in[start:], array)
	signal(c.arrived)
	return nil
}

// send passes on what was written, all of a turn at once, until the connection is closed.
func (c *Conn) send() {
	for {
		select {
		case <-c.filled:
		case <-c.closed:
			return
		}
		runtime.Gosched() // the scheduler usually comes back when nothing else can run, which ends the turn
		c.flush()
	}
}

func (c *Conn) flush() {
	const open = 1
	c.mu.Lock()
	out := c.out
	c.out = nil
	c.mu.Unlock()
	for len(out) > 0 && c.ws.Get("readyState").Int() == open {
		k := min(len(out), maxMessage)
		array := uint8Array.New(k)
		js.CopyBytesToJS(array, out[:k])
		c.ws.Call("send", array)
		out = out[k:]
	}
}

// Write queues bytes. It does not block: the WebSocket gives up when too much is queued.
func (c *Conn) Write(_ context.Context, _ MessageType, b []byte) error {
	if err := c.reason(); err != nil {
		return err
	}
	c.mu.Lock()
	c.out = append(c.out, b...)
	c.mu.Unlock()
	signal(c.filled)
	return nil
}

// Reader waits for bytes, and gives all that arrived.
func (c *Conn) Reader(ctx context.Context) (MessageType, io.Reader, error) {
	for {
		c.mu.Lock()
		in := c.in
		c.in = nil
		c.mu.Unlock()
		if len(in) > 0 {
			return MessageBinary, bytes.NewReader(in), nil
		}
		select {
		case <-c.arrived:
		case <-c.closed:
			c.mu.Lock()
			left := len(c.in) > 0 // came before the end
			c.mu.Unlock()
			if !left {
				return 0, nil, c.reason()
			}
		case <-ctx.Done():
			c.Close(StatusNormalClosure, "")
			return 0, nil, ctx.Err()
		}
	}
}

// Close gives what was written to the WebSocket and closes that. The code is always that of a normal closure.
func (c *Conn) Close(StatusCode, string) error {
	c.giveUp(net.ErrClosed)
	return nil
}

// giveUp closes an open connection, for a reason of ours.
func (c *Conn) giveUp(err error) {
	if c.fail(err) {
		c.flush()
		c.ws.Call("close")
	}
}

// fail ends the connection for Go, and tells whether it was open.
func (c *Conn) fail(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false
	}
	c.err = err
	close(c.closed)
	return true
}

// reason is why the connection is closed, nil if it is open.
func (c *Conn) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

type closeError struct {
	code   StatusCode
	reason string
}

func (e *closeError) Error() string {
	return fmt.Sprintf("the WebSocket was closed with code %d: %s", e.code, e.reason)
}

// CloseStatus is the code of the peer's close frame, -1 for other errors.
func CloseStatus(err error) StatusCode {
	var e *closeError
	if errors.As(err, &e) {
		return e.code
	}
	return -1
}
