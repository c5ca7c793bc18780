// Does calls of `pct` and `pvesh`, one after the other: a process that server.ts keeps. They come on stdin, and messages to front.pl go to stdout.
import { textsOf } from "./frames.ts";
import { answer } from "./main.ts";
import { tell } from "./output.ts";

const next = textsOf(process.stdin);
for (let asked = await next(); asked !== null; asked = await next()) {
  const [program = "", world = "", folder = "/", ...argv] = asked.split("\0");
  process.chdir(folder);
  const begin = async (task: string, interrupted: string): Promise<number> => {
    tell("T", `${task}\0${interrupted}`);
    return Number(await next());
  };
  await answer(program, world, argv, begin);
}
