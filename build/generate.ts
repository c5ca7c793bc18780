// proto/**/*.proto -> proto/gen: types for the compiler, and the descriptor set as a module, so that it travels inside the executables.
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fail } from "./run.ts";
import { hashFiles, isFresh, markFresh } from "./stamp.ts";

const out = "proto/gen";
// Made aside, so that whoever reads the old ones meanwhile finds them complete.
const partial = `.cache/gen.${process.pid}`;
const protos = globSync("proto/**/*.proto").sort();
const hash = hashFiles([...protos, "buf.yaml", "package-lock.json", "build/generate.ts"]);
const outputs = [`${out}/descriptor.ts`];

if (protos.length === 0) fail("no .proto files in proto/");
if (!isFresh(`${out}/.stamp`, hash, outputs)) {
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  generateTypes();
  generateDescriptor();
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

function generateDescriptor(): void {
  const set = tool("buf", ["build", "--as-file-descriptor-set", "--exclude-source-info", "--output=-#format=binpb"]);
  const lines = [
    "/** The FileDescriptorSet of all our protos and of what they import, in base64. */",
    `export const descriptorSet = "${set.toString("base64")}";`,
  ];
  writeFileSync(`${partial}/descriptor.ts`, `${lines.join("\n")}\n`);
}

function tool(command: string, args: readonly string[]): Buffer {
  const result = spawnSync(command, args, { maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "pipe"] });
  if (result.status === 0) return result.stdout;
  return fail(`${command} failed: ${result.error?.message ?? Buffer.concat([result.stdout, result.stderr]).toString().trim()}`);
}
