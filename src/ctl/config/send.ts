import type { ConfigUpload } from "../../../proto/types.ts";
import type { LocalConfig } from "./folder.ts";

/** Pieces are well below what a message may be. */
const pieceBytes = 256 * 1024;

/** A configuration as the pieces of an upload. */
export function* piecesOf({ files }: LocalConfig): Generator<ConfigUpload> {
  for (const { place, name, bytes } of files) {
    yield { file: { place, name } };
    for (let at = 0; at < bytes.length; at += pieceBytes) yield { content: bytes.subarray(at, at + pieceBytes) };
  }
  yield { end: { files: files.length } };
}
