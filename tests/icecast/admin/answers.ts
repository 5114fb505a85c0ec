/**
 * What the admin commands answer to right, wrong, missing and unknown arguments,
 * while `/a.mp3` has a source, `/b.mp3` and `/users.mp3` (which knows its
 * listeners) are on the air. Asked of our server by admin_test.ts and of icecast2
 * itself by interop/icecast_answers_test.ts, in this order.
 *
 * @module
 */

/** One request and its answer. */
export interface Answer {
  /** What follows `/admin/`. */
  path: string;
  status: number;
  /** What its body contains. */
  text: string;
  /** Who asks. @default {"admin"} */
  login?: "none" | "relay" | "source";
  /** Whether icecast2 answers otherwise; docs/icecast.md says why. @default {false} */
  ours?: boolean;
}

/** A page that names an error. */
function error(
  path: string,
  message: string,
  more: Partial<Answer> = {},
): Answer {
  return { path, status: 400, text: `<b>400 - ${message}</b>`, ...more };
}

/** A small yes or no. */
function said(
  path: string,
  message: string,
  isDone: 0 | 1,
  more: Partial<Answer> = {},
): Answer {
  const text =
    `<?xml version="1.0"?>\n<iceresponse><message>${message}</message><return>${isDone}</return></iceresponse>\n`;
  return { path, status: 200, text, ...more };
}

/** A document. */
function document(path: string, content: string): Answer {
  return { path, status: 200, text: `<icestats>${content}</icestats>` };
}

/** Anything else. */
function page(path: string, text: string, more: Partial<Answer> = {}): Answer {
  return { path, status: 200, text, ...more };
}

/** Nobody who may. */
function stranger(path: string, login: "none" | "relay"): Answer {
  return { path, status: 401, text: "You need to authenticate\r\n", login };
}

/** All of them. */
export const ANSWERS: readonly Answer[] = [
  error("nope", "Unrecognised command"),
  error("nope", "Unrecognised command", { login: "none" }),
  stranger("stats", "none"),
  stranger("stats", "relay"),
  stranger("streamlist", "relay"),
  stranger("killsource?mount=/a.mp3", "none"),
  error("listclients", "Unknown admin request"),
  error("listclients?mount=/nope", "Source does not exist"),
  error("listclients?mount=a.mp3", "Source does not exist"),
  error("stats?mount=/nope", "Source does not exist"),
  error("metadata", "Unknown admin request"),
  error("metadata?mode=updinfo&song=x", "Unknown admin request"),
  error("metadata?mount=/a.mp3&song=x", "Missing parameter"),
  said("metadata?mount=/a.mp3&mode=foo&song=x", "No such action", 0),
  said("metadata?mount=/a.mp3&mode=updinfo", "Metadata update successful", 1),
  said(
    "metadata?mount=/a.mp3&mode=updinfo&song=x",
    "Metadata update successful",
    1,
  ),
  said(
    "metadata?mount=/a.mp3&mode=updinfo&song=x",
    "Metadata update successful",
    1,
    { login: "source" },
  ),
  stranger("metadata?mount=/a.mp3&mode=updinfo&song=x", "relay"),
  stranger("metadata?mount=/a.mp3&mode=updinfo&song=x", "none"),
  error("metadata?mount=/nope&mode=updinfo&song=x", "Source does not exist"),
  error("updatemetadata", "Unknown admin request"),
  document("updatemetadata?mount=/a.mp3", '<source mount="/a.mp3"/>'),
  error("updatemetadata?mount=/nope", "Source does not exist"),
  error("fallbacks", "Unknown admin request"),
  error("fallbacks?mount=/a.mp3", "Missing parameter"),
  page(
    "fallbacks?mount=/a.mp3&fallback=/b.mp3",
    "<html><head><title>Admin request successful</title></head><body><p>Fallback configured</p></body></html>",
  ),
  error("fallbacks?mount=/nope&fallback=/b.mp3", "Source does not exist"),
  error("fallbacks?mount=/a.mp3&fallback=/nope", "No such fallback", {
    ours: true,
  }),
  error(
    "fallbacks?mount=/a.mp3&fallback=/c.ogg",
    "fallback of another type, or in a circle",
    { ours: true },
  ),
  page("fallbacks?mount=/a.mp3&fallback=", "<p>Fallback configured</p>"),
  error("moveclients", "Unknown admin request"),
  page(
    "moveclients?mount=/a.mp3",
    '<icestats><current_source>/a.mp3</current_source><source mount="/b.mp3"><fallback></fallback><listeners>0</listeners><Connected>',
  ),
  error("moveclients?mount=/a.mp3&destination=/zzz", "No such destination"),
  error(
    "moveclients?mount=/a.mp3&destination=/a.mp3",
    "supplied mountpoints are identical",
  ),
  error(
    "moveclients?mount=/a.mp3&destination=/c.ogg",
    "Destination of another type",
    { ours: true },
  ),
  said(
    "moveclients?mount=/a.mp3&destination=/b.mp3",
    "Clients moved from /a.mp3 to /b.mp3",
    1,
  ),
  error("killclient?mount=/a.mp3", "Missing parameter"),
  said("killclient?mount=/a.mp3&id=99999999", "Client 99999999 not found", 0),
  said("killclient?mount=/a.mp3&id=abc", "Client 0 not found", 0),
  said("killclient?mount=/a.mp3&id=-1", "Client -1 not found", 0),
  said("killclient?mount=/a.mp3&id=", "Client 0 not found", 0),
  error("killsource", "Unknown admin request"),
  error("killsource?mount=/nope", "Source does not exist"),
  error("killsource?mount=/b.mp3", "Source is not available", { ours: true }),
  error("manageauth", "Unknown admin request"),
  error("manageauth?mount=/a.mp3", "missing parameter"),
  document("manageauth?mount=/users.mp3", '<source mount="/users.mp3"/>'),
  error("manageauth?mount=/users.mp3&action=add", "missing parameter"),
  error(
    "manageauth?mount=/users.mp3&action=add&username=jim",
    "missing parameter",
  ),
  document(
    "manageauth?mount=/users.mp3&action=add&username=jim&password=x",
    '<source mount="/users.mp3"><User><username>jim</username></User></source><iceresponse><message>User added</message></iceresponse>',
  ),
  page(
    "manageauth?mount=/users.mp3&action=add&username=jim&password=x",
    "<message>User already exists - not added</message>",
  ),
  document(
    "manageauth?mount=/users.mp3&action=zzz",
    '<source mount="/users.mp3"><User><username>jim</username></User></source>',
  ),
  error("manageauth?mount=/users.mp3&action=delete", "missing parameter"),
  page(
    "manageauth?mount=/users.mp3&action=delete&username=joe",
    "<message>User deleted</message>",
  ),
  page(
    "manageauth?mount=/users.mp3&action=delete&username=jim",
    "<message>User deleted</message>",
  ),
  error("buildm3u", "Unknown admin request"),
  stranger("buildm3u", "none"),
  error("buildm3u?mount=/a.mp3", "Missing parameter"),
  error("buildm3u?mount=/a.mp3&username=u", "Missing parameter", {
    login: "none",
  }),
  page("buildm3u?mount=/a.mp3&username=u&password=p", "http://u:p@", {
    login: "none",
  }),
  page("streamlist.txt", "/a.mp3\r\n/b.mp3\r\n", { login: "relay" }),
  error("listmounts?mount=/a.mp3", "Mount request unknown"),
];
