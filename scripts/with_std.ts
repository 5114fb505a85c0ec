/**
 * Runs a task against the real `@std` packages where JSR is out of reach, from
 * a checkout of their sources:
 *
 *     deno run -A scripts/with_std.ts FOLDER test tests/std
 *     deno run -A scripts/with_std.ts FOLDER check
 *
 * A registry on loopback speaks JSR's protocol for the checkout, and the task
 * runs with an empty cache of its own. Unlike an import map onto the checkout
 * this also checks that `deno.json` pins versions that exist, and that types
 * check as they do for other people's packages.
 *
 * @module
 */

import { fromFileUrl, ROOT } from "./paths.ts";

const TYPES: Readonly<Record<string, string>> = {
  ts: "text/typescript",
  mts: "text/typescript",
  js: "text/javascript",
  mjs: "text/javascript",
  json: "application/json",
};

/** A package of the checkout. */
interface Package {
  folder: string;
  version: string;
  exports: Record<string, string>;
}

/** The packages of a checkout by name, e.g. `@std/xml`. */
async function readPackages(folder: string): Promise<Map<string, Package>> {
  const packages = new Map<string, Package>();
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    const text = await Deno.readTextFile(`${path}/deno.json`).catch(() => "{}");
    const { name, version, exports } = JSON.parse(text);
    if (name === undefined || version === undefined) continue;
    packages.set(name, {
      folder: path,
      version,
      exports: typeof exports === "string" ? { ".": exports } : exports,
    });
  }
  return packages;
}

/** Answers as JSR does: versions of a package, one version, one file. */
function registry(packages: Map<string, Package>) {
  return async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const [, name = "", rest = ""] =
      pathname.match(/^\/(@\w+\/[\w-]+)\/(.+)$/) ??
        [];
    const found = packages.get(name);
    if (found === undefined) return new Response(null, { status: 404 });
    const [scope, short] = name.slice(1).split("/");
    if (rest === "meta.json") {
      const versions = { [found.version]: {} };
      return Response.json({
        scope,
        name: short,
        latest: found.version,
        versions,
      });
    }
    if (rest === `${found.version}_meta.json`) {
      const manifest = await manifestOf(found, packages);
      return Response.json({ manifest, exports: found.exports });
    }
    const path = rest.slice(found.version.length);
    return new Response(await fileOf(found, path, packages), {
      headers: { "content-type": TYPES[path.split(".").at(-1)!]! },
    });
  };
}

async function manifestOf(of: Package, packages: Map<string, Package>) {
  const manifest: Record<string, { size: number; checksum: string }> = {};
  for await (const path of walk(of.folder, "")) {
    const bytes = await fileOf(of, path, packages);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const checksum = `sha256-${new Uint8Array(digest).toHex()}`;
    manifest[path] = { size: bytes.length, checksum };
  }
  return manifest;
}

async function* walk(folder: string, below: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder + below)) {
    const path = `${below}/${name}`;
    if (isDirectory) yield* walk(folder, path);
    else if (/(?<!_test)\.(ts|mts|js|mjs|json)$/.test(name)) yield path;
  }
}

/** A file as it is published: siblings are imported with their version. */
async function fileOf(
  of: Package,
  path: string,
  packages: Map<string, Package>,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = await Deno.readTextFile(of.folder + path);
  const published = text.replace(
    /((?:from|import)\s*\(?\s*")(@std\/[\w-]+)/g,
    (whole, head, name) => {
      const version = packages.get(name)?.version;
      return version === undefined ? whole : `${head}jsr:${name}@^${version}`;
    },
  );
  return new TextEncoder().encode(published);
}

async function main([folder, ...task]: string[]): Promise<number> {
  if (folder === undefined || task.length === 0) {
    console.error("Usage: with_std.ts FOLDER TASK ARGS…");
    return 2;
  }
  const packages = await readPackages(await Deno.realPath(folder));
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    registry(packages),
  );
  const cache = await Deno.makeTempDir({ prefix: "alluvium-std-" });
  try {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["task", ...task],
      cwd: ROOT,
      env: {
        JSR_URL: `http://127.0.0.1:${server.addr.port}/`,
        DENO_DIR: cache,
        ALLUVIUM_IMPORT_MAP: fromFileUrl("../deno.json", import.meta.url),
      },
    }).spawn().status;
    return code;
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
