import { assertEquals } from "@std/assert";
import type { Route } from "../../lib/http/route.ts";
import { Router, SocketRouter } from "../../lib/http/router.ts";

const route = (method: Route["method"], path: string): Route => ({
  method,
  path,
  handle: () => new Response(),
});

const router = new Router([
  route("GET", "/a"),
  route("HEAD", "/a"),
  route("GET", "/:name/stream.:kind"),
  route("POST", "/b"),
  route("GET", "/:rest*"),
]);

function find(method: string, path: string): string {
  const match = router.find(method, path);
  return match.kind === "answer"
    ? String(match.response.status)
    : `${match.route.method} ${match.route.path} ${
      JSON.stringify(match.params)
    }`;
}

Deno.test("a router takes the first route that fits, and HEAD its own before GET's", () => {
  assertEquals(find("GET", "/a"), "GET /a {}");
  assertEquals(find("HEAD", "/a"), "HEAD /a {}");
  assertEquals(
    find("HEAD", "/x/stream.mp3"),
    'GET /:name/stream.:kind {"name":"x","kind":"mp3"}',
  );
  assertEquals(find("POST", "/b"), "POST /b {}");
  assertEquals(find("GET", "/b"), 'GET /:rest* {"rest":"b"}');
  assertEquals(find("DELETE", "/b"), "405");
  assertEquals(find("OPTIONS", "/b"), "204");
});

Deno.test("a router leaves percent signs in params as they are", () => {
  assertEquals(
    find("GET", "/x%2Fy/stream.mp3"),
    'GET /:name/stream.:kind {"name":"x%2Fy","kind":"mp3"}',
  );
});

Deno.test("a router without a route for a path says so", () => {
  const one = new Router([route("GET", "/a")]);
  const match = one.find("GET", "/b");
  assertEquals(match.kind === "answer" && match.response.status, 404);
  assertEquals(new SocketRouter([]).find("/ws"), undefined);
});
