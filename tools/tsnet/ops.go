//go:build js && wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall/js"
	"time"

	"tsnet/stream"
)

// the node of this program; a program has one
var self *node

// streams has its connections
var streams = stream.NewSet()

// An op runs on its own goroutine, never inside the JavaScript event handler that called it: a handler that blocks
// in Go stops the event loop for ever.
type op func(ctx context.Context, a []js.Value) (any, error)

var ops map[string]op

func init() { // not a literal, because the operations refer to code that refers to ops
	ops = map[string]op{
		// create(configJSON)
		"create": func(_ context.Context, a []js.Value) (any, error) {
			if self != nil {
				return nil, errors.New("the node exists already")
			}
			var c config
			if err := json.Unmarshal([]byte(a[0].String()), &c); err != nil {
				return nil, err
			}
			n, err := newNode(c, streams)
			if err == nil {
				self = n
			}
			return nil, err
		},
		// start() returns once the node is running
		"start": func(ctx context.Context, _ []js.Value) (any, error) { return self.start(ctx) },
		// ping() is the heartbeat: it is answered while Go's scheduler runs
		"ping": func(context.Context, []js.Value) (any, error) { return nil, nil },
		// localapi(method, path, body|null) → {status, body}
		"localapi": func(ctx context.Context, a []js.Value) (any, error) {
			return self.localAPI(ctx, a[0].String(), a[1].String(), goBytes(a[2]))
		},
		// dial(address) → {id, remote}
		"dial": func(ctx context.Context, a []js.Value) (any, error) { return self.dial(ctx, a[0].String()) },
		// listen(port): each connection is an event "conn"
		"listen":   func(_ context.Context, a []js.Value) (any, error) { return nil, self.listen(uint16(a[0].Int())) },
		"unlisten": func(_ context.Context, a []js.Value) (any, error) { self.unlisten(uint16(a[0].Int())); return nil, nil },
		"shutdown": func(context.Context, []js.Value) (any, error) {
			self.shutdown()
			return nil, nil
		},
		// fault(kind) is for tests of the watchdog; refused unless the node was created with faults
		"fault": func(_ context.Context, a []js.Value) (any, error) {
			if self == nil || !self.cfg.Faults {
				return nil, errors.New("faults are off")
			}
			switch a[0].String() {
			case "spin":
				for {
				}
			case "panic":
				go panic("fault requested")
			case "block": // the only freeze seen so far: Go waits inside a JavaScript event handler
				js.Global().Call("setTimeout", js.FuncOf(func(js.Value, []js.Value) any { <-make(chan int); return nil }), 0)
			}
			return nil, nil
		},
	}
}

// frames takes frames of connections from JavaScript: frames(bytes). It does not block.
func frames(_ js.Value, a []js.Value) any {
	if err := streams.Receive(goBytes(a[0])); err != nil {
		panic(err) // only our own Worker sends them
	}
	return nil
}

// call runs an operation for JavaScript: call(op, timeoutMs, ...args).
func call(_ js.Value, a []js.Value) any {
	name, ms, args := a[0].String(), a[1].Int(), a[2:]
	return promise(func() (any, error) {
		f, ok := ops[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("no operation %q", name)
		case self == nil && name != "create" && name != "ping":
			return nil, errors.New("no node yet")
		}
		ctx, cancel := context.Background(), func() {}
		if ms > 0 {
			ctx, cancel = context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
		}
		defer cancel()
		return f(ctx, args)
	})
}

// promise runs f on a goroutine.
func promise(f func() (any, error)) js.Value {
	var h js.Func
	h = js.FuncOf(func(_ js.Value, a []js.Value) any {
		go func() {
			defer h.Release()
			if v, err := f(); err != nil {
				a[1].Invoke(err.Error())
			} else {
				a[0].Invoke(v)
			}
		}()
		return nil
	})
	return js.Global().Get("Promise").New(h)
}

func jsBytes(b []byte) js.Value {
	if b == nil {
		return js.Null()
	}
	u := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(u, b)
	return u
}

func goBytes(v js.Value) []byte {
	if v.IsUndefined() || v.IsNull() {
		return nil
	}
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}

func toJSON(v any) (any, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
