// Bundles src/ into the Python package: explorer.js (one ES module that imports nothing), explorer.css, and the licences
// of what was bundled. The output depends on nothing but the sources and the lock, so that it can be rebuilt and compared.
import { build } from "esbuild";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "landscape", "explorer", "static");

const result = await build({
  absWorkingDir: here,
  entryPoints: { explorer: "src/index.js", "explorer.styles": "src/explorer.css" },
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  write: false,
});
for (const { path, contents } of result.outputFiles) writeFileSync(path.replace("explorer.styles.css", "explorer.css"), contents);

const bundled = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const match = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (match) bundled.add(match[1]);
}
const licences = [...bundled].sort().map((name) => {
  const folder = join(here, "node_modules", name);
  const { version, license, homepage } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file || !existsSync(join(folder, file))) throw new Error(`${name} has no licence file`);
  const text = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
  return `${name} ${version} (${license})\n${homepage ?? ""}\n\n${text}\n`;
});
const rule = `\n${"-".repeat(80)}\n\n`;
writeFileSync(
  join(target, "THIRD_PARTY_LICENSES.txt"),
  `explorer.js and explorer.css contain code of the libraries below, bundled from npm.\n${rule}${licences.join(rule)}`,
);
for (const { path, contents } of result.outputFiles) console.log(path.split("/").pop(), contents.length, "bytes");
