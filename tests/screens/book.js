// Draws docs/screens/: every page of the console in both themes, from the demo of a
// server of its own, which ends with it. node book.js PROGRAM FOLDER
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, openTab } from "./browser.js";

const [program, folder] = process.argv.slice(2);
const most = 5_000_000; // bytes of all pictures

/** start runs enrichd dev in an empty folder and answers when it is ready. */
async function start() {
  const data = mkdtempSync(join(tmpdir(), "book-"));
  chmodSync(data, 0o755); // the database runs as somebody else
  const child = spawn(program, ["dev", "--addr", "127.0.0.1:0", "--data", data, "--json"], { stdio: ["ignore", "pipe", "ignore"] });
  const gone = new Promise((done) => child.once("exit", done));
  const line = await new Promise((done, failed) => {
    let text = "";
    child.stdout.on("data", (part) => { text += part; if (text.includes("\n")) done(text); });
    gone.then((code) => failed(new Error(`${program} ended with ${code} before it was ready`)));
  });
  return { ...JSON.parse(line), stop: async () => { child.kill("SIGINT"); await gone; rmSync(data, { recursive: true, force: true, maxRetries: 5 }); } };
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** a table of a bank that nothing tells: a person says what its columns are. */
const table = `30.10.2026;29.10.2026;METRO CASH AND CARRY LYON;Achat carte 4471;-145,20;3.254,80
29.10.2026;28.10.2026;TRAITEUR BELLECOUR SAS;Facture F-298;1.100,00;3.400,00
27.10.2026;27.10.2026;GARAGE DES BROTTEAUX;Révision du fourgon;-389,90;2.300,00
`;
const columns = "delimiter=%3B&header_row=0&date_layout=&decimal=&currency_code=EUR&encoding=&c1=date&c2=value_date&c3=counterparty&c4=description&c5=amount&c6=balance";

/** the demo makes a month's work of itself: it is matched, completed, closed and decided on. */
async function live({ url, api_key }) {
  const read = async (path) => (await (await fetch(url + path, { headers: { Authorization: `Bearer ${api_key}` } })).json()).data;
  const send = (path, fields) => fetch(url + path, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  const settled = async (least) => {
    for (let quiet = 0, n = 0; quiet < 4; n++) {
      if (n > 150) throw new Error("the demo does not come to rest");
      const open = (await read("/v1/enrichment-tasks?filter[status]=pending,processing&page[size]=50"))
        .filter((t) => t.attributes.enrichment_type !== "monthly_close"); // which waits for people
      const done = await read("/v1/enrichment-tasks?filter[status]=completed&page[size]=100");
      quiet = open.length === 0 && done.length >= least ? quiet + 1 : 0;
      await wait(400);
    }
  };
  await settled(20);
  const sent = await fetch(url + "/v1/bank-statements", { method: "POST", body: table, headers: {
    Authorization: `Bearer ${api_key}`, "Content-Type": "application/octet-stream", "Content-Disposition": 'attachment; filename="export-livret.csv"' } });
  const statement = (await sent.json()).data;
  const companies = await read("/v1/companies?page[size]=10");
  await send("/magic", [["of", "company"], ["do", "logo"], ["do", "ai_company"], ["cap", "5"], ...companies.map((c) => ["id", c.id])]);
  await send("/close", { month: "2026-10" });
  await settled(25);
  const tasks = (query) => read("/v1/enrichment-tasks?page[size]=50&" + query);
  const [first] = await tasks("filter[status]=failed"), waiting = await tasks("filter[status]=awaiting_approval");
  const asked = waiting.find((t) => t.attributes.enrichment_type === "reconcile") ?? waiting[0];
  const [batch] = await read("/v1/enrichment-batches"), invoices = await read("/v1/invoices"), documents = await read("/v1/documents?page[size]=50");
  const transactions = await read("/v1/transactions?page[size]=50");
  const pdf = documents.find((d) => d.attributes.mime_type === "application/pdf") ?? documents[0];
  const scan = documents.find((d) => /scan/i.test(d.attributes.filename)) ?? pdf;
  return {
    today: "/", magic: "/magic?of=company&do=logo&do=ai_company", tasks: "/tasks", "tasks-failed": "/tasks?status=failed", task: "/tasks/" + first.id,
    batches: "/batches", batch: "/batches/" + batch.id, approvals: "/approvals", approval: "/approvals/" + asked.id, invoices: "/invoices",
    invoice: "/invoices/" + invoices[0].id, document: "/documents/" + pdf.id, scan: "/documents/" + scan.id, bank: "/bank", transaction: "/transactions/" + transactions[0].id,
    statement: "/bank-statements/" + statement.id + "?" + columns,
    search: "/search?q=mo", companies: "/companies", company: "/entities/company/" + companies[0].id, people: "/people", closes: "/close", close: "/close/2026-10",
    health: "/health", workers: "/workers", providers: "/providers", cost: "/cost", errors: "/errors", activity: "/activity", columns: "/columns", settings: "/settings", problem: "/nowhere",
  };
}

const server = await start();
const browser = launch();
let faults = 0;
try {
  const paths = await live(server);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [theme, language] of [["light", "en"], ["dark", "en"], ["light", "fr"]]) {
    const tab = await openTab(browser, { width: 1280, height: 800, theme });
    await tab.send("Emulation.setLocaleOverride", { locale: language });
    await tab.send("Network.setCookie", { url: server.url, name: "enrichd_language", value: language });
    for (const [name, path] of Object.entries(paths)) {
      if (language === "fr" && !["today", "approval", "close", "tasks", "statement"].includes(name)) continue;
      await tab.go(server.url + path);
      const over = await tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      const foreign = tab.seen.requests.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:"));
      if (over > 0 || foreign.length) { faults++; console.log(`${name}: ${over} px over the edge, foreign: ${foreign}`); }
      writeFileSync(join(folder, `${name}-${language === "fr" ? "fr" : theme}.webp`), await tab.picture("webp", 1800));
    }
  }
  const sum = readdirSync(folder).reduce((n, name) => n + statSync(join(folder, name)).size, 0);
  console.log(`${readdirSync(folder).length} pictures, ${(sum / 1e6).toFixed(1)} MB in ${folder}`);
  if (sum > most) { faults++; console.log("that is more than the 5 MB that the folder may hold"); }
} finally {
  await Promise.allSettled([browser.close(), server.stop()]);
}
process.exit(faults ? 1 : 0);
