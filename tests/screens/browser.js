// A Chromium that is driven over its debugging pipe: no library, no port.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.CHROMIUM || "/usr/bin/chromium";

/** launch starts a headless Chromium and answers with {send, on, close}. */
export function launch() {
  const home = mkdtempSync(join(tmpdir(), "screens-"));
  const child = spawn(program, ["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
    "--no-first-run", `--user-data-dir=${home}`], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const [, , , to, from] = child.stdio;
  const asked = new Map(), listeners = [];
  let last = 0, rest = "";
  from.setEncoding("utf8");
  from.on("data", (text) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop();
    for (const part of parts) {
      const message = JSON.parse(part);
      if (!message.id) { listeners.forEach((f) => f(message)); continue; }
      const { resolve, reject } = asked.get(message.id);
      asked.delete(message.id);
      message.error ? reject(new Error(message.error.message)) : resolve(message.result);
    }
  });
  const gone = new Promise((done) => child.once("exit", done));
  return {
    send: (method, params = {}, sessionId) => new Promise((resolve, reject) => {
      asked.set(++last, { resolve, reject });
      to.write(JSON.stringify({ id: last, method, params, sessionId }) + "\0");
    }),
    on: (f) => listeners.push(f),
    // Its other processes write for a moment after it: removing what they wrote is tried again.
    close: async () => { child.kill(); await gone; rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }); },
  };
}

/** openTab opens a page of one size and theme, which goes and draws pages. */
export async function openTab(browser, { width, height, theme }) {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => browser.send(method, params, sessionId);
  const seen = { requests: [], loaded: () => {} };
  browser.on((m) => {
    if (m.sessionId !== sessionId) return;
    if (m.method === "Network.requestWillBeSent") seen.requests.push(m.params.request.url);
    if (m.method === "Page.loadEventFired") seen.loaded();
  });
  await send("Page.enable");
  await send("Network.enable");
  await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: theme }] });
  return {
    send, seen,
    go: async (url) => {
      seen.requests = [];
      const loaded = new Promise((done) => { seen.loaded = done; });
      await send("Page.navigate", { url });
      await loaded;
    },
    evaluate: async (expression) => {
      const { result } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
      return result.value;
    },
    picture: async (format = "png", tallest = 4000) => {
      const { cssContentSize } = await send("Page.getLayoutMetrics");
      const clip = { x: 0, y: 0, width, height: Math.min(cssContentSize.height, tallest), scale: 1 };
      return Buffer.from((await send("Page.captureScreenshot", { format, ...(format === "png" ? {} : { quality: 78 }), captureBeyondViewport: true, clip })).data, "base64");
    },
  };
}
