// Stands in for the executable in an image that is run: the modules that were compiled, by the Deno
// beside it. A real executable holds a runtime that only a release can fetch.
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	args := append([]string{"deno", "run", "-q", "-P", "--no-prompt", "--cached-only",
		"--config", "/app/deno.json", "/app/src/main.js"}, os.Args[1:]...)
	err := syscall.Exec("/app/deno", args, append(os.Environ(), "DENO_DIR=/app/cache", "NO_COLOR=1"))
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
