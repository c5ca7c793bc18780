import type { Database } from "better-sqlite3";
import type { BootBook, BootOwner, HostBoot } from "../domain/boot.ts";
import { guarded } from "./faults.ts";

/** So many boots of the host are remembered. */
const kept = 20;

interface OwnerRow {
  readonly owner: BootOwner;
  readonly since: number | null;
  readonly change_to: BootOwner | null;
  readonly request_id: string | null;
  readonly trouble: string;
}

/** The tables of the owner of boots, and of the host's boots; `folder` is for messages. */
export function bootTables(database: Database, folder: string): BootBook {
  const owner = database.prepare<[], OwnerRow>("SELECT owner, since, change_to, request_id, trouble FROM boot_owner");
  const choose = database.prepare(
    `INSERT INTO boot_owner (one, owner, since, change_to, request_id, trouble) VALUES (1, @owner, @since, @change_to, @request_id, @trouble)
     ON CONFLICT (one) DO UPDATE SET owner = excluded.owner, since = excluded.since, change_to = excluded.change_to,
       request_id = excluded.request_id, trouble = excluded.trouble`,
  );
  const newest = database.prepare<[], HostBoot>("SELECT boot_id, seen, left_to, remark FROM host_boots ORDER BY no DESC LIMIT 1");
  const add = database.prepare("INSERT INTO host_boots (boot_id, seen, left_to, remark) VALUES (@boot_id, @seen, @left_to, @remark)");
  const forget = database.prepare("DELETE FROM host_boots WHERE no <= (SELECT max(no) FROM host_boots) - ?");
  const keep = database.transaction((boot: HostBoot) => {
    add.run(boot);
    forget.run(kept);
  });
  return {
    ownership: () =>
      guarded(folder, () => {
        const row = owner.get();
        if (row === undefined) return null;
        const { change_to, request_id, ...rest } = row;
        return { ...rest, change: change_to === null || request_id === null ? null : { to: change_to, request_id } };
      }),
    choose: ({ change, ...rest }) =>
      guarded(folder, () => void choose.run({ ...rest, change_to: change?.to ?? null, request_id: change?.request_id ?? null })),
    newest: () => guarded(folder, () => newest.get() ?? null),
    keep: (boot) => guarded(folder, () => keep.immediate(boot)),
  };
}
