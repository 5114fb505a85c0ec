// deno-lint-ignore-file no-unused-vars -- a browser script, in one scope with stations.js
/*
 * The player page's script. Plays the station from this machine's own stream and
 * shows what /api/status tells, once a second. Texts from playlists are set as
 * text, never as HTML. It stands inline in the page, before
 * `stations.js`, in one scope with it, and imports nothing.
 */
const $ = (id) => document.getElementById(id);
const token = document.querySelector("meta[name=alluvium-token]").content;
const audio = $("audio");
const RECENT = "alluvium.recent";
const RECENT_MAX = 8;
const VOLUME = "alluvium.volume";
const HLS = "application/vnd.apple.mpegurl";
/** Looks at the clock of the sound, a second apart, at which it may stand still. */
const STILL_MAX = 10;
/** The station and the mount that are shown; the latest status. */
const shown = { name: null, mount: null, status: null, at: 0 };
let wanted = false;
let retry = 0;
const still = { at: 0, looks: 0 };

// ---- small things --------------------------------------------------

const text = (id, value) => {
  if ($(id).textContent !== value) $(id).textContent = value;
};
const show = (id, visible) => {
  $(id).hidden = !visible;
};
function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit++;
  }
  const digits = unit === 0 || bytes >= 100 ? 0 : 1;
  return `${bytes.toFixed(digits)} ${units[unit]}`;
}
function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const m = Math.floor(s / 60);
  return m < 60
    ? `${m}:${two(s % 60)}`
    : `${Math.floor(m / 60)}:${two(m % 60)}:${two(s % 60)}`;
}
const hour = (iso) =>
  new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;
/** All that can be chosen: stations, and mounts of no station as if they were some. */
const stations = () => [
  ...shown.status?.stations ?? [],
  ...(shown.status?.otherMounts ?? []).map(asStation),
];
const station = () => {
  const all = stations();
  return all.find((s) => s.name === shown.name) ?? all[0];
};
/** Whether it has a playlist, and is no mere mount. */
const hasProgramme = (s) => s.url !== undefined;
/** The mount that is shown, where it sends another thing than the programme. */
const instead = (s) =>
  s?.mounts.find((m) => m.path === shown.mount && (m.live || !hasProgramme(s)));
function recall(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}
function keep(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch { /* a private window */ }
}
function remembered() {
  const list = recall(RECENT, []);
  return Array.isArray(list)
    ? list.filter((s) => typeof s?.url === "string")
    : [];
}
function remember(list) {
  keep(RECENT, list.slice(0, RECENT_MAX));
}

// ---- sound ---------------------------------------------------------

function play() {
  if (!shown.mount) return;
  wanted = true;
  still.looks = 0;
  // A fresh address each time: a live stream must never come from a cache.
  audio.src = `${shown.mount}?${Date.now()}`;
  audio.play().catch((error) => {
    if (error.name === "NotAllowedError") stop();
  });
  sound();
}
function stop() {
  wanted = false;
  audio.pause();
  audio.removeAttribute("src");
  audio.load();
  sound();
}
function again() {
  if (!wanted) return;
  clearTimeout(retry);
  retry = setTimeout(() => wanted && play(), 2000);
}
/** A stream that stands still though it should play is asked for anew. */
function watch() {
  if (!wanted) return;
  still.looks = audio.currentTime === still.at ? still.looks + 1 : 0;
  still.at = audio.currentTime;
  if (still.looks >= STILL_MAX) play();
}
function sound() {
  const sounding = wanted && !audio.paused && audio.readyState > 2;
  document.body.classList.toggle("playing", sounding);
  $("icon").setAttribute(
    "d",
    wanted ? "M5.5 5.5h13v13h-13z" : "M7 4.5v15l13-7.5z",
  );
  $("play").setAttribute("aria-label", wanted ? "Stop" : "Play");
  const onAir = instead(station())?.live ? "Live" : "On the air";
  text(
    "state",
    !wanted ? onAir : sounding ? `${onAir}, playing` : "Connecting…",
  );
  if ("mediaSession" in navigator) {
    navigator.mediaSession.playbackState = wanted ? "playing" : "none";
  }
}
$("play").addEventListener("click", () => wanted ? stop() : play());
$("volume").addEventListener("input", () => {
  audio.volume = Number($("volume").value);
  keep(VOLUME, audio.volume);
});
const before = Number(recall(VOLUME, NaN));
if (before >= 0 && before <= 1) $("volume").value = String(before);
audio.volume = Number($("volume").value);
for (const name of ["playing", "waiting", "pause", "canplay"]) {
  audio.addEventListener(name, sound);
}
for (const name of ["loadedmetadata", "resize", "emptied"]) {
  audio.addEventListener(name, () => {
    show("audio", audio.videoWidth > 0);
    show("full", audio.videoWidth > 0 && document.fullscreenEnabled);
  });
}
$("full").addEventListener("click", () => audio.requestFullscreen());
for (const name of ["error", "ended"]) audio.addEventListener(name, again);
if ("mediaSession" in navigator) {
  navigator.mediaSession.setActionHandler("play", play);
  navigator.mediaSession.setActionHandler("pause", stop);
  navigator.mediaSession.setActionHandler("stop", stop);
}

// ---- what is on ----------------------------------------------------

function drawNow(s) {
  const other = instead(s);
  const now = other ? { title: other.title || s.title } : s.now;
  text("station", s.title);
  if (/^https?:/.test(s.link ?? "")) $("station").href = s.link;
  else $("station").removeAttribute("href");
  text("title", now ? now.title : "Nothing is on at the moment");
  text("creator", now?.creator ?? "");
  text("next", other ? meanwhile(s) : following(s));
  document.title = now && now.title !== s.title
    ? `${now.title} · ${s.title}`
    : s.title;
  show("progress", now !== null && !other);
  drawMissing(s.missing);
  drawLate(s.timing);
  drawPlace();
  if ("mediaSession" in navigator && now) {
    const metadata = navigator.mediaSession.metadata;
    if (metadata?.title !== now.title) {
      navigator.mediaSession.metadata = new MediaMetadata({
        title: now.title,
        artist: now.creator ?? s.title,
        album: s.title,
      });
    }
  }
}
const by = ({ title, creator }) => creator ? `${title}, ${creator}` : title;
function following({ next }) {
  return next
    ? `Next at ${hour(next.startsAt)}: ${by(next)}`
    : "Nothing is known to follow.";
}
/** What the programme would be. */
function meanwhile({ now }) {
  return now ? `In the programme meanwhile: ${by(now)}` : "";
}
/** Only what somebody would notice: seconds. */
function drawLate({ lateMs, offMs }) {
  const ms = lateMs + (offMs ?? 0);
  show("late", ms >= 1000);
  text("late", `You hear the station ${clock(ms)} later than it is sent.`);
}
function drawMissing(sentences) {
  if ($("missing").dataset.now === sentences.join("\n")) return;
  $("missing").dataset.now = sentences.join("\n");
  $("missing").replaceChildren(...sentences.map((sentence) => {
    const p = document.createElement("p");
    p.className = "notice small";
    p.textContent = sentence;
    return p;
  }));
}
function drawPlace() {
  const s = station();
  const now = instead(s) ? null : s?.now;
  if (!now) return void (text("elapsed", ""), text("left", ""));
  const at = now.positionMs + (performance.now() - shown.at);
  text("elapsed", clock(at));
  if (now.endsAt === null) return void text("left", "");
  const length = Date.parse(now.endsAt) - Date.parse(now.startsAt);
  const share = Math.min(1, Math.max(0, at / length));
  text("left", `−${clock(length - at)}`);
  $("place").style.width = `${share * 100}%`;
  $("held").style.width = now.bytes
    ? `${now.bytesHeld / now.bytes * 100}%`
    : "0";
  $("progress").setAttribute("aria-valuenow", String(Math.round(share * 100)));
  $("progress").setAttribute(
    "aria-valuetext",
    `${clock(Math.min(at, length))} of ${clock(length)}`,
  );
}

// ---- mounts --------------------------------------------------------

/** What this browser plays, pictures first: some of them come by HLS alone. */
function playablePaths(s) {
  const plays = ({ type }) => audio.canPlayType(type) !== "";
  const isFilm = ({ type }) => type.startsWith("video/");
  const films = s.mounts.filter(isFilm);
  const hls = s.hls.map((path) => ({ path, type: HLS }));
  const shown = films.some(plays) || films.length === 0
    ? [...films, ...s.mounts.filter((m) => !isFilm(m)), ...hls]
    : [...hls, ...s.mounts];
  return shown.filter(plays).map(({ path }) => path);
}
function drawMounts(s) {
  const paths = playablePaths(s);
  show("unplayable", paths.length === 0 && s.mounts.length > 0);
  if (!paths.includes(shown.mount)) {
    shown.mount = paths[0] ?? null;
    if (wanted) shown.mount ? play() : stop();
  }
  show("formats", paths.length > 1);
  if ($("mount").dataset.now !== paths.join()) {
    $("mount").dataset.now = paths.join();
    $("mount").replaceChildren(
      ...paths.map((path) => new Option(path.slice(1), path)),
    );
  }
  if (shown.mount) $("mount").value = shown.mount;
  $("play").disabled = shown.mount === null;
  const path = s.mounts.find((m) => m.path === shown.mount)?.path ??
    s.mounts[0]?.path;
  show("elsewhere", path !== undefined);
  if (path === undefined) return;
  $("address").value = new URL(path, location.href).href;
  for (const kind of ["m3u", "pls", "xspf"]) $(kind).href = `${path}.${kind}`;
}
$("mount").addEventListener("change", () => {
  shown.mount = $("mount").value;
  if (wanted) play();
});
$("copy").addEventListener("click", async () => {
  $("address").select();
  try {
    await navigator.clipboard.writeText($("address").value);
  } catch {
    return;
  }
  text("copy", "Copied");
  setTimeout(() => text("copy", "Copy"), 1500);
});

// ---- the swarm -----------------------------------------------------

function drawSwarm({ swarm, clock: { offsetMs } }) {
  const { bytesFromPeers, bytesFromOrigin, bytesToPeers, peers } = swarm;
  const all = bytesFromPeers + bytesFromOrigin;
  const share = all === 0 ? 0 : bytesFromPeers / all;
  $("from-peers").style.width = `${share * 100}%`;
  $("from-origin").style.width = all === 0 ? "0" : `${(1 - share) * 100}%`;
  $("share").setAttribute(
    "aria-label",
    `${Math.round(share * 100)} percent from other listeners`,
  );
  text("bytes-peers", size(bytesFromPeers));
  text("bytes-origin", size(bytesFromOrigin));
  text("bytes-given", size(bytesToPeers));
  text("peers", plural(peers, "listener", "listeners"));
  const words = [];
  if (bytesFromPeers > 0) {
    words.push(
      `${
        Math.round(share * 100)
      } % of what you heard came from other listeners, not from the station.`,
    );
  }
  if (peers === 0) {
    words.push(
      "No other listener is linked: everything comes from the station itself, as from any web server.",
    );
  } else if (swarm.reachable === false) {
    words.push(
      "Nobody can dial this machine; it links to others all the same.",
    );
  }
  if (swarm.badChunks > 0) {
    words.push(
      `${plural(swarm.badChunks, "piece", "pieces")} did not match and ${
        swarm.badChunks === 1 ? "was" : "were"
      } thrown away.`,
    );
  }
  text("sentence", words.join(" "));
  text(
    "clock",
    Math.abs(offsetMs) > 1000
      ? `This machine's clock is ${(Math.abs(offsetMs) / 1000).toFixed(1)} s ${
        offsetMs > 0 ? "slow" : "fast"
      }; the station's time is used.`
      : "",
  );
}

// ---- the loop ------------------------------------------------------

function draw() {
  const { status } = shown;
  const s = station();
  show("player", s !== undefined);
  show("swarm", s !== undefined && hasProgramme(s));
  // What was heard is gone: nothing else plays in its place unasked.
  if (wanted && s?.name !== shown.name) stop();
  if (s) {
    shown.name = s.name;
    drawMounts(s);
    drawNow(s);
    sound();
  } else {
    show("elsewhere", false);
    document.title = "Alluvium";
  }
  drawSwarm(status);
  drawStations(stations());
}
async function refresh() {
  try {
    const response = await fetch("/api/status", { cache: "no-store" });
    if (!response.ok) throw new Error(String(response.status));
    shown.status = await response.json();
    shown.at = performance.now();
    show("lost", false);
  } catch {
    show("lost", true);
    return;
  }
  const heard = shown.status.stations.map(({ title, url }) => ({ title, url }));
  remember([
    ...heard,
    ...remembered().filter((r) => !heard.some((h) => h.url === r.url)),
  ]);
  draw();
}
async function loop() {
  await refresh();
  watch();
  setTimeout(loop, document.hidden ? 5000 : 1000);
}
document.addEventListener(
  "visibilitychange",
  () => document.hidden || refresh(),
);
setInterval(() => shown.status && drawPlace(), 250);
sound();
loop();
