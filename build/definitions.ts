// What protobufjs makes of a descriptor set, as JSON: proto/definitions.ts reads it.
import protobuf, { type NamespaceBase, type Root, type Type } from "protobufjs";
import "protobufjs/ext/descriptor/index.js";

/** To read a descriptor set costs a client a fifth of its start, to read this a fiftieth. */
export function definitions(set: Uint8Array): object {
  // Added to Root by ext/descriptor, which its types do not say.
  const root = (protobuf.Root as unknown as { fromDescriptor: (set: Uint8Array) => Root }).fromDescriptor(set);
  eachType(root, restoreMaps);
  return root.toJSON();
}

function eachType(space: NamespaceBase, see: (type: Type) => void): void {
  for (const object of space.nestedArray) {
    if (object instanceof protobuf.Type) see(object);
    if (object instanceof protobuf.Namespace) eachType(object, see);
  }
}

/** In a descriptor set a map is a list of entries; protobufjs leaves it at that. */
function restoreMaps(type: Type): void {
  for (const field of type.fieldsArray) {
    const entry = field.resolvedType;
    if (!(entry instanceof protobuf.Type) || entry.options?.["map_entry"] !== true || entry.parent !== type) continue;
    const { key, value } = entry.fields;
    if (key === undefined || value === undefined) continue;
    type.remove(field);
    type.remove(entry);
    type.add(new protobuf.MapField(field.name, field.id, key.type, value.type, field.options));
  }
}
