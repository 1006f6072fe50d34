/**
 * What `go test -exec` runs a test binary for WebAssembly with: Go's own start-up code for Node.js,
 * under Deno. Takes the folder of the Go release, the binary, and its arguments.
 *
 * @module
 */

import { createRequire } from "node:module";
import process from "node:process";

const [root] = process.argv.splice(2, 1);
// Go's start-up code has 12 KB for arguments and environment together.
for (const name of Object.keys(Deno.env.toObject())) Deno.env.delete(name);
createRequire(`${root}/lib/wasm/`)("./wasm_exec_node.js");
