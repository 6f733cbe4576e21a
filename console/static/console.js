// Live updates and keys. Every page works without them.
const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private windows remember nothing */ } };

const main = document.getElementById("main");
const live = main.hasAttribute("data-live");
const controls = document.getElementById("controls");
let stream = null, seen = main.getAttribute("data-live"), wanted = false, busy = false;

// writing says that a key pressed there is a letter: in a field, but not on a box to tick.
const writing = (at) => /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName) && at.type !== "checkbox";

// busyHands says that somebody is writing or has marked text: a page does not move under them.
const busyHands = () => main.contains(document.activeElement) && /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) ||
  !getSelection().isCollapsed;

async function refresh() {
  if (busy || document.hidden || busyHands()) { wanted = true; return; }
  busy = true;
  wanted = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { wanted = true; }
  setTimeout(() => { busy = false; if (wanted) refresh(); }, 500);
}

function swap(page) {
  const opened = [...main.querySelectorAll("details")].map((d) => d.open);
  const focus = main.contains(document.activeElement) && document.activeElement.getAttribute("href");
  const next = page.getElementById("main");
  if (!next || next.innerHTML === main.innerHTML) return;
  main.replaceChildren(...next.childNodes);
  [...main.querySelectorAll("details")].forEach((d, i) => { if (opened[i]) d.open = true; });
  if (focus) [...main.querySelectorAll("a[href]")].find((a) => a.getAttribute("href") === focus)?.focus({ preventScroll: true });
  for (const part of [".bar nav", "#asof"]) {
    const there = document.querySelector(part), here = page.querySelector(part);
    if (there && here) there.replaceWith(here);
  }
  document.title = page.title;
}

function watch() {
  const on = live && !document.hidden && stored("paused") !== "yes";
  if (!on) { stream?.close(); stream = null; return; }
  if (stream) return;
  stream = new EventSource("/live");
  stream.onmessage = (m) => {
    if (m.data !== seen) refresh();
    seen = m.data;
  };
}

// toggle adds a button for something that is remembered; its words stand in the page.
function toggle(name, changed) {
  const { on, off } = controls.querySelector(`[data-name="${name}"]`).dataset;
  const button = document.createElement("button");
  const show = () => { const is = stored(name) === "yes"; button.textContent = is ? on : off; button.setAttribute("aria-pressed", String(is)); };
  button.type = "button";
  button.className = "quiet";
  button.onclick = () => { store(name, stored(name) === "yes" ? "no" : "yes"); show(); changed(); };
  show();
  controls.append(" ", button);
}

if (live) toggle("paused", watch);
toggle("nokeys", () => {});
document.addEventListener("visibilitychange", watch);
addEventListener("pagehide", () => { stream?.close(); stream = null; });
addEventListener("pageshow", watch);
watch();

// What a key presses, where it is there: to decide, to undo it, to go on.
const pressed = {
  a: 'form.decide button[value="approve"]', r: 'form.decide button[value="reject"]', u: 'button[value="undo"]', n: "a[data-next]",
};

// j and k go through what a list leads to; Enter follows it, as everywhere. / searches.
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.repeat && pressed[e.key] || stored("nokeys") === "yes" || writing(e.target)) return;
  if (Object.hasOwn(pressed, e.key)) { main.querySelector(pressed[e.key])?.click(); return; }
  if (e.key === "/") { location.href = "/search"; e.preventDefault(); return; }
  const step = { j: 1, k: -1 }[e.key];
  if (!step) return;
  const links = [...main.querySelectorAll(".list tbody th > a, .items li > a, .related li > a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
  e.preventDefault();
});
