//go:build js && wasm

// Command tsnet is a Tailscale node for a JavaScript Worker: Tailscale's own engine, gVisor netstack and LocalBackend,
// wired by hand because the package tailscale.com/tsnet does not compile for GOOS=js.
//
// It talks to JavaScript through two functions. os.Args[1] names a function on globalThis that takes
// call(op, timeoutMs, ...args) → Promise; events go to the function that os.Args[2] names: emit(kind, json).
// The operations are the table in ops.go. Connections are numbers, so that the Worker only passes messages on.
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
	js.Global().Get(os.Args[1]).Invoke(js.FuncOf(call))
	select {}
}

var emitFunc = js.Global().Get(os.Args[2])

// emit hands an event to JavaScript. Must not be called with a lock held, because it runs foreign code.
func emit(kind string, v any) {
	j, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own types come here
	}
	emitFunc.Invoke(kind, string(j))
}
