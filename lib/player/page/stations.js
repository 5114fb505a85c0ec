// deno-lint-ignore-file no-unused-vars -- a browser script, in one scope with page.js
/*
 * The player page's list of stations and its start page: what is tuned, what was
 * heard before, tuning in and stopping. Stands inline in the page after
 * `page.js` and uses its names; changes go with the page's token.
 */
/** A mount of no station, to be shown like one. */
function asStation(mount) {
  return {
    name: mount.path,
    title: mount.name,
    now: null,
    timing: { lateMs: 0 },
    mounts: [mount],
    hls: [],
    missing: [],
  };
}
function row(title, note, choose, remove) {
  const li = document.createElement("li");
  const name = document.createElement("button");
  name.type = "button";
  name.className = "name";
  const b = document.createElement("b");
  b.textContent = title;
  const span = document.createElement("span");
  span.className = "small soft";
  span.textContent = note;
  name.append(b, span);
  name.addEventListener("click", choose);
  li.append(name);
  if (remove) {
    const cross = document.createElement("button");
    cross.type = "button";
    cross.className = "cross";
    cross.textContent = remove.label;
    cross.setAttribute("aria-label", `${remove.label} ${title}`);
    cross.addEventListener("click", remove.act);
    li.append(cross);
  }
  return { li, name };
}
function drawStations(all) {
  const recent = remembered().filter((r) => !all.some((s) => s.url === r.url));
  const key = JSON.stringify([
    all.map((s) => [s.name, s.title, s.url]),
    recent,
    shown.name,
  ]);
  if ($("tuned").dataset.now === key) return;
  $("tuned").dataset.now = key;
  show("hero", all.length === 0);
  if (token === "") {
    text("hero-title", "Nothing is on the air");
    text("hero-text", "As soon as something is, it plays here.");
  }
  show("stations-title", all.length > 0);
  text("stations-title", token ? "Stations" : "Stations here");
  show("tune", token !== "");
  show("stations", token !== "" || all.length !== 1);
  show("hint", token !== "" && all.length === 0);
  $("tuned").replaceChildren(...all.map((s) => {
    const { li, name } = row(
      s.title,
      s.url ?? s.name,
      () => choose(s.name),
      token && hasProgramme(s)
        ? { label: "Stop", act: () => removeStation(s.name) }
        : undefined,
    );
    name.setAttribute("aria-current", String(s.name === station()?.name));
    return li;
  }));
  show("recent-box", token !== "" && recent.length > 0);
  $("recent").replaceChildren(
    ...recent.map((r) =>
      row(r.title ?? r.url, r.url, () => tune(r.url), {
        label: "Forget",
        act: () => {
          remember(remembered().filter((x) => x.url !== r.url));
          refresh();
        },
      }).li
    ),
  );
}
function choose(name) {
  shown.name = name;
  shown.mount = null;
  draw();
  if (wanted) play();
}
async function change(path, options) {
  show("wrong", false);
  try {
    const response = await fetch(path, {
      ...options,
      headers: {
        "x-alluvium-token": token,
        "content-type": "application/json",
      },
    });
    if (response.ok) {
      return response.status === 204 ? {} : await response.json();
    }
    const problem = await response.json().catch(() => ({}));
    throw new Error(
      problem.detail ?? problem.title ?? `The answer was ${response.status}`,
    );
  } catch (error) {
    text("wrong", error.message);
    show("wrong", true);
    return null;
  }
}
async function tune(url) {
  $("go").disabled = true;
  text("go", "Tuning…");
  const tuned = await change("/api/stations", {
    method: "POST",
    body: JSON.stringify({ url }),
  });
  $("go").disabled = false;
  text("go", "Tune in");
  if (!tuned) return;
  $("url").value = "";
  shown.name = tuned.name;
  await refresh();
}
async function removeStation(name) {
  if (name === station()?.name) stop();
  await change(`/api/stations/${encodeURIComponent(name)}`, {
    method: "DELETE",
  });
  shown.mount = null;
  await refresh();
}
$("tune").addEventListener("submit", (event) => {
  event.preventDefault();
  tune($("url").value.trim());
});
