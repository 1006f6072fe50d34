import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import {
  formatSums,
  joinWorker,
  nameLicence,
  packModule,
  parseModules,
  readSources,
} from "../../tools/tsnet.ts";
import { GO_VERSION } from "../../tools/go.ts";
import { textOf } from "../style/tree.ts";

Deno.test("parseModules() sorts the modules and takes each once", () => {
  const text =
    "b.example/x v1.0.0 /cache/b x\na.example v2.0.0 /cache/a\na.example v2.0.0 /cache/a\n";
  assertEquals(parseModules(text), [
    { path: "a.example", version: "v2.0.0", folder: "/cache/a" },
    { path: "b.example/x", version: "v1.0.0", folder: "/cache/b x" },
  ]);
});

Deno.test("packModule() gives the same text each time, and the module back", () => {
  const wasm = Uint8Array.from({ length: 100_000 }, (_, at) => at * at & 255);
  const text = packModule(wasm);
  assertEquals(packModule(wasm), text);
  assertEquals(new Uint8Array(gunzipSync(Uint8Array.fromBase64(text))), wasm);
});

Deno.test("joinWorker() takes Deno's process away before Go's part looks for it", () => {
  const text = joinWorker("seen = globalThis.process;", "done = true;");
  const scope: { process?: unknown; seen?: unknown; done?: boolean } = { process: {}, seen: 1 };
  new Function(
    "globalThis",
    `let seen = 1, done; ${text}; globalThis.seen = seen; globalThis.done = done;`,
  )(
    scope,
  );
  assertEquals([scope.process, scope.seen, scope.done], [undefined, undefined, true]);
});

Deno.test("nameLicence() tells the licences that are linked in, and no other", () => {
  const texts = [
    "Apache License\n                           Version 2.0, January 2004",
    "Redistribution and use in source and binary forms … Neither the name of X nor the names of " +
    "its contributors may be used to endorse",
    "Redistribution and use in source and binary forms, with or without modification",
    "Permission is hereby granted, free of charge, to any person",
    "Permission to use, copy, modify, and/or distribute this software for any purpose",
    "GNU GENERAL PUBLIC LICENSE",
  ];
  assertEquals(texts.map(nameLicence), [
    "Apache-2.0",
    "BSD-3-Clause",
    "BSD-2-Clause",
    "MIT",
    "ISC",
    undefined,
  ]);
});

Deno.test("the kept checksums are those of the Go sources as they are", async () => {
  const kept = (await textOf("tools/tsnet/SHA256SUMS")).split("\n");
  const actual = (await formatSums(await readSources())).split("\n");
  assertEquals(
    actual.filter((line) => !kept.includes(line)),
    [],
    "after a change run `deno task tsnet --update`",
  );
  assertEquals(kept.filter((line) => line.endsWith("  tsnet.wasm")).length, 1);
});

Deno.test("GO_VERSION is one that the sources take", async () => {
  const [, wanted = ""] = /^go (\S+)$/m.exec(await textOf("tools/tsnet/go.mod")) ?? [];
  const rank = (version: string) => version.split(".").map((part) => part.padStart(3, "0")).join();
  assertEquals(rank(GO_VERSION.slice(2)) >= rank(wanted), true);
  const dockerfile = await textOf("Dockerfile");
  const from = `FROM --platform=$BUILDPLATFORM golang:${GO_VERSION.slice(2)} AS go\n`;
  assertEquals(dockerfile.includes(from), true);
});
