// proto/**/*.proto -> proto/gen: types for the compiler, and as modules, so that they travel inside the executables, the descriptor
// set for those who ask by reflection and what protobufjs makes of it.
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { definitions } from "./definitions.ts";
import { fail } from "./run.ts";
import { hashFiles, isFresh, markFresh } from "./stamp.ts";

const out = "proto/gen";
// Made aside, so that whoever reads the old ones meanwhile finds them complete.
const partial = `.cache/gen.${process.pid}`;
const protos = globSync("proto/**/*.proto").sort();
const hash = hashFiles([...protos, "buf.yaml", "package-lock.json", "build/generate.ts", "build/definitions.ts"]);
const outputs = [`${out}/descriptor.ts`, `${out}/root.ts`];

if (protos.length === 0) fail("no .proto files in proto/");
if (!isFresh(`${out}/.stamp`, hash, outputs)) {
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  generateTypes();
  const set = tool("buf", ["build", "--as-file-descriptor-set", "--exclude-source-info", "--output=-#format=binpb"]);
  generateText(
    "descriptor",
    "descriptorSet",
    "The FileDescriptorSet of all our protos and of what they import, in base64.",
    set.toString("base64"),
  );
  generateText(
    "root",
    "rootJson",
    "What protobufjs makes of all our protos and of what they import, as JSON.",
    JSON.stringify(definitions(set)),
  );
  rmSync(out, { recursive: true, force: true });
  renameSync(partial, out);
  markFresh(`${out}/.stamp`, hash);
}

/** What the loader makes of a message at run time, said once more for the compiler: the same options stand in proto/index.ts. */
function generateTypes(): void {
  const shape = ["--keepCase", "--longs=Number", "--enums=String", "--defaults", "--oneofs"];
  const files = ["--includeDirs=proto", `--outDir=${partial}`, "--includeComments", "--importFileExtension=.ts"];
  tool("proto-loader-gen-types", [...shape, "--grpcLib=@grpc/grpc-js", ...files, ...protos.map((path) => path.slice("proto/".length))]);
}

function generateText(file: string, name: string, comment: string, text: string): void {
  writeFileSync(`${partial}/${file}.ts`, `/** ${comment} */\nexport const ${name} = ${JSON.stringify(text)};\n`);
}

function tool(command: string, args: readonly string[]): Buffer {
  const result = spawnSync(command, args, { maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "pipe"] });
  if (result.status === 0) return result.stdout;
  return fail(`${command} failed: ${result.error?.message ?? Buffer.concat([result.stdout, result.stderr]).toString().trim()}`);
}
