import { access } from "node:fs/promises";
import { settingChanges, type Ctid, type SettingChange, type SettingKey, type Settings } from "../../domain/container.ts";
import { Fault } from "../../domain/errors.ts";
import type { Call } from "../driver.ts";
import { pendingFields } from "./conf.ts";
import { editConf } from "./edit.ts";
import { pctFault } from "./errors.ts";
import { sharedDevices } from "./gpu-args.ts";
import type { Host } from "./host.ts";
import { look, missing, readConf } from "./observe.ts";
import { wantedRaw, withRaw } from "./raw-lines.ts";
import { readied } from "./ready.ts";
import { optionsOf, setArgs } from "./set-args.ts";
import { perform } from "./task.ts";

/**
 * Driver.configure: what differs, in one `pct set`; the disk, which only grows, in a `pct resize`; raw lines by an edit of N.conf, since pct
 * can't write them. What pct says does not count: the configuration is read again (facts/proxmox.md, "Exit codes and output").
 */
export async function configure(host: Host, ctid: Ctid, settings: Settings, call: Call): Promise<readonly SettingKey[]> {
  const { settings: live } = await readied(host, ctid, call);
  const wanted = effective(settings);
  const changes = settingChanges(live, wanted);
  if (changes.length === 0) return [];
  const conf = await readConf(host, ctid);
  if (conf === null) throw missing(ctid);

  const options = optionsOf(setArgs(changes, pendingFields(conf), await there(sharedDevices)));
  const said: string[] = [];
  if (options.length > 0) said.push(await perform(host, ctid, call, { task: "set", args: ["set", String(ctid), ...options] }));
  const size = changes.find(({ key }) => key === "disk_gb")?.to;
  if (size !== undefined)
    said.push(await perform(host, ctid, call, { task: "resize", args: ["resize", String(ctid), "rootfs", `${size}G`] }));
  if (changes.some(({ key }) => key === "raw" || key === "gpus")) await editConf(host, ctid, call.signal, (text) => withRaw(text, wanted));

  const left = settingChanges((await look(host, ctid)).settings, wanted);
  if (left.length > 0) throw notTaken(ctid, left, said.filter((each) => each !== "").join("; "));
  return changes.map(({ key }) => key);
}

function notTaken(ctid: Ctid, left: readonly SettingChange[], said: string): Fault {
  const words = left.map(({ key, from, to }) => `${key} is ${from ?? "not set"}, wanted ${to || "none"}`).join("; ");
  const remedy = `look at: pct config ${ctid}`;
  if (said === "") return new Fault("BACKEND_FAILED", `some settings of container ${ctid} did not take: ${words}`, remedy);
  const { failure } = pctFault(ctid, "", said, "");
  return new Fault(
    failure.reason,
    `some settings of container ${ctid} did not take: ${words}; pct said: ${said}`,
    failure.remedy === "" ? remedy : failure.remedy,
  );
}

/** What can be made so: a disk without a limit can't be asked for, nor one without a size. */
function effective(settings: Settings): Settings {
  const { disk_gb, raw, ...rest } = settings;
  const text = wantedRaw(settings);
  return {
    ...rest,
    ...(raw === undefined || text === null ? {} : { raw: text }),
    ...(disk_gb === undefined || !Number.isFinite(Number(disk_gb)) || disk_gb === "" ? {} : { disk_gb }),
  };
}

async function there(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, at) => found[at]);
}
