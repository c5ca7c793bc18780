import type { ConfigPlace__Output, ConfigUpload__Output } from "../../../proto/index.ts";
import { manifestName, type Place } from "../domain/config.ts";
import { Fault } from "../domain/errors.ts";
import { sha256 } from "../config/script-folder.ts";
import type { Pushed } from "../config/versions/candidate.ts";
import { complaint, demand } from "./validate.ts";

/** More makes no sense, and would fill memory. */
export const most = { files: 2000, bytes: 64 << 20, file: 16 << 20, piece: 1 << 20 } as const;

const placesByName: Readonly<Record<ConfigPlace__Output, Place | null>> = {
  CONFIG_PLACE_UNSPECIFIED: null,
  CONFIG_PLACE_MANIFEST: "manifest",
  CONFIG_PLACE_SCRIPTS: "scripts",
  CONFIG_PLACE_FEATURES: "features",
};

interface Incoming {
  readonly place: Place;
  readonly name: string;
  readonly pieces: Uint8Array[];
}

/** Puts the pieces of an upload together. Throws Fault INVALID for one that is cut off, too large, or not in order; nothing has happened then. */
export async function received(pieces: AsyncIterable<ConfigUpload__Output | null>): Promise<Pushed> {
  const files: Incoming[] = [];
  const sizes = new Map<Incoming, number>();
  let total = 0;
  for await (const piece of pieces) {
    if (piece?.file != null) {
      const place = placesByName[piece.file.place];
      if (place === null) throw new Fault("INVALID", "upload.file.place: expected manifest, scripts or features");
      if (files.length === most.files) throw tooMuch(`more than ${most.files} files`);
      files.push({ place, name: piece.file.name, pieces: [] });
    } else if (piece?.content !== undefined) {
      const file = files.at(-1);
      if (file === undefined) throw new Fault("INVALID", "upload.content: expected a file before its content");
      const size = (sizes.get(file) ?? 0) + piece.content.length;
      total += piece.content.length;
      if (size > most.file) throw tooMuch(`${JSON.stringify(file.name)} has more than ${most.file >> 20} MiB`);
      if (total > most.bytes) throw tooMuch(`more than ${most.bytes >> 20} MiB in all`);
      sizes.set(file, size);
      file.pieces.push(Buffer.from(piece.content));
    } else if (piece?.end != null) {
      demand(
        piece.end.files === files.length ? null : complaint("upload.end.files", `expected ${files.length}, as were sent`, piece.end.files),
      );
      return whole(files);
    } else {
      throw new Fault("INVALID", "upload: expected a file, its content, or the end");
    }
  }
  throw new Fault("INVALID", "the upload was cut off before its end", "push again", "transient");
}

function tooMuch(what: string): Fault {
  return new Fault("INVALID", `the configuration is too large: ${what}`, "leave out of the folder what is no script");
}

function whole(files: readonly Incoming[]): Pushed {
  const twice = files.find((file, at) => files.findIndex(({ place, name }) => place === file.place && name === file.name) < at);
  if (twice !== undefined) throw new Fault("INVALID", `upload: ${twice.place} has ${JSON.stringify(twice.name)} twice`);
  const manifests = files.filter(({ place }) => place === "manifest");
  if (manifests.length !== 1 || manifests[0]?.name !== manifestName)
    throw new Fault("INVALID", `upload: expected one manifest, called ${manifestName}`);
  const read = files.map(({ place, name, pieces }) => {
    const bytes = Buffer.concat(pieces);
    return { file: { place, name, hash: sha256(bytes) }, bytes };
  });
  return { files: read.map(({ file }) => file), contents: new Map(read.map(({ file, bytes }) => [file.hash, bytes])) };
}
