// A program that opens the store of a folder, and holds it or writes into it until it is killed.
import { openStore } from "../../../src/agent/store/open.ts";
import { batch, newRun, output, started } from "./runs.ts";

const [folder = "", what] = process.argv.slice(2);
const store = openStore(folder);
const { journal } = store;

if (what === "hold") {
  console.log("open");
  // The whole store: what nobody refers to is collected, and the lock with it.
  setInterval(() => store, 1000);
} else {
  journal.create(batch("B1", [newRun("R1")]));
  journal.append("R1", 1, [started]);
  for (let number = 1; ; number += 1) {
    journal.append("R1", number, [{ type: "note", step: "", text: String(number) }]);
    journal.appendOutput("R1", number, [output("x".repeat(10_000))]);
    // Not before it is out of this process: what waits here for room in the pipe is lost with it.
    await new Promise((done) => process.stdout.write(`${number}\n`, done));
  }
}
