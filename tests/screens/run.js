// Draws pages of a running console in both themes: node run.js URL FOLDER PATH…
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch, openTab } from "./browser.js";

const [base, folder, ...paths] = process.argv.slice(2);
const width = Number(process.env.WIDTH || 1280);
mkdirSync(folder, { recursive: true });
const browser = launch();
let faults = 0;
try {
  for (const theme of ["light", "dark"]) {
    const tab = await openTab(browser, { width, height: 800, theme });
    for (const path of paths) {
      await tab.go(base + path);
      const name = (path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "").slice(0, 40) || "today") + "-" + theme + ".png";
      writeFileSync(join(folder, name), await tab.picture());
      const foreign = tab.seen.requests.filter((url) => !url.startsWith(base) && !url.startsWith("data:"));
      const over = await tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      if (foreign.length || over > 0) faults++;
      console.log(`${name}  ${tab.seen.requests.length} requests, ${foreign.length} foreign, ${over} px over the edge`);
    }
  }
} finally {
  await browser.close();
}
process.exit(faults ? 1 : 0);
