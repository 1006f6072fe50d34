//go:build js && wasm

package websocket

import (
	"context"
	"syscall/js"
	"testing"
)

const (
	stateConnecting = iota
	stateOpen
	stateClosing
)

// fake is the WebSocket of JavaScript that a Conn uses, and its server.
type fake struct {
	t         *testing.T
	socket    js.Value
	url       string
	protocols []string
	listeners map[string]js.Value
	sent      chan string   // messages
	closes    int           // calls of close()
	heard     chan struct{} // closed when all events have listeners
}

// newFake makes the next WebSocket a fake.
func newFake(t *testing.T) *fake {
	f := &fake{t: t, listeners: map[string]js.Value{}, sent: make(chan string, 100), heard: make(chan struct{})}
	var functions []js.Func
	function := func(call func(a []js.Value)) js.Func {
		made := js.FuncOf(func(_ js.Value, a []js.Value) any { call(a); return nil })
		functions = append(functions, made)
		return made
	}
	constructor := js.FuncOf(func(this js.Value, a []js.Value) any {
		f.socket, f.url = this, a[0].String()
		for i := range a[1].Length() {
			f.protocols = append(f.protocols, a[1].Index(i).String())
		}
		this.Set("addEventListener", function(func(a []js.Value) {
			if f.listeners[a[0].String()] = a[1]; a[0].String() == "close" { // the last one
				close(f.heard)
			}
		}))
		this.Set("send", function(func(a []js.Value) {
			if f.state() != stateOpen {
				t.Errorf("sent a message in state %d", f.state())
			}
			message := make([]byte, a[0].Length())
			js.CopyBytesToGo(message, a[0])
			f.sent <- string(message)
		}))
		this.Set("close", function(func([]js.Value) { f.closes++; f.setState(stateClosing) }))
		f.setState(stateConnecting)
		return nil
	})
	replaceWebSocket(t, constructor.Value)
	t.Cleanup(func() {
		for _, made := range append(functions, constructor) {
			made.Release()
		}
	})
	return f
}

func replaceWebSocket(t *testing.T, constructor js.Value) {
	platform := js.Global().Get("WebSocket")
	js.Global().Set("WebSocket", constructor)
	t.Cleanup(func() { js.Global().Set("WebSocket", platform) })
}

func (f *fake) state() int         { return f.socket.Get("readyState").Int() }
func (f *fake) setState(state int) { f.socket.Set("readyState", state) }

// emit has the WebSocket tell of an event. It returns when the handler has.
func (f *fake) emit(kind string, event map[string]any) {
	f.listeners[kind].Invoke(event)
}

func (f *fake) open() {
	f.setState(stateOpen)
	f.emit("open", nil)
}

func (f *fake) message(text string) {
	array := js.Global().Get("Uint8Array").New(len(text))
	js.CopyBytesToJS(array, []byte(text))
	f.emit("message", map[string]any{"data": array.Get("buffer")})
}

func (f *fake) close(code int, reason string) {
	f.setState(stateClosing + 1)
	f.emit("close", map[string]any{"code": code, "reason": reason})
}

// dialled is a Conn that is open.
func dialled(t *testing.T) (*Conn, *fake) {
	t.Helper()
	f := newFake(t)
	result := f.dial(t.Context(), "wss://derp.example/derp")
	f.open()
	r := <-result
	if r.err != nil {
		t.Fatal(r.err)
	}
	t.Cleanup(func() { r.conn.Close(StatusNormalClosure, "") })
	return r.conn, f
}

type dialResult struct {
	conn   *Conn
	status int
	err    error
}

// dial returns when the Conn waits for the WebSocket to open.
func (f *fake) dial(ctx context.Context, url string) <-chan dialResult {
	result := make(chan dialResult, 1)
	go func() {
		c, response, err := Dial(ctx, url, &DialOptions{Subprotocols: []string{"derp", "other"}})
		r := dialResult{conn: c, err: err}
		if response != nil {
			r.status = response.StatusCode
		}
		result <- r
	}()
	<-f.heard
	return result
}
