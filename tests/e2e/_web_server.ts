/**
 * Real web servers in the network of a node of the lab, which send their access logs to a port of
 * that node: nginx by syslog over UDP, Caddy as JSON over TCP. And a VictoriaMetrics there, for
 * what is written of them.
 *
 * @module
 */

import type { Lab, LabNode } from "./_lab.ts";
import type { Settings } from "./_program.ts";

/** The port of {@linkcode serveDatabase}. */
export const DATABASE_PORT = 8428;

/** What a program on the same node is told of it. */
export const DATABASE_SETTINGS: Settings = {
  INFLUX_URL: `http://127.0.0.1:${DATABASE_PORT}`,
  INFLUX_DATABASE: "tailscale",
  INFLUX_ACCESS: "true",
};

/** Where a web server listens, and where its access log goes. */
export interface WebServerOptions {
  /** The node; its address is the one that is listened at. */
  readonly node: LabNode;
  /** The port. */
  readonly port: number;
  /** The port for access logs, on the node's loopback. */
  readonly logPort: number;
}

/** Starts nginx; the syslog tag is "shop". `/missing` is answered by 404, all else by 200. */
export async function serveNginx(lab: Lab, options: WebServerOptions): Promise<AsyncDisposable> {
  const { node, port, logPort } = options;
  const directory = await Deno.makeTempDir({ prefix: "tsmetrics-nginx-" });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/${name};`).join("\n  ");
  const config = `
user root;
daemon off;
worker_processes 1;
pid ${directory}/pid;
error_log ${directory}/error.log;
events {}
http {
  ${temporary}
  server {
    listen ${lab.address(node)}:${port};
    access_log syslog:server=127.0.0.1:${logPort},tag=shop combined;
    location / { return 200 "shop"; }
    location = /missing { return 404; }
  }
}
`;
  await Deno.writeTextFile(`${directory}/nginx.conf`, config);
  const command = ["nginx", "-p", directory, "-c", `${directory}/nginx.conf`];
  return lab.startOn(node, command, { directory });
}

/** Starts Caddy; all is answered by 200. */
export async function serveCaddy(lab: Lab, options: WebServerOptions): Promise<AsyncDisposable> {
  const { node, port, logPort } = options;
  const directory = await Deno.makeTempDir({ prefix: "tsmetrics-caddy-" });
  const config = `
{
  admin off
}
http://${lab.address(node)}:${port} {
  log {
    output net tcp/127.0.0.1:${logPort}
  }
  respond "wiki"
}
`;
  await Deno.writeTextFile(`${directory}/Caddyfile`, config);
  const command = ["caddy", "run", "--config", `${directory}/Caddyfile`, "--adapter", "caddyfile"];
  const settings = { XDG_CONFIG_HOME: directory, XDG_DATA_HOME: directory };
  return lab.startOn(node, command, { directory, settings });
}

/** Starts VictoriaMetrics on the loopback of a node. */
export async function serveDatabase(lab: Lab, node: LabNode): Promise<AsyncDisposable> {
  const directory = await Deno.makeTempDir({ prefix: "tsmetrics-victoria-" });
  return lab.startOn(node, [
    "victoria-metrics",
    `-storageDataPath=${directory}`,
    `-httpListenAddr=127.0.0.1:${DATABASE_PORT}`,
    "-retentionPeriod=1d",
    "-search.latencyOffset=0s",
  ], { directory });
}
