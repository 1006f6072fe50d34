//go:build js && wasm

// Command tsnet is a Tailscale node for a JavaScript Worker: Tailscale's own engine, gVisor netstack and LocalBackend,
// wired by hand because the package tailscale.com/tsnet does not compile for GOOS=js.
//
// It talks to JavaScript through four functions. os.Args[1] names a function on globalThis that takes two:
// call(op, timeoutMs, ...args) → Promise, with the operations of the table in ops.go, and frames(bytes), with the
// frames of the package stream. Frames of connections go to the function that os.Args[2] names, events to that of
// os.Args[3]: emit(kind, json). So the Worker only passes messages on.
package main

import (
	"encoding/json"
	"os"
	"syscall/js"

	"tailscale.com/envknob"
	"tailscale.com/net/netns"
)

func main() {
	envknob.SetNoLogsNoSupport() // never upload logs
	netns.SetEnabled(false)      // there are no interfaces to bind to
	pass := js.Global().Get(os.Args[2])
	go streams.Run(func(frames []byte) { pass.Invoke(jsBytes(frames)) })
	js.Global().Get(os.Args[1]).Invoke(js.FuncOf(call), js.FuncOf(frames))
	select {}
}

var emitFunc = js.Global().Get(os.Args[3])

// emit hands an event to JavaScript. Must not be called with a lock held, because it runs foreign code.
func emit(kind string, v any) {
	j, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own types come here
	}
	emitFunc.Invoke(kind, string(j))
}
