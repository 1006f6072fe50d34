import { assertEquals } from "@std/assert";
import { testedPackages } from "../../tools/go_tests.ts";

Deno.test("testedPackages() has each package with tests once", () => {
  const paths = [
    "main.go",
    "go.mod",
    "websocket/websocket.go",
    "websocket/websocket_test.go",
    "stream/set_test.go",
    "stream/frame_test.go",
    "untested/main.go",
    "inner/turn/batch_test.go",
  ];
  assertEquals(testedPackages(paths), ["./inner/turn", "./stream", "github.com/coder/websocket"]);
});
