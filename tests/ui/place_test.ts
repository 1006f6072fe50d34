import { assertEquals } from "@std/assert";
import { formatPlace, readPlace } from "../../src/ui/place.ts";

Deno.test("readPlace() reads view, id and parameters of a fragment", () => {
  assertEquals(readPlace(""), { view: "overview", id: "", params: {} });
  assertEquals(readPlace("#/"), { view: "overview", id: "", params: {} });
  assertEquals(readPlace("#/nodes?q=web%201&state=online"), {
    view: "nodes",
    id: "",
    params: { q: "web 1", state: "online" },
  });
  assertEquals(readPlace("#/nodes/a%2Fb"), { view: "nodes", id: "a/b", params: {} });
  assertEquals(readPlace("#/nodes/%zz").id, "%zz");
});

Deno.test("formatPlace() writes what readPlace() reads, without empty parameters", () => {
  assertEquals(formatPlace("nodes"), "#/nodes");
  assertEquals(formatPlace("nodes", "a/b"), "#/nodes/a%2Fb");
  assertEquals(formatPlace("nodes", "", { q: "a&b", state: "" }), "#/nodes?q=a%26b");
  assertEquals(readPlace(formatPlace("nodes", "", { q: "a&b" })).params, { q: "a&b" });
});
